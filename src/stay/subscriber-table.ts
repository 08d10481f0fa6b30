import { KEY_HI, KEY_LO, RECORD_WORDS } from "./record.js";
import { NO_SLOT } from "./slot-set.js";

/**
 * All subscribers of a partition: one buffer of fixed-size records, found by an open-addressing index over the 64-bit pseudonym. A
 * record's number (its slot) is dense and never changes, so other tables may refer to it. Grows by half; never shrinks.
 *
 * The pseudonyms stand beside the records once more, 8 bytes each: a search through the records would wait for memory at each of them.
 */
export class SubscriberTable {
  /** Number of subscribers. */
  count = 0;
  words!: Uint32Array;
  floats!: Float32Array;
  halves!: Uint16Array;
  bytes!: Uint8Array;
  /** The pseudonym of slot s in words 2s + 2 (low) and 2s + 3, so at twice the entry of the index. */
  private keys!: Uint32Array;
  /** Slot + 1 at the hash position of a pseudonym, 0 = empty; a power of two long, at most 2/3 full. */
  private index = new Uint32Array(1024);
  /** What was read only to have it in the cache; kept, so that no compiler leaves the reading out. */
  protected touched = 0;
  /** Slots whose subscriber was removed; the next newcomers get them. */
  private vacant: number[] = [];

  constructor(slotsMin = 256) {
    this.use(new ArrayBuffer(slotsMin * RECORD_WORDS * 4));
  }

  private use(buffer: ArrayBuffer): void {
    this.words = new Uint32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.keys = new Uint32Array(2 + (2 * this.words.length) / RECORD_WORDS);
  }

  /** Bytes held, index included. */
  get byteLength(): number {
    return this.words.byteLength + this.keys.byteLength + this.index.byteLength;
  }

  /** The two words of a slot's pseudonym. */
  hi(slot: number): number {
    return this.keys[2 * slot + 3] as number;
  }

  lo(slot: number): number {
    return this.keys[2 * slot + 2] as number;
  }

  private setKey(slot: number, hi: number, lo: number): void {
    this.keys[2 * slot + 2] = lo;
    this.keys[2 * slot + 3] = hi;
  }

  /** The slot of a pseudonym; a new zeroed record when it was not known. */
  slotOf(hi: number, lo: number): number {
    const { index, keys } = this;
    const mask = index.length - 1;
    for (let at = hash(hi, lo) & mask; ; at = (at + 1) & mask) {
      const entry = index[at] as number;
      if (entry === 0) return this.add(hi, lo, at);
      if (keys[2 * entry] === lo && keys[2 * entry + 1] === hi) return entry - 1;
    }
  }

  /** The slots of many: entry i of `slots` becomes that of row `rows[i]` of `subscribers`, which has two words a row as in a batch. */
  slotsOf(subscribers: Uint32Array, rows: Uint32Array, count: number, slots: Uint32Array): void {
    this.touchKeys(subscribers, rows, count);
    for (let i = 0; i < count; i++) {
      const row = 2 * (rows[i] as number);
      slots[i] = this.slotOf(subscribers[row + 1] as number, subscribers[row] as number);
    }
  }

  /**
   * Brings what `slotOf` will look at into the cache. Nothing here waits for the outcome of anything else, so the processor waits for many
   * places of memory at once, where a search waits for one after the other.
   */
  private touchKeys(subscribers: Uint32Array, rows: Uint32Array, count: number): void {
    const { index, keys } = this;
    const mask = index.length - 1;
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const row = 2 * (rows[i] as number);
      const entry = index[hash(subscribers[row + 1] as number, subscribers[row] as number) & mask] as number;
      touched ^= keys[2 * entry] as number;
    }
    this.touched = touched;
  }

  /** Brings the beginnings of records into the cache, for the same reason. @param from first entry of `slots`, `to` the one after the last */
  touchRecords(slots: Uint32Array, from: number, to: number): void {
    const { words } = this;
    let touched = 0;
    for (let i = from; i < to; i++) touched ^= words[(slots[i] as number) * RECORD_WORDS] as number;
    this.touched = touched;
  }

  /** Removes a subscriber: the record is zeroed, its slot is free for another. Returns the slot, or -1 when it was not known. */
  remove(hi: number, lo: number): number {
    const mask = this.index.length - 1;
    for (let at = hash(hi, lo) & mask; this.index[at] !== 0; at = (at + 1) & mask) {
      const slot = (this.index[at] as number) - 1;
      if (this.hi(slot) !== hi || this.lo(slot) !== lo) continue;
      this.words.fill(0, slot * RECORD_WORDS, (slot + 1) * RECORD_WORDS);
      this.setKey(slot, 0, 0);
      this.vacant.push(slot);
      this.unindex(at);
      return slot;
    }
    return -1;
  }

  /** Empties an entry of the index; those behind it that had to go on for its sake move up. */
  private unindex(at: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let hole = at;
    for (let next = (at + 1) & mask; index[next] !== 0; next = (next + 1) & mask) {
      const slot = (index[next] as number) - 1;
      const home = hash(this.hi(slot), this.lo(slot)) & mask;
      // Whose home lies behind the hole would not be found in it.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      index[hole] = index[next] as number;
      hole = next;
    }
    index[hole] = 0;
  }

  private add(hi: number, lo: number, at: number): number {
    const slot = this.vacant.pop() ?? this.count;
    if ((slot + 1) * RECORD_WORDS > this.words.length) this.grow();
    this.count = Math.max(this.count, slot + 1);
    this.words[slot * RECORD_WORDS + KEY_LO] = lo;
    this.words[slot * RECORD_WORDS + KEY_HI] = hi;
    this.setKey(slot, hi, lo);
    this.index[at] = slot + 1;
    if (this.count * 3 > this.index.length * 2) this.reindex(this.index.length * 2);
    return slot;
  }

  private grow(): void {
    const slots = Math.ceil((this.words.length / RECORD_WORDS) * 1.5);
    const { words, keys } = this;
    this.use(new ArrayBuffer(slots * RECORD_WORDS * 4));
    this.words.set(words);
    this.keys.set(keys);
  }

  private reindex(size: number): void {
    const index = new Uint32Array(size);
    const mask = size - 1;
    const vacant = new Set(this.vacant);
    for (let slot = 0; slot < this.count; slot++) {
      if (vacant.has(slot)) continue;
      let at = hash(this.hi(slot), this.lo(slot)) & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = slot + 1;
    }
    this.index = index;
  }

  private isEmpty(slot: number): boolean {
    const end = (slot + 1) * RECORD_WORDS;
    for (let word = slot * RECORD_WORDS; word < end; word++) if (this.words[word] !== 0) return false;
    return true;
  }

  /** The records of the given slots, as words one after another. */
  snapshot(slots: Uint32Array): Uint32Array {
    const out = new Uint32Array(slots.length * RECORD_WORDS);
    for (let i = 0; i < slots.length; ) {
      const end = runEnd(slots, i);
      const from = (slots[i] as number) * RECORD_WORDS;
      out.set(this.words.subarray(from, from + (end - i) * RECORD_WORDS), i * RECORD_WORDS);
      i = end;
    }
    return out;
  }

  /** Puts the words of `snapshot` in the place of these records; NO_SLOT passes over one. To be followed by `rebuild`. */
  put(slots: Uint32Array, words: Uint32Array): void {
    for (let i = 0; i < slots.length; ) {
      const slot = slots[i] as number;
      const end = slot === NO_SLOT ? i + 1 : runEnd(slots, i);
      if (slot !== NO_SLOT) {
        this.words.set(words.subarray(i * RECORD_WORDS, end * RECORD_WORDS), slot * RECORD_WORDS);
        // While they are in the cache.
        for (let row = i; row < end; row++) {
          const word = row * RECORD_WORDS;
          this.setKey(slot + row - i, words[word + KEY_HI] as number, words[word + KEY_LO] as number);
        }
      }
      i = end;
    }
  }

  /** Finds the subscribers of the first `count` records that were put, anew; empty ones are free. */
  rebuild(count: number): void {
    this.count = count;
    this.vacant = [];
    for (let slot = count - 1; slot >= 0; slot--)
      if (this.hi(slot) === 0 && this.lo(slot) === 0 && this.isEmpty(slot)) this.vacant.push(slot);
    let size = 1024;
    while (count * 3 > size * 2) size *= 2;
    this.reindex(size);
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
