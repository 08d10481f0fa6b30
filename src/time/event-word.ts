/**
 * What an event says within its minute, in one word: the second (6 bits), the row of its cell in the city's table (20 bits, as many as a
 * subscriber's record has), its kind (4 bits). Words of one second are in the order of their cells, then kinds.
 */
const SECOND_SHIFT = 24;
const CELL_SHIFT = 4;
const CELL_MASK = 2 ** 20 - 1;
const KIND_MASK = 2 ** CELL_SHIFT - 1;

export function eventWord(second: number, cell: number, kind: number): number {
  return (second << SECOND_SHIFT) | (cell << CELL_SHIFT) | kind;
}

export function secondOf(word: number): number {
  return word >>> SECOND_SHIFT;
}

export function cellOf(word: number): number {
  return (word >>> CELL_SHIFT) & CELL_MASK;
}

export function kindOf(word: number): number {
  return word & KIND_MASK;
}
