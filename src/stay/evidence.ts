/**
 * How well a cell is explained by a phone at rest, against a phone that has moved. Natural logarithms throughout.
 */

import { affinity, type RadioCells } from "../geo/radio.js";
import { cellShare } from "./cell-list.js";
import { placeWord } from "./place.js";
import {
  CELL_ROWS_MAX,
  cellRow,
  cellWeight,
  PLACE_CELL,
  PLACE_CELLS,
  SEGMENT_CELL,
  SEGMENT_CELLS,
  SEGMENT_PLACE_8,
  SEGMENT_X,
  SEGMENT_Y,
} from "./record.js";
import type { Stays } from "./stays.js";
import { silenceHours } from "./travel.js";

/** Moves of an average person in an hour awake. */
const MOVES_PER_HOUR = 0.45;
/** A gap counts as at least this long: people set out at any moment. */
const GAP_SEC_MIN = 180;
/** Probability of one cell wherever somebody may have gone: some fifty cells lie about. */
const ELSEWHERE = Math.log(0.02);
/**
 * What another observation of a cell seen just before says for a move. Shadowing lasts, so seeing the same cell again is little news; that
 * the cells of the place in hand stay away is some.
 */
const SEEN_AGAIN = 1;
/** Observations that the radio model is worth against what was seen at the place itself. */
const MODEL_WEIGHT = 6;
/** A cell is a place's own with this share of the weight of its heaviest. */
const OWN_SHARE = 0.1;
/** No cell is less likely than this anywhere: some overshoot by kilometres, and plans have mistakes. */
const LEAST = -9;

/** Logarithm of the odds against having moved within a silent gap that began at `fromSec`. */
export function oddsOfRest(stays: Stays, fromSec: number, toSec: number): number {
  const hours = silenceHours(stays.calendar.secondOfDay(fromSec), Math.max(GAP_SEC_MIN, toSec - fromSec));
  // log((1 - m) / m) with m = 1 - exp(-rate * hours)
  return -Math.log(Math.expm1(MOVES_PER_HOUR * hours));
}

/**
 * Logarithm of the probability that a phone at rest in a segment is served by the cell: what was seen there, filled up by the radio
 * model at the segment's position as if it had been seen MODEL_WEIGHT times.
 */
export function logServed(stays: Stays, slot: number, segment: number, row: number): number {
  const { words, bytes } = stays.table;
  const place = bytes[segment * 4 + SEGMENT_PLACE_8] as number;
  const at = place === 0 ? segment + SEGMENT_CELL : placeWord(slot, place - 1) + PLACE_CELL;
  const length = place === 0 ? SEGMENT_CELLS : PLACE_CELLS;
  let own = 0;
  let all = 0;
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) break;
    const weight = cellWeight(packed) + 1;
    all += weight;
    if (cellRow(packed) === row) own = weight;
  }
  if (own > 0.1 * all) return Math.log(own / all);
  const model = Math.exp(stays.commonGround.of(cellRow(words[at] as number), row));
  return Math.max(LEAST, Math.log((own + MODEL_WEIGHT * model) / (all + MODEL_WEIGHT)));
}

/** Parts of the way between two footprints at which a phone might be that both cells serve. */
const PARTS = [0.25, 0.5, 0.75];

/**
 * Logarithm of the probability that a cell serves a phone where another cell serves it, at the best point between their footprints: a
 * position known from one cell may be anywhere in that cell.
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
  return best;
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

/**
 * Whether a cell is one of a segment's own: seen there often enough, or with its footprint's middle within `joinMetres` of the segment.
 * What the radio model merely allows must first prove itself by coming and going.
 */
export function isOwnCell(stays: Stays, slot: number, segment: number, row: number): boolean {
  const { words, floats, bytes } = stays.table;
  if (cellShare(words, segment + SEGMENT_CELL, SEGMENT_CELLS, row) >= OWN_SHARE) return true;
  const place = bytes[segment * 4 + SEGMENT_PLACE_8] as number;
  if (place !== 0 && cellShare(words, placeWord(slot, place - 1) + PLACE_CELL, PLACE_CELLS, row) >= OWN_SHARE)
    return true;
  const { x, y } = stays.cells;
  return (
    Math.hypot(
      (x[row] as number) - (floats[segment + SEGMENT_X] as number),
      (y[row] as number) - (floats[segment + SEGMENT_Y] as number),
    ) <= stays.options.joinMetres
  );
}

/** What an observation of a cell that rest explains with `served` says for a move: above 0 for it. */
export function evidenceOfMove(served: number, isAgain: boolean): number {
  return isAgain ? SEEN_AGAIN : ELSEWHERE - served;
}
