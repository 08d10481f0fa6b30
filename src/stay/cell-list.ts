/**
 * Lists of packed cells, heaviest first: which cells serve a place, how often in working hours and how often in the rest of the time.
 */
import { CELL_COUNT_MAX, cellRest, cellRow, cellWeight, cellWork, packCell } from "./record.js";

/** Weight of a cell in a list of packed cells as a share of the heaviest; 0 when the list does not have it. */
export function cellShare(words: Uint32Array, at: number, length: number, row: number): number {
  const top = cellWeight(words[at] as number) + 1;
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) return 0;
    if (cellRow(packed) === row) return (cellWeight(packed) + 1) / top;
  }
  return 0;
}

/**
 * Adds observations of a cell, `rest` of them outside working hours and `work` within. When a count is full all are halved. A newcomer to
 * a full list must come again while the lightest fades, so a passing cell does not push out a regular one.
 */
export function addCell(words: Uint32Array, at: number, length: number, row: number, rest: number, work: number): void {
  let seat = 0;
  while (seat < length && words[at + seat] !== 0 && cellRow(words[at + seat] as number) !== row) seat++;
  if (seat === length) {
    seat = length - 1;
    const lightest = words[at + seat] as number;
    if (cellWeight(lightest) > rest + work) {
      words[at + seat] = packCell(
        cellRow(lightest),
        Math.max(1, cellRest(lightest) - rest - work),
        Math.max(0, cellWork(lightest) - rest - work),
      );
      return;
    }
    words[at + seat] = 0;
  }
  const before = words[at + seat] as number;
  let allRest = (before === 0 ? 0 : cellRest(before)) + rest;
  let allWork = (before === 0 ? 0 : cellWork(before)) + work;
  while (allRest > CELL_COUNT_MAX || allWork > CELL_COUNT_MAX) {
    halveCounts(words, at, length);
    allRest >>= 1;
    allWork >>= 1;
  }
  words[at + seat] = packCell(row, allRest, allWork);
  for (; seat > 0 && cellWeight(words[at + seat] as number) > cellWeight(words[at + seat - 1] as number); seat--) {
    const swap = words[at + seat] as number;
    words[at + seat] = words[at + seat - 1] as number;
    words[at + seat - 1] = swap;
  }
}

/** Adds all cells of a list to another. */
export function addCells(words: Uint32Array, at: number, length: number, from: number, fromLength: number): void {
  for (let c = 0; c < fromLength; c++) {
    const packed = words[from + c] as number;
    if (packed === 0) return;
    addCell(words, at, length, cellRow(packed), cellRest(packed), cellWork(packed));
  }
}

function halveCounts(words: Uint32Array, at: number, length: number): void {
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) return;
    // A cell that is kept keeps at least one observation.
    const work = cellWork(packed) >> 1;
    words[at + c] = packCell(cellRow(packed), Math.max(cellRest(packed) >> 1, work === 0 ? 1 : 0), work);
  }
}

/** Cosine of the weights of two lists of the same length. */
export function cellCosine(words: Uint32Array, a: number, b: number, length: number): number {
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < length; i++) {
    const packedA = words[a + i] as number;
    const packedB = words[b + i] as number;
    squaresA += packedA === 0 ? 0 : (cellWeight(packedA) + 1) ** 2;
    squaresB += packedB === 0 ? 0 : (cellWeight(packedB) + 1) ** 2;
    for (let j = 0; packedA !== 0 && j < length; j++) {
      const other = words[b + j] as number;
      if (other !== 0 && cellRow(other) === cellRow(packedA))
        product += (cellWeight(packedA) + 1) * (cellWeight(other) + 1);
    }
  }
  return product / Math.sqrt(squaresA * squaresB);
}
