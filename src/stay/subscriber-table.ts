import { alignedViews, copiedViews, type Views } from "./aligned-buffer.js";
import { Arena, partKind } from "./arena.js";
import { EarlierRuns, NO_CHUNK } from "./earlier-runs.js";
import { LINE_WORDS, PLACE_WORDS, PLACES, REST_WORDS, SEATS } from "./record.js";
import { NO_SLOT, type SlotSet } from "./slot-set.js";
import { SubscriberIndex } from "./subscriber-index.js";

/** Bytes that everybody has: the line, the signs, the pseudonym, and where the rest and the newest of the earlier runs are. */
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
  /** The rests and the places; somebody without has the zeros at its beginning. */
  private arena = new Arena(Math.max(REST_WORDS, PLACE_WORDS));
  private readonly restKind = partKind(REST_WORDS);
  private readonly placeKind = partKind(PLACE_WORDS);
  /** By slot: where its rest begins, 0 = it has none; and its pseudonym, low word first. */
  private rests!: Uint32Array;
  private keys!: Uint32Array;
  private readonly index = new SubscriberIndex();
  /** What was read only to have it in the cache; kept, so that no compiler leaves the reading out. */
  protected touched = 0;
  /** Slots whose subscriber was removed; the next newcomers get them. */
  private vacant: number[] = [];

  constructor(slotsMin = 256) {
    this.earlier = new EarlierRuns(slotsMin);
    this.use(slotsMin);
  }

  private use(slots: number): void {
    this.useLines(alignedViews(slots * LINE_WORDS), new Uint32Array(slots));
    this.keys = new Uint32Array(2 * slots);
    this.rests = new Uint32Array(slots);
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
    return this.count * SLOT_BYTES + this.earlier.byteLength + this.arena.length * 4 + this.index.byteLength;
  }

  /** The rests and the places as words, floats, half words and bytes. Replaced when more are taken: nobody keeps them over `own...`. */
  get words(): Uint32Array {
    return this.arena.views.words;
  }

  get floats(): Float32Array {
    return this.arena.views.floats;
  }

  get halves(): Uint16Array {
    return this.arena.views.halves;
  }

  get bytes(): Uint8Array {
    return this.arena.views.bytes;
  }

  /** What `reserve` is to be given. */
  get room(): TableRoom {
    return { words: this.arena.length, chunks: this.earlier.chunks };
  }

  /** Makes room for so much at once. */
  reserve({ words, chunks }: TableRoom): void {
    this.arena.reserve(words);
    this.earlier.reserve(chunks);
  }

  /** The two words of a slot's pseudonym. */
  hi(slot: number): number {
    return this.keys[2 * slot + 1] as number;
  }

  lo(slot: number): number {
    return this.keys[2 * slot] as number;
  }

  /** Word of `words` at which the rest of a slot's record begins, to be read: zeros where there is none. */
  restWord(slot: number): number {
    return this.rests[slot] as number;
  }

  hasRest(slot: number): boolean {
    return this.rests[slot] !== 0;
  }

  /** The same, to be written as well: taken where there is none. */
  ownRest(slot: number): number {
    if (this.rests[slot] === 0) this.rests[slot] = this.arena.take(this.restKind);
    return this.rests[slot] as number;
  }

  /** First word of a place of a slot, to be read: zeros where there is none. */
  placeWord(slot: number, place: number): number {
    return this.words[(this.rests[slot] as number) + SEATS + place] as number;
  }

  /** The same, to be written as well: taken where there is none. */
  ownPlace(slot: number, place: number): number {
    const seat = this.ownRest(slot) + SEATS + place;
    if (this.words[seat] === 0) {
      const at = this.arena.take(this.placeKind);
      this.words[seat] = at;
    }
    return this.words[seat] as number;
  }

  /** Gives up a place. */
  givePlace(slot: number, place: number): void {
    const at = this.placeWord(slot, place);
    if (at === 0) return;
    this.arena.give(this.placeKind, at);
    this.words[this.restWord(slot) + SEATS + place] = 0;
  }

  /** Gives up all of a record but its line. */
  giveParts(slot: number): void {
    this.earlier.clear(slot);
    if (!this.hasRest(slot)) return;
    for (let place = 0; place < PLACES; place++) this.givePlace(slot, place);
    this.arena.give(this.restKind, this.restWord(slot));
    this.rests[slot] = 0;
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

  /** The same for any words of the rest. @param before what was read for that before */
  touchWords(places: Uint32Array, count: number, before: number): void {
    const { words } = this;
    let touched = before;
    for (let i = 0; i < count; i++) touched ^= words[places[i] as number] as number;
    this.touched = touched;
  }

  /** The same for the rest and the places of one. */
  touchParts(slot: number): void {
    const { words } = this;
    const rest = this.restWord(slot);
    let touched = 0;
    for (let word = rest; word < rest + REST_WORDS; word += LINE_WORDS) touched ^= words[word] as number;
    for (let seat = rest + SEATS; seat < rest + SEATS + PLACES; seat++)
      touched ^= words[words[seat] as number] as number;
    this.touched = touched;
  }

  /** The same for many records, lines included, but not for their earlier runs. */
  touchRecords(slots: Uint32Array, from: number, to: number): void {
    const { words, rests } = this;
    this.touchLines(slots, from, to);
    let touched = this.touched;
    for (let i = from; i < to; i++) {
      const rest = rests[slots[i] as number] as number;
      touched ^= (words[rest] as number) ^ (words[rest + LINE_WORDS] as number) ^ (words[rest + SEATS] as number);
    }
    for (let i = from; i < to; i++) {
      const seats = (rests[slots[i] as number] as number) + SEATS;
      for (let place = 0; place < PLACES; place++) touched ^= words[words[seats + place] as number] as number;
    }
    this.touched = touched;
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
    if (slot === this.rests.length) this.grow();
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
    const { lines, signs, keys, rests } = this;
    const slots = Math.ceil(rests.length * 1.5);
    this.use(slots);
    this.lines.set(lines);
    this.signs.set(signs);
    this.keys.set(keys);
    this.rests.set(rests);
    this.earlier.widen(slots);
  }

  /** All records as they are, to be read by their slots: nobody is found in it. */
  copy(): SubscriberTable {
    const { count } = this;
    const copy = new SubscriberTable(0);
    copy.count = count;
    copy.useLines(copiedViews(this.lines, count * LINE_WORDS), this.signs.slice(0, count));
    copy.keys = this.keys.slice(0, 2 * count);
    copy.rests = this.rests.slice(0, count);
    copy.arena = this.arena.copy();
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
