import { NO_SLOT } from "./slot-set.js";

/** Words of an entry: the pseudonym, low word first, and slot + 1. */
const ENTRY_WORDS = 3;
const ENTRIES_MIN = 1024;
/** So many entries the second level of a cache holds beside other things; of more, look-ups are made together. */
const CACHED_ENTRIES_MAX = 2 ** 16;
/** Look-ups that are made together, and those of them whose entries are brought into the first level of the cache at once. */
const TOGETHER = 4096;
const TOUCHED_AT_ONCE = 512;
/** Entries of a part of the index, by their power of two, unless that makes more parts than there may be; parts are gone through one after another. */
const PART_BITS = 14;
const PARTS_BITS_MAX = 10;
/** Of the look-ups at hand: the entry that is looked at; then their numbers and entries part by part; where each part begins. */
const HOME = new Uint32Array(TOGETHER);
const NUMBER = new Uint32Array(TOGETHER);
const ENTRY = new Uint32Array(TOGETHER);
const PART_STARTS = new Uint32Array(2 ** PARTS_BITS_MAX);

/**
 * Finds the slots of pseudonyms: open addressing with linear probing, at most 2/3 full. It holds the pseudonyms themselves, so that a search
 * reads one line of the cache and waits for no record.
 */
export class SubscriberIndex {
  /** An entry is at the hash position of its pseudonym, or behind it; slot + 1 = 0 is no entry. */
  private words = new Uint32Array(ENTRIES_MIN * ENTRY_WORDS);
  /** Entries there is room for, less 1; a power of two less 1. */
  private mask = ENTRIES_MIN - 1;
  private count = 0;
  private readonly cachedEntriesMax: number;
  /** What was read only to have it in the cache; kept, so that no compiler leaves the reading out. */
  protected touched = 0;

  constructor(cachedEntriesMax = CACHED_ENTRIES_MAX) {
    this.cachedEntriesMax = cachedEntriesMax;
  }

  get byteLength(): number {
    return this.words.byteLength;
  }

  /** The slot of a pseudonym, NO_SLOT where it has none. */
  slotOf(hi: number, lo: number): number {
    return ((this.words[this.find(hi, lo) + 2] as number) - 1) >>> 0;
  }

  /** Word of the entry of a pseudonym, or of the empty one where it would be. */
  private find(hi: number, lo: number): number {
    const { words, mask } = this;
    let at = hash(hi, lo) & mask;
    for (;;) {
      const word = at * ENTRY_WORDS;
      // A pseudonym of zeros is alike to no entry, and there is where it belongs.
      if ((words[word] === lo && words[word + 1] === hi) || words[word + 2] === 0) return word;
      at = (at + 1) & mask;
    }
  }

  /**
   * What `slotOf` says of many: entry i of `slots` becomes the slot of row `rows[i]` of `subscribers`, which has two words a row as in a
   * batch. Returns how many have none.
   */
  slotsOf(subscribers: Uint32Array, rows: Uint32Array, count: number, slots: Uint32Array): number {
    if (this.mask < this.cachedEntriesMax) return this.searchEach(subscribers, rows, count, slots);
    let unknown = 0;
    for (let from = 0; from < count; from += TOGETHER) {
      let left = Math.min(TOGETHER, count - from);
      this.order(subscribers, rows, from, left);
      while (left > 0) left = this.look(subscribers, rows, from, left, slots);
      for (let i = from; i < Math.min(count, from + TOGETHER); i++) if (slots[i] === NO_SLOT) unknown++;
    }
    return unknown;
  }

  /** One search after the other: where the cache holds the index, bringing them into order takes longer than it saves. */
  private searchEach(subscribers: Uint32Array, rows: Uint32Array, count: number, slots: Uint32Array): number {
    let unknown = 0;
    for (let i = 0; i < count; i++) {
      const row = 2 * (rows[i] as number);
      const slot = this.slotOf(subscribers[row + 1] as number, subscribers[row] as number);
      slots[i] = slot;
      if (slot === NO_SLOT) unknown++;
    }
    return unknown;
  }

  /**
   * Brings look-ups into the order of the parts of the index: the page of a place in memory takes longer to find than the place, unless it
   * is that of the one before or a neighbour.
   */
  private order(subscribers: Uint32Array, rows: Uint32Array, from: number, count: number): void {
    const { mask } = this;
    const shift = Math.max(PART_BITS, 32 - Math.clz32(mask) - PARTS_BITS_MAX);
    PART_STARTS.fill(0);
    for (let i = 0; i < count; i++) {
      const row = 2 * (rows[from + i] as number);
      const at = hash(subscribers[row + 1] as number, subscribers[row] as number) & mask;
      HOME[i] = at;
      PART_STARTS[at >>> shift] = (PART_STARTS[at >>> shift] as number) + 1;
    }
    startsOf(PART_STARTS);
    for (let i = 0; i < count; i++) {
      const at = HOME[i] as number;
      const place = PART_STARTS[at >>> shift] as number;
      PART_STARTS[at >>> shift] = place + 1;
      NUMBER[place] = i;
      ENTRY[place] = at;
    }
  }

  /**
   * Looks at one entry of each look-up that is left; those that have to go on to the next are left for another round. No branch depends on
   * what is found: one in two would be guessed wrong.
   */
  private look(subscribers: Uint32Array, rows: Uint32Array, from: number, count: number, slots: Uint32Array): number {
    const { words, mask } = this;
    let left = 0;
    for (let place = 0; place < count; place++) {
      if (place % TOUCHED_AT_ONCE === 0) this.touch(place, Math.min(count, place + TOUCHED_AT_ONCE));
      const i = NUMBER[place] as number;
      const at = ENTRY[place] as number;
      const row = 2 * (rows[from + i] as number);
      const word = at * ENTRY_WORDS;
      const entry = words[word + 2] as number;
      const other =
        ((words[word] as number) ^ (subscribers[row] as number)) |
        ((words[word + 1] as number) ^ (subscribers[row + 1] as number));
      slots[from + i] = entry - 1;
      NUMBER[left] = i;
      ENTRY[left] = (at + 1) & mask;
      // 1 where neither is 0: there is an entry, and it is another's.
      left += ((other | -other) & (entry | -entry)) >>> 31;
    }
    return left;
  }

  /**
   * Brings entries into the cache. Nothing here waits for the outcome of anything else, so the processor waits for many places of memory at
   * once, where a search waits for one after the other; it does so only where a loop does little else.
   */
  private touch(from: number, to: number): void {
    const { words } = this;
    let touched = 0;
    for (let place = from; place < to; place++) {
      const word = (ENTRY[place] as number) * ENTRY_WORDS;
      // An entry in eight lies in two lines.
      touched ^= (words[word] as number) ^ (words[word + 2] as number);
    }
    this.touched = touched;
  }

  /** Enters a pseudonym that has no slot. */
  add(hi: number, lo: number, slot: number): void {
    this.enter(hi, lo, slot + 1);
    this.count++;
    if (this.count * 3 <= (this.mask + 1) * 2) return;
    const { words } = this;
    this.empty((this.mask + 1) * 2);
    for (let at = 0; at < words.length; at += ENTRY_WORDS)
      if (words[at + 2] !== 0) this.enter(words[at + 1] as number, words[at] as number, words[at + 2] as number);
  }

  private enter(hi: number, lo: number, entry: number): void {
    const at = this.find(hi, lo);
    this.words[at] = lo;
    this.words[at + 1] = hi;
    this.words[at + 2] = entry;
  }

  private empty(entries: number): void {
    this.words = new Uint32Array(entries * ENTRY_WORDS);
    this.mask = entries - 1;
  }

  /** Forgets all, and makes room for so many. */
  clear(count: number): void {
    let entries = ENTRIES_MIN;
    while (count * 3 > entries * 2) entries *= 2;
    this.empty(entries);
    this.count = 0;
  }

  /** Returns the slot that a pseudonym had, NO_SLOT where it had none. */
  remove(hi: number, lo: number): number {
    const word = this.find(hi, lo);
    const entry = this.words[word + 2] as number;
    if (entry === 0) return NO_SLOT;
    this.count--;
    this.closeUp(word / ENTRY_WORDS);
    return entry - 1;
  }

  /** Empties an entry; those behind it that had to go on for its sake move up. */
  private closeUp(at: number): void {
    const { words, mask } = this;
    let hole = at;
    for (let next = (at + 1) & mask; words[next * ENTRY_WORDS + 2] !== 0; next = (next + 1) & mask) {
      const word = next * ENTRY_WORDS;
      const home = hash(words[word + 1] as number, words[word] as number) & mask;
      // Whose home lies behind the hole would not be found in it.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      words.copyWithin(hole * ENTRY_WORDS, word, word + ENTRY_WORDS);
      hole = next;
    }
    words.fill(0, hole * ENTRY_WORDS, (hole + 1) * ENTRY_WORDS);
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

/** Pseudonyms are already uniform (they come from an HMAC); the mixing guards against pseudonyms that a client chose. */
function hash(hi: number, lo: number): number {
  const mixed = Math.imul(lo ^ (hi >>> 15) ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
