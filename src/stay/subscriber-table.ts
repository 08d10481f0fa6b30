import { KEY_HI, KEY_LO, LINE_WORDS, PLACE, PLACE_WORDS, RECORD_WORDS } from "./record.js";
import { NO_SLOT } from "./slot-set.js";

/** Words of an entry of the index: the pseudonym, low word first, and slot + 1. */
const ENTRY_WORDS = 3;
/** Look-ups whose entries are brought into the cache at once: a quarter of its second level. */
const TOUCHED_AT_ONCE = 4096;
/** Parts of the index that are gone through one after another. */
const PARTS = 256;
/** Of the look-ups at hand: the word of each entry, then the same by parts; where each part begins. */
const ENTRIES = new Uint32Array(TOUCHED_AT_ONCE);
const BY_PART = new Uint32Array(TOUCHED_AT_ONCE);
const PART_STARTS = new Uint32Array(PARTS);
/** The C library hands out large blocks so many bytes after a line of the cache has begun: without them each line would lie in two. */
const HEADER_BYTES = 16;
const LINE_BYTES = 4 * LINE_WORDS;

/**
 * All subscribers of a partition: records of fixed size in two buffers, found by an open-addressing index over the 64-bit pseudonym. A
 * record's number (its slot) is dense and never changes, so other tables may refer to it. Grows by half; never shrinks.
 *
 * The index holds the pseudonyms themselves, so that a search reads one line of the cache and waits for no record.
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
  /** An entry at the hash position of a pseudonym, or behind it; slot + 1 = 0 is no entry. At most 2/3 full. */
  private index = new Uint32Array(1024 * ENTRY_WORDS);
  /** Entries there is room for, less 1; a power of two less 1. */
  private mask = 1023;
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
    const lines = new ArrayBuffer(slots * LINE_BYTES + LINE_BYTES);
    const from = LINE_BYTES - HEADER_BYTES;
    this.lines = new Uint32Array(lines, from, slots * LINE_WORDS);
    this.lineHalves = new Uint16Array(lines, from, slots * LINE_WORDS * 2);
    this.lineBytes = new Uint8Array(lines, from, slots * LINE_BYTES);
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
    const { index } = this;
    const at = this.find(hi, lo);
    const entry = index[at + 2] as number;
    return entry === 0 ? this.add(hi, lo, at) : entry - 1;
  }

  /** Where the entry of a pseudonym is in the index, or would be. */
  private find(hi: number, lo: number): number {
    const { index, mask } = this;
    let at = hash(hi, lo) & mask;
    for (;;) {
      const word = at * ENTRY_WORDS;
      // A pseudonym of zeros is alike to no entry, and there is where it belongs.
      if ((index[word] === lo && index[word + 1] === hi) || index[word + 2] === 0) return word;
      at = (at + 1) & mask;
    }
  }

  /** The slots of many: entry i of `slots` becomes that of row `rows[i]` of `subscribers`, which has two words a row as in a batch. */
  slotsOf(subscribers: Uint32Array, rows: Uint32Array, count: number, slots: Uint32Array): void {
    for (let from = 0; from < count; from += TOUCHED_AT_ONCE) {
      const to = Math.min(count, from + TOUCHED_AT_ONCE);
      this.touchEntries(subscribers, rows, from, to);
      for (let i = from; i < to; i++) {
        const row = 2 * (rows[i] as number);
        slots[i] = this.slotOf(subscribers[row + 1] as number, subscribers[row] as number);
      }
    }
  }

  /**
   * Brings what `slotOf` will look at into the cache. Nothing here waits for the outcome of anything else, so the processor waits for many
   * places of memory at once, where a search waits for one after the other; and they are gone through upwards, since the page of a place
   * takes longer to find than the place, unless it is that of the one before or a neighbour.
   */
  private touchEntries(subscribers: Uint32Array, rows: Uint32Array, from: number, to: number): void {
    const { index, mask } = this;
    const shift = Math.max(0, 32 - Math.clz32(mask) - Math.log2(PARTS));
    PART_STARTS.fill(0);
    for (let i = from; i < to; i++) {
      const row = 2 * (rows[i] as number);
      const at = hash(subscribers[row + 1] as number, subscribers[row] as number) & mask;
      ENTRIES[i - from] = at;
      PART_STARTS[at >>> shift] = (PART_STARTS[at >>> shift] as number) + 1;
    }
    startsOf(PART_STARTS);
    const count = to - from;
    for (let i = 0; i < count; i++) {
      const at = ENTRIES[i] as number;
      const place = PART_STARTS[at >>> shift] as number;
      PART_STARTS[at >>> shift] = place + 1;
      BY_PART[place] = at * ENTRY_WORDS;
    }
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= index[BY_PART[i] as number] as number;
    this.touched = touched;
  }

  /** Brings the lines of records into the cache, for the same reason. @param from first entry of `slots`, `to` the one after the last */
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
    const at = this.find(hi, lo);
    const slot = (this.index[at + 2] as number) - 1;
    if (slot < 0) return -1;
    this.lines.fill(0, slot * LINE_WORDS, (slot + 1) * LINE_WORDS);
    this.words.fill(0, slot * RECORD_WORDS, (slot + 1) * RECORD_WORDS);
    this.vacant.push(slot);
    this.unindex(at / ENTRY_WORDS);
    return slot;
  }

  /** Empties an entry of the index; those behind it that had to go on for its sake move up. */
  private unindex(at: number): void {
    const { index, mask } = this;
    let hole = at;
    for (let next = (at + 1) & mask; index[next * ENTRY_WORDS + 2] !== 0; next = (next + 1) & mask) {
      const word = next * ENTRY_WORDS;
      const home = hash(index[word + 1] as number, index[word] as number) & mask;
      // Whose home lies behind the hole would not be found in it.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      index.copyWithin(hole * ENTRY_WORDS, word, word + ENTRY_WORDS);
      hole = next;
    }
    index.fill(0, hole * ENTRY_WORDS, (hole + 1) * ENTRY_WORDS);
  }

  private add(hi: number, lo: number, at: number): number {
    const slot = this.vacant.pop() ?? this.count;
    if ((slot + 1) * RECORD_WORDS > this.words.length) this.grow();
    this.count = Math.max(this.count, slot + 1);
    this.words[slot * RECORD_WORDS + KEY_LO] = lo;
    this.words[slot * RECORD_WORDS + KEY_HI] = hi;
    this.enter(at, hi, lo, slot);
    if (this.count * 3 > (this.mask + 1) * 2) this.widenIndex();
    return slot;
  }

  private enter(at: number, hi: number, lo: number, slot: number): void {
    this.index[at] = lo;
    this.index[at + 1] = hi;
    this.index[at + 2] = slot + 1;
  }

  private grow(): void {
    const { lines, words } = this;
    this.use(Math.ceil((words.length / RECORD_WORDS) * 1.5));
    this.lines.set(lines);
    this.words.set(words);
  }

  private emptyIndex(entries: number): void {
    this.index = new Uint32Array(entries * ENTRY_WORDS);
    this.mask = entries - 1;
  }

  private widenIndex(): void {
    const { index } = this;
    this.emptyIndex((this.mask + 1) * 2);
    for (let at = 0; at < index.length; at += ENTRY_WORDS) {
      const [lo, hi, entry] = [index[at] as number, index[at + 1] as number, index[at + 2] as number];
      if (entry !== 0) this.enter(this.find(hi, lo), hi, lo, entry - 1);
    }
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
    let entries = 1024;
    while (count * 3 > entries * 2) entries *= 2;
    this.emptyIndex(entries);
    for (let slot = count - 1; slot >= 0; slot--) {
      const [lo, hi] = [restored[2 * slot] as number, restored[2 * slot + 1] as number];
      if (hi === 0 && lo === 0 && this.isEmpty(slot)) this.vacant.push(slot);
      else this.enter(this.find(hi, lo), hi, lo, slot);
    }
    this.restored = new Uint32Array(0);
  }
}

/** Counts become what comes before each. */
function startsOf(counts: Uint32Array): void {
  let before = 0;
  for (let part = 0; part < counts.length; part++) {
    const here = counts[part] as number;
    counts[part] = before;
    before += here;
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

/** Pseudonyms are already uniform (they come from an HMAC); the mixing guards against pseudonyms that a client chose. */
function hash(hi: number, lo: number): number {
  const mixed = Math.imul(lo ^ (hi >>> 15) ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
