/**
 * The order of a bucket's events: by slot, then time, cell, kind and reference. A bucket has few events a subscriber, mostly in order of
 * time already, so it is enough to bring slots together without disturbing that order, and to mend the rest by insertion.
 */

/** What the order depends on; `count` rows in columns. */
export interface OrderedColumns {
  readonly count: number;
  readonly ms: Uint16Array;
  readonly slot: Uint32Array;
  readonly cell: Uint32Array;
  readonly kind: Uint8Array;
  readonly reference: Float64Array;
}

/** Up to so many rows insertion is faster than counting digits. */
const INSERTION_ROWS_MAX = 40;
/** Bits of a digit: many digits are quickly counted where there are many more rows. */
const DIGIT_BITS = 8;
const DIGIT_BITS_MANY = 11;
const MANY_ROWS = 4096;

/** Finds orders; its room is used again for every bucket, and grows with the largest. */
export class BucketOrder {
  private rows = new Uint32Array(64);
  private spare = new Uint32Array(64);
  private readonly counts = new Uint32Array(2 ** DIGIT_BITS_MANY);

  /** Rows in order; good until the next call, and for the first `count` entries. */
  of(columns: OrderedColumns): Uint32Array {
    const { count } = columns;
    if (count > this.rows.length) {
      const length = Math.max(count, this.rows.length * 2);
      this.rows = new Uint32Array(length);
      this.spare = new Uint32Array(length);
    }
    const { rows } = this;
    for (let i = 0; i < count; i++) rows[i] = i;
    if (count > INSERTION_ROWS_MAX) this.sortBySlot(columns.slot, count);
    insert(columns, this.rows);
    return this.rows;
  }

  /** Stable sort by counting digits from the lowest on (LSD radix sort, Knuth vol. 3, 5.2.5). */
  private sortBySlot(slot: Uint32Array, count: number): void {
    let highest = 0;
    for (let i = 0; i < count; i++) if ((slot[i] as number) > highest) highest = slot[i] as number;
    const bits = count < MANY_ROWS ? DIGIT_BITS : DIGIT_BITS_MANY;
    for (let shift = 0; shift < 32 && highest >>> shift !== 0; shift += bits)
      this.sortByDigit(slot, count, shift, (1 << bits) - 1);
  }

  private sortByDigit(slot: Uint32Array, count: number, shift: number, mask: number): void {
    const { rows, spare, counts } = this;
    counts.fill(0);
    for (let i = 0; i < count; i++) {
      const digit = ((slot[i] as number) >>> shift) & mask;
      counts[digit] = (counts[digit] as number) + 1;
    }
    let before = 0;
    for (let digit = 0; digit <= mask; digit++) {
      const here = counts[digit] as number;
      counts[digit] = before;
      before += here;
    }
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number;
      const digit = ((slot[row] as number) >>> shift) & mask;
      const to = counts[digit] as number;
      spare[to] = row;
      counts[digit] = to + 1;
    }
    this.rows = spare;
    this.spare = rows;
  }
}

function insert(columns: OrderedColumns, rows: Uint32Array): void {
  const { count, slot } = columns;
  for (let i = 1; i < count; i++) {
    const row = rows[i] as number;
    const own = slot[row] as number;
    let at = i;
    while (at > 0) {
      const before = rows[at - 1] as number;
      const other = slot[before] as number;
      if (other < own || (other === own && !precedes(columns, row, before))) break;
      rows[at] = before;
      at--;
    }
    rows[at] = row;
  }
}

/** Of two rows of one slot. */
function precedes({ ms, cell, kind, reference }: OrderedColumns, a: number, b: number): boolean {
  const byTime = (ms[a] as number) - (ms[b] as number);
  if (byTime !== 0) return byTime < 0;
  const byCell = (cell[a] as number) - (cell[b] as number);
  if (byCell !== 0) return byCell < 0;
  const byKind = (kind[a] as number) - (kind[b] as number);
  return byKind !== 0 ? byKind < 0 : (reference[a] as number) < (reference[b] as number);
}
