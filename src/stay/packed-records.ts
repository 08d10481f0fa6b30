/**
 * The rests and the places of all subscribers (record.ts). Half of their words are zeros: a place seldom has all the cells that it may have,
 * and not every one is held by a circle. So they lie packed, without the zeros, in lines of the cache that are taken from an arena and given
 * back. Those of one subscriber at a time are in hand, laid out as record.ts says; who asks for another has them packed again.
 *
 * A packed record is one line and up to seven more: a bit for each word that is not zero; where the other lines begin; these words. The
 * highest byte of the bits, which no word needs, is the number of lines.
 */
import { alignedViews } from "./aligned-buffer.js";
import { Arena } from "./arena.js";
import { countBits } from "./bits.js";
import { LINE_WORDS, MOSTLY_ALIKE, PLACE_WORDS, PLACES, REST_WORDS } from "./record.js";
import { NO_SLOT } from "./slot-set.js";

export const PARTS_WORDS = REST_WORDS + PLACES * PLACE_WORDS;
export const MASK_WORDS = Math.ceil(PARTS_WORDS / 32);
const LINES_SHIFT = 24;
const LAST_MASK = 2 ** LINES_SHIFT - 1;
/** Where the record in hand begins; before it are the zeros that are read of who has none. */
const HAND = REST_WORDS;

/** The bits of a record. */
const MASKS = new Uint32Array(MASK_WORDS);

export class PackedRecords {
  /** The record in hand, and zeros before it. */
  readonly hand = alignedViews(HAND + PARTS_WORDS);
  private held = NO_SLOT;
  private arena = new Arena();
  /** By slot: its first line, 0 = it has none. */
  private heads: Uint32Array;
  /** What was read only to have it in the cache; kept, so that no compiler leaves the reading out. */
  protected touched = 0;

  constructor(slots: number) {
    this.heads = new Uint32Array(slots);
  }

  get byteLength(): number {
    return this.arena.length * 4;
  }

  /** Words of the arena in use, and those that were. */
  get length(): number {
    return this.arena.length;
  }

  widen(slots: number): void {
    const heads = new Uint32Array(slots);
    heads.set(this.heads);
    this.heads = heads;
  }

  /** Makes room for so many words at once. */
  reserve(length: number): void {
    this.arena.reserve(length);
  }

  has(slot: number): boolean {
    return slot === this.held || this.heads[slot] !== 0;
  }

  /** Word of the hand at which the record of a slot begins, to be read: zeros where there is none. Good until another slot is asked for. */
  wordOf(slot: number, part: number): number {
    if (slot !== this.held) {
      if (this.heads[slot] === 0) return 0;
      this.take(slot);
    }
    return HAND + part;
  }

  /** The same, to be written as well. */
  ownWordOf(slot: number, part: number): number {
    if (slot !== this.held) this.take(slot);
    return HAND + part;
  }

  /** Takes a record in hand. */
  private take(slot: number): void {
    this.release();
    this.held = slot;
    const { words } = this.hand;
    const head = this.heads[slot] as number;
    if (head === 0) return;
    this.touchLines(head);
    const from = this.arena.words;
    let seat = head + MASK_WORDS;
    let at = seat + this.linesOf(head) - 1;
    for (let group = 0; group < MASK_WORDS; group++) {
      let mask = maskAt(from, head, group);
      for (const to = HAND + 32 * group; mask !== 0; mask &= mask - 1) {
        if (at % LINE_WORDS === 0) at = from[seat++] as number;
        words[to + lowestBit(mask)] = from[at++] as number;
      }
    }
    likeEachOther(words);
  }

  /** Packs what is in hand; no word is left there. */
  private release(): void {
    const slot = this.held;
    if (slot === NO_SLOT) return;
    const { words } = this.hand;
    likeEachOther(words);
    let used = 0;
    for (let group = 0; group < MASK_WORDS; group++) {
      const from = HAND + 32 * group;
      const length = Math.min(32, PARTS_WORDS - 32 * group);
      let mask = 0;
      for (let bit = 0; bit < length; bit++) mask |= (words[from + bit] === 0 ? 0 : 1) << bit;
      MASKS[group] = mask;
      used += countBits(mask);
    }
    const head = this.fit(slot, used);
    const to = this.arena.words;
    let seat = head + MASK_WORDS;
    let at = seat + this.linesOf(head) - 1;
    for (let group = 0; used > 0 && group < MASK_WORDS; group++) {
      let mask = MASKS[group] as number;
      for (const from = HAND + 32 * group; mask !== 0; mask &= mask - 1) {
        if (at % LINE_WORDS === 0) at = to[seat++] as number;
        const word = from + lowestBit(mask);
        to[at++] = words[word] as number;
        words[word] = 0;
      }
    }
    this.held = NO_SLOT;
  }

  /** Takes or gives back lines until a record has as many as so many words and the bits in MASKS need, and notes these; returns its first. */
  private fit(slot: number, used: number): number {
    const { arena } = this;
    const before = this.heads[slot] as number;
    const had = before === 0 ? 0 : this.linesOf(before);
    // Each line but the first takes a word of the first.
    const lines = used === 0 ? 0 : Math.ceil((used + MASK_WORDS - 1) / (LINE_WORDS - 1));
    const seats = before + MASK_WORDS - 1;
    for (let line = had; line > Math.max(1, lines); line--) arena.give(arena.words[seats + line - 1] as number);
    if (lines === 0) {
      if (had > 0) arena.give(before);
      this.heads[slot] = 0;
      return 0;
    }
    const head = had > 0 ? before : arena.take();
    this.heads[slot] = head;
    for (let line = Math.max(1, had); line < lines; line++) {
      const at = arena.take();
      arena.words[head + MASK_WORDS - 1 + line] = at;
    }
    const { words } = arena;
    for (let group = 0; group < MASK_WORDS; group++) words[head + group] = MASKS[group] as number;
    words[head + MASK_WORDS - 1] = ((MASKS[MASK_WORDS - 1] as number) | (lines << LINES_SHIFT)) >>> 0;
    return head;
  }

  private linesOf(head: number): number {
    return (this.arena.words[head + MASK_WORDS - 1] as number) >>> LINES_SHIFT;
  }

  /** Gives up the record of a slot; no word of it is left. */
  give(slot: number): void {
    if (slot === this.held) {
      this.hand.words.fill(0, HAND);
      this.held = NO_SLOT;
    }
    MASKS.fill(0);
    this.fit(slot, 0);
  }

  /** Words of a record as `copyTo` writes it, 0 where there is none. */
  packedLength(slot: number): number {
    if (slot === this.held) this.release();
    const head = this.heads[slot] as number;
    if (head === 0) return 0;
    let length = MASK_WORDS;
    for (let group = 0; group < MASK_WORDS; group++) length += countBits(maskAt(this.arena.words, head, group));
    return length;
  }

  /** Writes a record as it is packed, but in one piece: the bits, then the words. */
  copyTo(slot: number, to: Uint32Array, toAt: number): void {
    const length = this.packedLength(slot);
    const head = this.heads[slot] as number;
    const { words } = this.arena;
    for (let group = 0; group < MASK_WORDS; group++) to[toAt + group] = maskAt(words, head, group);
    let seat = head + MASK_WORDS;
    let at = seat + this.linesOf(head) - 1;
    for (let word = MASK_WORDS; word < length; word++) {
      if (at % LINE_WORDS === 0) at = words[seat++] as number;
      to[toAt + word] = words[at++] as number;
    }
  }

  /** Puts what `copyTo` has written in the place of a slot's record, which has none. Returns where it ends. */
  putFrom(slot: number, from: Uint32Array, start: number): number {
    let used = 0;
    for (let group = 0; group < MASK_WORDS; group++) {
      MASKS[group] = from[start + group] as number;
      used += countBits(MASKS[group] as number);
    }
    const head = this.fit(slot, used);
    const end = start + MASK_WORDS + used;
    const { words } = this.arena;
    let seat = head + MASK_WORDS;
    let at = seat + this.linesOf(head) - 1;
    for (let word = start + MASK_WORDS; word < end; word++) {
      if (at % LINE_WORDS === 0) at = words[seat++] as number;
      words[at++] = from[word] as number;
    }
    return end;
  }

  /**
   * Brings the first lines of many records into the cache: nothing here waits for the outcome of anything else.
   *
   * @param before what was read for that before
   */
  touchFirst(slots: Uint32Array, from: number, to: number, before: number): void {
    const { heads } = this;
    const { words } = this.arena;
    let touched = before;
    for (let i = from; i < to; i++) touched ^= words[heads[slots[i] as number] as number] as number;
    this.touched = touched;
  }

  /** The same for all their lines. */
  touch(slots: Uint32Array, from: number, to: number): void {
    this.touchFirst(slots, from, to, this.touched);
    for (let i = from; i < to; i++) this.touchLines(this.heads[slots[i] as number] as number);
  }

  private touchLines(head: number): void {
    const { words } = this.arena;
    const seats = head + MASK_WORDS - 1;
    const lines = this.linesOf(head);
    let touched = this.touched;
    for (let line = 1; line < lines; line++) touched ^= words[words[seats + line] as number] as number;
    this.touched = touched;
  }

  /** The records of the first `slots` slots as they are, to be read. */
  copy(slots: number): PackedRecords {
    this.release();
    const copy = new PackedRecords(0);
    copy.arena = this.arena.copy();
    copy.heads = this.heads.slice(0, slots);
    return copy;
  }
}

function maskAt(words: Uint32Array, head: number, group: number): number {
  const mask = words[head + group] as number;
  return group === MASK_WORDS - 1 ? mask & LAST_MASK : mask;
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** A word that is mostly that of another is what it differs in, and back again. */
function likeEachOther(words: Uint32Array): void {
  for (let pair = 0; pair < MOSTLY_ALIKE.length; pair += 2) {
    const word = HAND + (MOSTLY_ALIKE[pair] as number);
    words[word] = (words[word] as number) ^ (words[HAND + (MOSTLY_ALIKE[pair + 1] as number)] as number);
  }
}
