import { alignedViews, copiedViews, type Views } from "./aligned-buffer.js";
import { EarlierRuns, NO_CHUNK } from "./earlier-runs.js";
import { PackedRecords } from "./packed-records.js";
import { LINE_WORDS, PLACE_WORDS, REST_WORDS } from "./record.js";
import { NO_SLOT, type SlotSet } from "./slot-set.js";
import { SubscriberIndex } from "./subscriber-index.js";

/** Bytes that everybody has: the line, the signs, the pseudonym, and where the packed record and the newest of the earlier runs are. */
const SLOT_BYTES = 4 * (LINE_WORDS + 5);

/**
 * All subscribers of a partition: records (record.ts) whose parts beyond the line are taken when they are first needed, found by an
 * index over the 64-bit pseudonym. A record's number (its slot) is dense and never changes, so other tables may refer to it. Grows by half;
 * never shrinks. What it has grown by is made memory of by the system when it is first used, so it is not counted before.
 */
export class SubscriberTable {
  /** Number of subscribers. */
  count = 0;
  /** The lines of the records. */
  lines!: Uint32Array;
  lineHalves!: Uint16Array;
  lineBytes!: Uint8Array;
  /** The signs, a word a slot. */
  signs!: Uint32Array;
  signHalves!: Uint16Array;
  signBytes!: Uint8Array;
  earlier: EarlierRuns;
  /** The rests and the places. */
  packed: PackedRecords;
  /** By slot: its pseudonym, low word first. */
  private keys!: Uint32Array;
  private readonly index = new SubscriberIndex();
  /** What was read only to have it in the cache; kept, so that no compiler leaves the reading out. */
  protected touched = 0;
  /** Slots whose subscriber was removed; the next newcomers get them. */
  private vacant: number[] = [];

  constructor(slotsMin = 256) {
    this.earlier = new EarlierRuns(slotsMin);
    this.packed = new PackedRecords(slotsMin);
    this.use(slotsMin);
  }

  private use(slots: number): void {
    this.useLines(alignedViews(slots * LINE_WORDS), new Uint32Array(slots));
    this.keys = new Uint32Array(2 * slots);
  }

  private useLines({ words, halves, bytes }: Views, signs: Uint32Array): void {
    this.lines = words;
    this.lineHalves = halves;
    this.lineBytes = bytes;
    this.signs = signs;
    this.signHalves = new Uint16Array(signs.buffer);
    this.signBytes = new Uint8Array(signs.buffer);
  }

  /** Bytes in use, index included. */
  get byteLength(): number {
    return this.count * SLOT_BYTES + this.earlier.byteLength + this.packed.byteLength + this.index.byteLength;
  }

  /** The rest and the places in hand as words, floats, half words and bytes. */
  get words(): Uint32Array {
    return this.packed.hand.words;
  }

  get floats(): Float32Array {
    return this.packed.hand.floats;
  }

  get halves(): Uint16Array {
    return this.packed.hand.halves;
  }

  get bytes(): Uint8Array {
    return this.packed.hand.bytes;
  }

  /** What `reserve` is to be given. */
  get room(): TableRoom {
    return { words: this.packed.length, chunks: this.earlier.chunks };
  }

  /** Makes room for so much at once. */
  reserve({ words, chunks }: TableRoom): void {
    this.packed.reserve(words);
    this.earlier.reserve(chunks);
  }

  /** The two words of a slot's pseudonym. */
  hi(slot: number): number {
    return this.keys[2 * slot + 1] as number;
  }

  lo(slot: number): number {
    return this.keys[2 * slot] as number;
  }

  /** Word of `words` at which the rest of a slot's record begins, to be read: zeros where there is none. Good until another slot is asked for. */
  restWord(slot: number): number {
    return this.packed.wordOf(slot, 0);
  }

  hasRest(slot: number): boolean {
    return this.packed.has(slot);
  }

  /** The same, to be written as well. */
  ownRest(slot: number): number {
    return this.packed.ownWordOf(slot, 0);
  }

  /** First word of a place of a slot, to be read: zeros where there is none. */
  placeWord(slot: number, place: number): number {
    return this.packed.wordOf(slot, REST_WORDS + place * PLACE_WORDS);
  }

  /** The same, to be written as well. */
  ownPlace(slot: number, place: number): number {
    return this.packed.ownWordOf(slot, REST_WORDS + place * PLACE_WORDS);
  }

  /** Gives up a place. */
  givePlace(slot: number, place: number): void {
    const at = this.placeWord(slot, place);
    this.words.fill(0, at, at + PLACE_WORDS);
  }

  /** Gives up all of a record but its line. */
  giveParts(slot: number): void {
    this.earlier.clear(slot);
    this.packed.give(slot);
  }

  /** The slot of a pseudonym; a new zeroed record when it was not known. */
  slotOf(hi: number, lo: number): number {
    const slot = this.index.slotOf(hi, lo);
    return slot === NO_SLOT ? this.add(hi, lo) : slot;
  }

  /**
   * The slots of many: entry i of `slots` becomes that of row `rows[i]` of `subscribers`, which has two words a row as in a batch. Those that
   * were not known are added to `newcomers`.
   */
  slotsOf(subscribers: Uint32Array, rows: Uint32Array, count: number, slots: Uint32Array, newcomers?: SlotSet): void {
    let unknown = this.index.slotsOf(subscribers, rows, count, slots);
    for (let i = 0; unknown > 0; i++) {
      if (slots[i] !== NO_SLOT) continue;
      unknown--;
      const row = 2 * (rows[i] as number);
      const slot = this.slotOf(subscribers[row + 1] as number, subscribers[row] as number);
      slots[i] = slot;
      newcomers?.add(slot);
    }
  }

  /**
   * Brings the lines of records into the cache: nothing here waits for the outcome of anything else, so the processor waits for many places of
   * memory at once. @param from first entry of `slots`, `to` the one after the last
   */
  touchLines(slots: Uint32Array, from: number, to: number): void {
    const { lines } = this;
    let touched = 0;
    for (let i = from; i < to; i++) touched ^= lines[(slots[i] as number) * LINE_WORDS] as number;
    this.touched = touched;
  }

  /** The same for the beginnings of packed records. @param before what was read for that before */
  touchPacked(slots: Uint32Array, count: number, before: number): void {
    this.packed.touchFirst(slots, 0, count, before);
  }

  /** The same for all of their records but the earlier runs. */
  touchRecords(slots: Uint32Array, from: number, to: number): void {
    this.touchLines(slots, from, to);
    this.packed.touch(slots, from, to);
  }

  /** Removes a subscriber: the record is zeroed, its slot is free for another. Returns the slot, or -1 when it was not known. */
  remove(hi: number, lo: number): number {
    const slot = this.index.remove(hi, lo);
    if (slot === NO_SLOT) return -1;
    this.lines.fill(0, slot * LINE_WORDS, (slot + 1) * LINE_WORDS);
    this.signs[slot] = 0;
    this.name(slot, 0, 0);
    this.giveParts(slot);
    this.vacant.push(slot);
    return slot;
  }

  private add(hi: number, lo: number): number {
    const slot = this.vacant.pop() ?? this.count;
    if (slot === this.signs.length) this.grow();
    this.count = Math.max(this.count, slot + 1);
    this.name(slot, hi, lo);
    this.index.add(hi, lo, slot);
    return slot;
  }

  /** Writes the pseudonym of a slot. */
  name(slot: number, hi: number, lo: number): void {
    this.keys[2 * slot] = lo;
    this.keys[2 * slot + 1] = hi;
  }

  private grow(): void {
    const { lines, signs, keys } = this;
    const slots = Math.ceil(signs.length * 1.5);
    this.use(slots);
    this.lines.set(lines);
    this.signs.set(signs);
    this.keys.set(keys);
    this.packed.widen(slots);
    this.earlier.widen(slots);
  }

  /** All records as they are, to be read by their slots: nobody is found in it. */
  copy(): SubscriberTable {
    const { count } = this;
    const copy = new SubscriberTable(0);
    copy.count = count;
    copy.useLines(copiedViews(this.lines, count * LINE_WORDS), this.signs.slice(0, count));
    copy.keys = this.keys.slice(0, 2 * count);
    copy.packed = this.packed.copy(count);
    copy.earlier = this.earlier.copy(count);
    return copy;
  }

  private isEmpty(slot: number): boolean {
    if (this.hi(slot) !== 0 || this.lo(slot) !== 0 || this.signs[slot] !== 0) return false;
    if (this.hasRest(slot) || this.earlier.newestOf(slot) !== NO_CHUNK) return false;
    const line = slot * LINE_WORDS;
    for (let word = line; word < line + LINE_WORDS; word++) if (this.lines[word] !== 0) return false;
    return true;
  }

  /** Finds the subscribers of the first `count` records that were put (record-words.ts), anew; empty ones are free. */
  rebuild(count: number): void {
    this.count = count;
    this.vacant = [];
    this.index.clear(count);
    for (let slot = count - 1; slot >= 0; slot--)
      if (this.isEmpty(slot)) this.vacant.push(slot);
      else this.index.add(this.hi(slot), this.lo(slot), slot);
  }
}

/** What a table's records need beyond their lines: words of rests and places, chunks of earlier runs. */
export interface TableRoom {
  readonly words: number;
  readonly chunks: number;
}
