import { alignedBuffer } from "./aligned-buffer.js";
import { KEY_HI, KEY_LO, LINE_WORDS, PLACE, PLACE_WORDS, RECORD_WORDS } from "./record.js";
import { NO_SLOT, type SlotSet } from "./slot-set.js";
import { SubscriberIndex } from "./subscriber-index.js";

/** The C library hands out large blocks so many bytes after a line of the cache has begun: without them each line would lie in two. */
const HEADER_BYTES = 16;
const LINE_BYTES = 4 * LINE_WORDS;

/**
 * All subscribers of a partition: records of fixed size in two buffers, found by an index over the 64-bit pseudonym. A record's
 * number (its slot) is dense and never changes, so other tables may refer to it. Grows by half; never shrinks.
 */
export class SubscriberTable {
  /** Number of subscribers. */
  count = 0;
  /** The lines of the records (record.ts), and the rest of them. */
  lines!: Uint32Array;
  lineHalves!: Uint16Array;
  lineBytes!: Uint8Array;
  words!: Uint32Array;
  floats!: Float32Array;
  halves!: Uint16Array;
  bytes!: Uint8Array;
  private readonly index = new SubscriberIndex();
  /** Between `put` and `rebuild`, two words a slot: the pseudonyms that were put, low word first. */
  private restored = new Uint32Array(0);
  /** What was read only to have it in the cache; kept, so that no compiler leaves the reading out. */
  protected touched = 0;
  /** Slots whose subscriber was removed; the next newcomers get them. */
  private vacant: number[] = [];

  constructor(slotsMin = 256) {
    this.use(slotsMin);
  }

  private use(slots: number): void {
    const lines = alignedBuffer(slots * LINE_BYTES);
    this.lines = new Uint32Array(lines, 0, slots * LINE_WORDS);
    this.lineHalves = new Uint16Array(lines, 0, slots * LINE_WORDS * 2);
    this.lineBytes = new Uint8Array(lines, 0, slots * LINE_BYTES);
    const from = LINE_BYTES - HEADER_BYTES;
    const words = slots * RECORD_WORDS;
    const rest = new ArrayBuffer(words * 4 + LINE_BYTES);
    this.words = new Uint32Array(rest, from, words);
    this.floats = new Float32Array(rest, from, words);
    this.halves = new Uint16Array(rest, from, words * 2);
    this.bytes = new Uint8Array(rest, from, words * 4);
  }

  /** Bytes held, index included. */
  get byteLength(): number {
    return this.lines.byteLength + this.words.byteLength + this.index.byteLength + this.restored.byteLength;
  }

  /** The two words of a slot's pseudonym. */
  hi(slot: number): number {
    return this.words[slot * RECORD_WORDS + KEY_HI] as number;
  }

  lo(slot: number): number {
    return this.words[slot * RECORD_WORDS + KEY_LO] as number;
  }

  /** Word of `words` at which the rest of a slot's record begins. */
  restWord(slot: number): number {
    return slot * RECORD_WORDS;
  }

  /** First word of a place of a slot. */
  placeWord(slot: number, place: number): number {
    return slot * RECORD_WORDS + PLACE + place * PLACE_WORDS;
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

  /** The same for any words of the rest. */
  touchWords(places: Uint32Array, count: number): void {
    const { words } = this;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= words[places[i] as number] as number;
    this.touched = touched;
  }

  /** Removes a subscriber: the record is zeroed, its slot is free for another. Returns the slot, or -1 when it was not known. */
  remove(hi: number, lo: number): number {
    const slot = this.index.remove(hi, lo);
    if (slot === NO_SLOT) return -1;
    this.lines.fill(0, slot * LINE_WORDS, (slot + 1) * LINE_WORDS);
    this.words.fill(0, slot * RECORD_WORDS, (slot + 1) * RECORD_WORDS);
    this.vacant.push(slot);
    return slot;
  }

  private add(hi: number, lo: number): number {
    const slot = this.vacant.pop() ?? this.count;
    if ((slot + 1) * RECORD_WORDS > this.words.length) this.grow();
    this.count = Math.max(this.count, slot + 1);
    this.words[slot * RECORD_WORDS + KEY_LO] = lo;
    this.words[slot * RECORD_WORDS + KEY_HI] = hi;
    this.index.add(hi, lo, slot);
    return slot;
  }

  private grow(): void {
    const { lines, words } = this;
    this.use(Math.ceil((words.length / RECORD_WORDS) * 1.5));
    this.lines.set(lines);
    this.words.set(words);
  }

  private isEmpty(slot: number): boolean {
    const line = slot * LINE_WORDS;
    for (let word = line; word < line + LINE_WORDS; word++) if (this.lines[word] !== 0) return false;
    const end = (slot + 1) * RECORD_WORDS;
    for (let word = slot * RECORD_WORDS; word < end; word++) if (this.words[word] !== 0) return false;
    return true;
  }

  /** The records of the given slots, as words one after another: their lines, and the rest of them. */
  snapshot(slots: Uint32Array): RecordWords {
    const lines = new Uint32Array(slots.length * LINE_WORDS);
    const rest = new Uint32Array(slots.length * RECORD_WORDS);
    this.copy(slots, { lines, rest });
    return { lines, rest };
  }

  /** Writes the words of `snapshot` to where there is room for them. */
  copy(slots: Uint32Array, to: RecordWords): void {
    copyRows(this.lines, LINE_WORDS, slots, to.lines);
    copyRows(this.words, RECORD_WORDS, slots, to.rest);
  }

  /** Puts the words of `snapshot` in the place of these records; NO_SLOT passes over one. To be followed by `rebuild`. */
  put(slots: Uint32Array, { lines, rest }: RecordWords): void {
    const words = (2 * this.words.length) / RECORD_WORDS;
    if (this.restored.length < words) this.restored = new Uint32Array(words);
    for (let i = 0; i < slots.length; ) {
      const slot = slots[i] as number;
      const end = slot === NO_SLOT ? i + 1 : runEnd(slots, i);
      if (slot !== NO_SLOT) {
        this.lines.set(lines.subarray(i * LINE_WORDS, end * LINE_WORDS), slot * LINE_WORDS);
        this.words.set(rest.subarray(i * RECORD_WORDS, end * RECORD_WORDS), slot * RECORD_WORDS);
        // While they are in the cache.
        for (let row = i; row < end; row++) {
          const word = row * RECORD_WORDS;
          this.restored[2 * (slot + row - i)] = rest[word + KEY_LO] as number;
          this.restored[2 * (slot + row - i) + 1] = rest[word + KEY_HI] as number;
        }
      }
      i = end;
    }
  }

  /** Finds the subscribers of the first `count` records that were put, anew; empty ones are free. */
  rebuild(count: number): void {
    const { restored } = this;
    this.count = count;
    this.vacant = [];
    this.index.clear(count);
    for (let slot = count - 1; slot >= 0; slot--) {
      const [lo, hi] = [restored[2 * slot] as number, restored[2 * slot + 1] as number];
      if (hi === 0 && lo === 0 && this.isEmpty(slot)) this.vacant.push(slot);
      else this.index.add(hi, lo, slot);
    }
    this.restored = new Uint32Array(0);
  }
}

/** Records as words one after another. */
export interface RecordWords {
  readonly lines: Uint32Array;
  readonly rest: Uint32Array;
}

/** The rows of the given slots, each of so many words. */
function copyRows(from: Uint32Array, rowWords: number, slots: Uint32Array, to: Uint32Array): void {
  for (let i = 0; i < slots.length; ) {
    const end = runEnd(slots, i);
    const first = (slots[i] as number) * rowWords;
    to.set(from.subarray(first, first + (end - i) * rowWords), i * rowWords);
    i = end;
  }
}

/** First index from `i` on whose slot does not follow the one before: records that lie together are copied together. */
function runEnd(slots: Uint32Array, i: number): number {
  let end = i + 1;
  while (end < slots.length && slots[end] === (slots[end - 1] as number) + 1) end++;
  return end;
}
