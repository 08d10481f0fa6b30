/** Slots whose lists lie together: those of a run are 1 MB at most where each has 4 kB, a few reads and writes of the system. */
export const RUN_SLOTS = 256;

export function runOf(slot: number): number {
  return Math.floor(slot / RUN_SLOTS);
}

/** Where words lie in a scratch, both in words. */
export interface Extent {
  readonly at: number;
  readonly length: number;
}

/** Where the lists of a run lie: in memory, or in a scratch. */
type Place = Uint32Array | Extent;

/** The lists of a run as they were when they were lent, one after another; zeros where one was wiped since. */
export interface LentRun {
  readonly place: Place;
  /** Words of each list. */
  readonly lengths: Uint16Array;
}

/** Words of a lent run. */
export interface Piece {
  readonly from: number;
  readonly length: number;
}

/** A lent run in the scratch is read at once where so many pieces of it are wanted, and piece by piece where fewer. */
const READ_AT_ONCE_MIN = RUN_SLOTS / 16;

/** Room for words beside the memory, as the partitions of an engine share it. It is memory, and outlives nothing. */
export interface Scratch {
  /** Bytes of packed lists in memory, and how many there may be before any lie in the scratch. */
  heldBytes: number;
  readonly heldBytesMax: number;
  /** Null where they cannot be written now. */
  write(words: Uint32Array): Extent | null;
  /** Reads the words from `from` on of an extent, as many as `to` has. @throws UserError when they are not to be had any more */
  read(extent: Extent, from: number, to: Uint32Array): void;
  /** Overwrites words with zeros. @throws UserError when it cannot */
  wipe(extent: Extent, from: number, length: number): void;
  free(extent: Extent): void;
  /** Overwrites what was given back, where words of before still lie, with zeros. @throws UserError when it cannot */
  wipeFreed(): void;
}

/** All lists stay in memory. */
export function noScratch(): Scratch {
  return {
    heldBytes: 0,
    heldBytesMax: Number.POSITIVE_INFINITY,
    write: () => null,
    read: () => undefined,
    wipe: () => undefined,
    free: () => undefined,
    wipeFreed: () => undefined,
  };
}

const NOTHING = new Uint32Array(0);

/** Words that were read from a scratch, of one partition after another, and which run of which they are; null where they are none. */
const READ: { words: Uint32Array; of: PackedRuns | null; run: number } = { words: NOTHING, of: null, run: 0 };

/**
 * Lists of words by slot that are written together and seldom: those of RUN_SLOTS neighbours one after another, in memory, or where that
 * has no more room in a scratch. What is read of them lasts until the next call.
 */
export class PackedRuns {
  private readonly scratch: Scratch;
  /** Words of each slot's list. */
  private lengths = new Uint16Array(256);
  private readonly runs: Place[] = [];
  /** How often a place is lent, and whether its run lies elsewhere by now: then it is given up when it comes back. */
  private readonly lent = new Map<Place, { count: number; isLeft: boolean }>();
  private heldBytes = 0;
  /** Bytes of the lists in the scratch. */
  scratchBytes = 0;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
  }

  /** Bytes of memory. */
  get byteLength(): number {
    return this.lengths.byteLength + this.heldBytes;
  }

  length(slot: number): number {
    return this.lengths[slot] ?? 0;
  }

  /** The list of a slot. */
  of(slot: number): Uint32Array {
    const length = this.length(slot);
    if (length === 0) return NOTHING;
    const place = this.runs[runOf(slot)] as Place;
    const from = this.start(slot);
    if (place instanceof Uint32Array) return place.subarray(from, from + length);
    if (this.isRead(runOf(slot))) return READ.words.subarray(from, from + length);
    return this.read(place, from, length);
  }

  /** Where the list of a slot begins in its run. */
  private start(slot: number): number {
    let from = 0;
    for (let before = slot - (slot % RUN_SLOTS); before < slot; before++) from += this.lengths[before] as number;
    return from;
  }

  /** Reads a run at once: more than a few of its lists are wanted. */
  load(run: number): void {
    const place = this.runs[run];
    if (place === undefined || place instanceof Uint32Array || this.isRead(run)) return;
    this.read(place, 0, place.length);
    READ.of = this;
    READ.run = run;
  }

  /** Puts the lists of a run, one after another, in the place of those that it had. */
  replace(run: number, words: Uint32Array, lengths: Uint16Array): void {
    const first = run * RUN_SLOTS;
    if (first + RUN_SLOTS > this.lengths.length) this.widen(first + RUN_SLOTS);
    while (this.runs.length < run) this.runs.push(NOTHING);
    this.lengths.set(lengths, first);
    this.runs[run] = this.placed(words, this.runs[run] ?? NOTHING);
    this.leaveRead();
  }

  /** Overwrites the list of a slot with zeros, wherever it lies; its length stays. */
  wipe(slot: number): void {
    const length = this.length(slot);
    if (length === 0) return;
    const place = this.runs[runOf(slot)] as Place;
    const from = this.start(slot);
    if (place instanceof Uint32Array) {
      place.fill(0, from, from + length);
      return;
    }
    this.leaveRead();
    this.scratch.wipe(place, from, length);
  }

  /** A run as it is, whatever becomes of it: where it lies is used for nothing else until it comes back. */
  lend(run: number): LentRun {
    const place = this.runs[run] ?? NOTHING;
    const loan = this.lent.get(place);
    if (loan === undefined) this.lent.set(place, { count: 1, isLeft: false });
    else loan.count++;
    const lengths = new Uint16Array(RUN_SLOTS);
    lengths.set(this.lengths.subarray(run * RUN_SLOTS, (run + 1) * RUN_SLOTS));
    return { place, lengths };
  }

  giveBack({ place }: LentRun): void {
    const loan = this.lent.get(place);
    if (loan === undefined) throw new Error("this run is not lent");
    if (--loan.count > 0) return;
    this.lent.delete(place);
    if (!loan.isLeft) return;
    // Somebody may have been forgotten who is still told of there.
    if (!(place instanceof Uint32Array)) this.scratch.wipe(place, 0, place.length);
    this.leave(place);
  }

  /** Copies pieces of a lent run, one after another; returns where they end. @param at where they begin in `to` */
  copyLent({ place }: LentRun, pieces: readonly Piece[], to: Uint32Array, at: number): number {
    let held = place instanceof Uint32Array ? place : null;
    if (!(place instanceof Uint32Array) && pieces.length >= READ_AT_ONCE_MIN) held = this.read(place, 0, place.length);
    let end = at;
    for (const { from, length } of pieces) {
      if (held !== null) to.set(held.subarray(from, from + length), end);
      else this.scratch.read(place as Extent, from, to.subarray(end, end + length));
      end += length;
    }
    return end;
  }

  /** Gives back all room: nobody asks any more. */
  release(): void {
    for (const place of this.runs) this.leave(place);
    this.runs.length = 0;
    this.lengths.fill(0);
    this.leaveRead();
  }

  /** The room that a run had is given back first: nothing is lost by it, and the words may be written there again. */
  private placed(words: Uint32Array, before: Place): Place {
    const { scratch } = this;
    // What is lent is nobody's to write on.
    const isFree = !this.lent.has(before);
    this.leave(before);
    if (words.length === 0) return NOTHING;
    const extent = scratch.heldBytes + words.byteLength > scratch.heldBytesMax ? scratch.write(words) : null;
    if (extent !== null) {
      this.scratchBytes += words.byteLength;
      return extent;
    }
    const room = roomFor(words, isFree ? before : NOTHING);
    this.heldBytes += room.byteLength;
    scratch.heldBytes += room.byteLength;
    const held = new Uint32Array(room, 0, words.length);
    held.set(words);
    return held;
  }

  private leave(place: Place): void {
    const loan = this.lent.get(place);
    if (loan !== undefined) {
      loan.isLeft = true;
      return;
    }
    if (place instanceof Uint32Array) {
      this.heldBytes -= place.buffer.byteLength;
      this.scratch.heldBytes -= place.buffer.byteLength;
      return;
    }
    this.scratchBytes -= place.length * 4;
    this.scratch.free(place);
  }

  private isRead(run: number): boolean {
    return READ.of === this && READ.run === run;
  }

  /** What was read of these runs is not what they have any more. */
  private leaveRead(): void {
    if (READ.of === this) READ.of = null;
  }

  private read(extent: Extent, from: number, length: number): Uint32Array {
    READ.of = null;
    if (length > READ.words.length) READ.words = new Uint32Array(Math.ceil(length * 1.25));
    const words = READ.words.subarray(0, length);
    this.scratch.read(extent, from, words);
    return words;
  }

  private widen(length: number): void {
    const lengths = new Uint16Array(Math.max(length, Math.ceil(this.lengths.length * 1.5)));
    lengths.set(this.lengths);
    this.lengths = lengths;
  }
}

/** Memory for words: that of the lists before where it fits, since each piece that is asked for anew is emptied page by page. */
function roomFor(words: Uint32Array, before: Place): ArrayBufferLike {
  if (before instanceof Uint32Array) {
    const { byteLength } = before.buffer;
    if (byteLength >= words.byteLength && byteLength <= 2 * words.byteLength) return before.buffer;
  }
  return new ArrayBuffer(4 * Math.ceil(words.length * 1.125));
}
