/**
 * The order of a bucket's events: by slot, then time, cell, kind and reference. A bucket has few events a subscriber, mostly in order of
 * time already, so it is enough to bring slots together without disturbing that order, and to mend the rest by insertion.
 */
import { secondOf } from "./event-word.js";

/** What the order depends on; `count` rows in columns. */
export interface OrderedColumns {
  readonly count: number;
  readonly slot: Uint32Array;
  /** Second, cell and kind (event-word.ts). */
  readonly word: Uint32Array;
  /** Milliseconds since the second began. */
  readonly ms: Uint16Array;
  readonly reference: Float64Array;
}

/** Up to so many rows insertion is faster than counting digits. */
const INSERTION_ROWS_MAX = 40;
/** Bits of a digit at most: many digits are quickly counted where there are many more rows. */
const DIGIT_BITS_FEW = 8;
const DIGIT_BITS_MANY = 11;
const MANY_ROWS = 4096;

/** Finds orders; its room is used again for every bucket, and grows with the largest. */
export class BucketOrder {
  /** A slot and its row, two words each: what is moved together lies together. */
  private pairs = new Uint32Array(2 * 64);
  private spare = new Uint32Array(2 * 64);
  private readonly counts = new Uint32Array(2 ** DIGIT_BITS_MANY);

  /** Slots and rows in order, pair by pair; good until the next call, and for the first `count` pairs. */
  of(columns: OrderedColumns): Uint32Array {
    const { count, slot } = columns;
    if (2 * count > this.pairs.length) {
      const length = 2 * Math.max(count, this.pairs.length);
      this.pairs = new Uint32Array(length);
      this.spare = new Uint32Array(length);
    }
    const { pairs } = this;
    let used = 0;
    for (let i = 0; i < count; i++) {
      const one = slot[i] as number;
      pairs[2 * i] = one;
      pairs[2 * i + 1] = i;
      used |= one;
    }
    if (count > INSERTION_ROWS_MAX) this.sortBySlot(count, 32 - Math.clz32(used));
    insert(columns, this.pairs);
    return this.pairs;
  }

  /** Stable sort by counting digits from the lowest on (LSD radix sort, Knuth vol. 3, 5.2.5). @param bits of the slots that are in use */
  private sortBySlot(count: number, bits: number): void {
    const digits = Math.ceil(bits / (count < MANY_ROWS ? DIGIT_BITS_FEW : DIGIT_BITS_MANY));
    const digitBits = Math.ceil(bits / digits);
    for (let digit = 0; digit < digits; digit++) this.sortByDigit(count, digit * digitBits, 2 ** digitBits - 1);
  }

  private sortByDigit(count: number, shift: number, mask: number): void {
    const { pairs, spare, counts } = this;
    const end = 2 * count;
    counts.fill(0, 0, mask + 1);
    for (let at = 0; at < end; at += 2) {
      const digit = ((pairs[at] as number) >>> shift) & mask;
      counts[digit] = (counts[digit] as number) + 2;
    }
    let before = 0;
    for (let digit = 0; digit <= mask; digit++) {
      const here = counts[digit] as number;
      counts[digit] = before;
      before += here;
    }
    for (let at = 0; at < end; at += 2) {
      const slot = pairs[at] as number;
      const digit = (slot >>> shift) & mask;
      const to = counts[digit] as number;
      spare[to] = slot;
      spare[to + 1] = pairs[at + 1] as number;
      counts[digit] = to + 2;
    }
    this.pairs = spare;
    this.spare = pairs;
  }
}

function insert(columns: OrderedColumns, pairs: Uint32Array): void {
  const end = 2 * columns.count;
  let last = -1;
  for (let i = 0; i < end; i += 2) {
    const own = pairs[i] as number;
    if (own <= last) insertOne(columns, pairs, i);
    else last = own;
  }
}

/** Moves the pair at `i` to where it belongs among those before it. */
function insertOne(columns: OrderedColumns, pairs: Uint32Array, i: number): void {
  const own = pairs[i] as number;
  const row = pairs[i + 1] as number;
  let at = i;
  while (at > 0) {
    const other = pairs[at - 2] as number;
    const before = pairs[at - 1] as number;
    if (other < own || (other === own && !precedes(columns, row, before))) break;
    pairs[at] = other;
    pairs[at + 1] = before;
    at -= 2;
  }
  pairs[at] = own;
  pairs[at + 1] = row;
}

/** Of two rows of one slot. */
function precedes({ word, ms, reference }: OrderedColumns, a: number, b: number): boolean {
  const own = word[a] as number;
  const other = word[b] as number;
  const bySecond = secondOf(own) - secondOf(other);
  if (bySecond !== 0) return bySecond < 0;
  const byMs = (ms[a] as number) - (ms[b] as number);
  if (byMs !== 0) return byMs < 0;
  return own !== other ? own < other : (reference[a] as number) < (reference[b] as number);
}
