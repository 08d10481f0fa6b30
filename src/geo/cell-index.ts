import { NONE } from "./city.js";

/** The columns that the index reads. */
export interface KeyedRows {
  readonly count: number;
  readonly keyHi: Uint32Array;
  readonly keyLo: Uint32Array;
  readonly validFromMs: Float64Array;
  readonly validToMs: Float64Array;
}

export interface CellIndex {
  find(hi: number, lo: number): number;
  /** Next validity of the same cell in time, or NONE. */
  readonly next: Int32Array;
}

/** Words of an entry: the packed key, low word first, and row + 1; 0 is no entry. */
const ENTRY_WORDS = 3;

/**
 * Packed key to its first row in time: open addressing with linear probing over one array, at most half full, the keys in it, so that a
 * search reads one place. A Map of BigInt or text keys takes ten times the memory and several times the time. Rows of one cell are
 * chained by their validity.
 *
 * @param onOverlap told of a row that is in service while an earlier one of its cell is; the row is then not to be found
 */
export function buildCellIndex(rows: KeyedRows, onOverlap: (row: number, other: number) => void): CellIndex {
  const { count, keyHi, keyLo } = rows;
  let capacity = 16;
  while (capacity < count * 2) capacity *= 2;
  const mask = capacity - 1;
  const entries = new Uint32Array(capacity * ENTRY_WORDS);
  const next = new Int32Array(count).fill(NONE);
  /** Word of the entry of a key, or of the empty one where it would be. */
  const entryOf = (hi: number, lo: number): number => {
    let at = hash(hi, lo) & mask;
    for (;;) {
      const word = at * ENTRY_WORDS;
      if (entries[word + 2] === 0 || (entries[word] === lo && entries[word + 1] === hi)) return word;
      at = (at + 1) & mask;
    }
  };
  const find = (hi: number, lo: number): number => (entries[entryOf(hi, lo) + 2] as number) - 1;
  for (let row = 0; row < count; row++) {
    const [hi, lo] = [keyHi[row] as number, keyLo[row] as number];
    const word = entryOf(hi, lo);
    const head = (entries[word + 2] as number) - 1;
    entries[word] = lo;
    entries[word + 1] = hi;
    entries[word + 2] = 1 + (head === NONE ? row : chain(rows, next, head, row, onOverlap));
  }
  return { find, next };
}

/** Puts a row into the chain of its cell at its place in time; returns the chain's head. */
function chain(
  { validFromMs, validToMs }: KeyedRows,
  next: Int32Array,
  head: number,
  row: number,
  onOverlap: (row: number, other: number) => void,
): number {
  const from = validFromMs[row] as number;
  const to = validToMs[row] as number;
  let before = NONE;
  let at = head;
  while (at !== NONE) {
    if (from < (validToMs[at] as number) && (validFromMs[at] as number) < to) {
      onOverlap(row, at);
      // Left out of the chain, which stays short even where one cell fills the file.
      return head;
    }
    if ((validFromMs[at] as number) < from) before = at;
    at = next[at] as number;
  }
  if (before === NONE) {
    next[row] = head;
    return row;
  }
  next[row] = next[before] as number;
  next[before] = row;
  return head;
}

function hash(hi: number, lo: number): number {
  let h = Math.imul(hi, 0x85ebca6b) ^ lo;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
