/** How likely a cell serves where another one serves: what is known of a place from one of its cells. */
import { affinity, type RadioCells } from "../geo/radio.js";
import { CELL_ROWS_MAX } from "./record.js";

/** Parts of the way between two footprints at which a phone might be that both cells serve. */
const PARTS = [0.25, 0.5, 0.75];

/**
 * Probability that a cell serves a phone where another cell serves it, at the best point between their footprints: a position known from
 * one cell may be anywhere in that cell.
 */
function commonGround(cells: RadioCells, own: number, row: number): number {
  const x = cells.x[own] as number;
  const y = cells.y[own] as number;
  const dx = (cells.x[row] as number) - x;
  const dy = (cells.y[row] as number) - y;
  const atHome = affinity(cells, own, x, y);
  let best = Number.NEGATIVE_INFINITY;
  for (const part of PARTS) {
    const px = x + part * dx;
    const py = y + part * dy;
    best = Math.max(best, affinity(cells, row, px, py) + Math.min(0, affinity(cells, own, px, py) - atHome));
  }
  return Math.exp(best);
}

/** Pairs of cells remembered; a pair takes the seat of another. */
const PAIRS = 2 ** 20;

const OF_CITY = new WeakMap<RadioCells, CommonGround>();

/** The one memory of a city's pairs, which all partitions share. */
export function commonGroundOf(cells: RadioCells): CommonGround {
  const known = OF_CITY.get(cells);
  if (known !== undefined) return known;
  const made = new CommonGround(cells);
  OF_CITY.set(cells, made);
  return made;
}

/** Answers of `commonGround` for one city: people meet the same pairs of cells again and again. */
export class CommonGround {
  private readonly cells: RadioCells;
  private readonly pairs = new Float64Array(PAIRS).fill(-1);
  private readonly answers = new Float32Array(PAIRS);

  constructor(cells: RadioCells) {
    this.cells = cells;
  }

  of(own: number, row: number): number {
    const pair = own * CELL_ROWS_MAX + row;
    const seat = (Math.imul(own, 0x9e3779b1) ^ Math.imul(row, 0x85ebca6b)) >>> 12;
    if (this.pairs[seat] !== pair) {
      this.pairs[seat] = pair;
      this.answers[seat] = commonGround(this.cells, own, row);
    }
    return this.answers[seat] as number;
  }
}
