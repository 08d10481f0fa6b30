/** Lists of packed cells, heaviest first: which cells serve a place, and how often each was observed. */
import { CELL_WEIGHT_MAX, cellRow, cellWeight, packCell } from "./record.js";
import type { HeardCell } from "./stays.js";

/** Observations of a list from which all are halved: what a place is made of may change, and a count must end somewhere. */
export const LIST_WEIGHT_MAX = 120;

/** Sum of the weights of a list, observations. */
export function listWeight(words: Uint32Array, at: number, length: number): number {
  let sum = 0;
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) break;
    sum += cellWeight(packed);
  }
  return sum;
}

/** Number of the cells of a list. */
export function listLength(words: Uint32Array, at: number, length: number): number {
  let cells = 0;
  while (cells < length && words[at + cells] !== 0) cells++;
  return cells;
}

/** The cells of a list. Of its length from the beginning: what is pushed to an empty array gets room for seventeen. */
export function listCells(words: Uint32Array, at: number, length: number): HeardCell[] {
  const cells = new Array<HeardCell>(listLength(words, at, length));
  for (let c = 0; c < cells.length; c++) {
    const packed = words[at + c] as number;
    cells[c] = { row: cellRow(packed), weight: cellWeight(packed) };
  }
  return cells;
}

/** Weight of a cell in a list, observations; 0 when the list does not have it. */
export function weightInList(words: Uint32Array, at: number, length: number, row: number): number {
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) return 0;
    if (cellRow(packed) === row) return cellWeight(packed);
  }
  return 0;
}

/**
 * Adds observations of a cell. A newcomer to a full list must come again while the lightest fades, so a passing cell does not push out a
 * regular one.
 */
export function addCell(words: Uint32Array, at: number, length: number, row: number, weight: number): void {
  let seat = 0;
  while (seat < length && words[at + seat] !== 0 && cellRow(words[at + seat] as number) !== row) seat++;
  if (seat === length) {
    seat = length - 1;
    const lightest = words[at + seat] as number;
    if (cellWeight(lightest) > weight) {
      words[at + seat] = packCell(cellRow(lightest), cellWeight(lightest) - weight);
      return;
    }
    words[at + seat] = 0;
  }
  const before = words[at + seat] === 0 ? 0 : cellWeight(words[at + seat] as number);
  words[at + seat] = packCell(row, Math.min(CELL_WEIGHT_MAX, before + weight));
  for (; seat > 0 && cellWeight(words[at + seat] as number) > cellWeight(words[at + seat - 1] as number); seat--) {
    const swap = words[at + seat] as number;
    words[at + seat] = words[at + seat - 1] as number;
    words[at + seat - 1] = swap;
  }
  if (listWeight(words, at, length) > LIST_WEIGHT_MAX) halveWeights(words, at, length);
}

/** Adds all cells of a list, which begins at `from` of `others`, to another of the same length. */
export function addCells(words: Uint32Array, at: number, length: number, others: Uint32Array, from: number): void {
  for (let c = 0; c < length; c++) {
    const packed = others[from + c] as number;
    if (packed === 0) return;
    addCell(words, at, length, cellRow(packed), cellWeight(packed));
  }
}

function halveWeights(words: Uint32Array, at: number, length: number): void {
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) return;
    words[at + c] = packCell(cellRow(packed), cellWeight(packed) / 2);
  }
}

/** Part of their weight that two lists of the same length have in common, cell by cell: 0..1. */
export function commonShare(words: Uint32Array, a: number, b: number, length: number): number {
  const ofA = listWeight(words, a, length);
  const ofB = listWeight(words, b, length);
  let common = 0;
  for (let c = 0; c < length; c++) {
    const packed = words[a + c] as number;
    if (packed === 0) break;
    common += Math.min(cellWeight(packed) / ofA, weightInList(words, b, length, cellRow(packed)) / ofB);
  }
  return common;
}
