/** The places of a subscriber: which cells serve them, how much of which hours was spent there, on which days. */

import type { RadioCells } from "../geo/radio.js";
import { straightLine } from "../geo/straight-line.js";
import { dwellMinutes } from "./dwell.js";
import {
  cellRow,
  cellWeight,
  FINISHED,
  FINISHED_PLACE_8,
  LINE_DAY_16,
  LINE_WORDS,
  PLACE_ACTIVE_8,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACE_WORDS,
  PLACES,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
} from "./record.js";
import type { Stays } from "./stays.js";
import type { SubscriberTable } from "./subscriber-table.js";

/** A cell that serves a place less than this share of its heaviest one overshoots: it says where it is heard, not where the place is. */
const PLACING_SHARE = 0.15;
/** No footprint places a phone better than this: small cells are heard from the street, too. */
const PLACING_SIGMA_MIN = 120;
/** A footprint this far from that of the heaviest cell is of another place, or of a cell that is not where the plan says, metres. */
const PLACING_METRES_MAX = 4000;

/** Mean of the footprints of the usual cells of a place, each by its weight and precision; sigma of that mean's footprint. As `footprintOf`. */
export function placePosition(stays: Stays, slot: number, place: number): Footprint {
  return footprintOf(stays.cells, stays.table.words, stays.table.placeWord(slot, place) + PLACE_CELL, PLACE_CELLS);
}

/** Metres on the city's plane; standard deviation per axis. */
export interface Footprint {
  readonly x: number;
  readonly y: number;
  readonly sigma: number;
}

/** There is one answer, filled again and again: most who ask want two of its numbers, and a new one is an object for each of them. */
const found = { x: 0, y: 0, sigma: 0 };

/** The footprint of a list of packed cells, heaviest first; good until the next question. */
export function footprintOf(cells: RadioCells, words: Uint32Array, at: number, length: number): Footprint {
  const top = words[at] as number;
  const least = PLACING_SHARE * cellWeight(top);
  const topX = cells.x[cellRow(top)] as number;
  const topY = cells.y[cellRow(top)] as number;
  let weights = 0;
  let x = 0;
  let y = 0;
  let sigmas = 0;
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed === 0 || cellWeight(packed) < least) break;
    const row = cellRow(packed);
    const sigma = cells.sigma[row] as number;
    const dx = (cells.x[row] as number) - topX;
    const dy = (cells.y[row] as number) - topY;
    if (dx * dx + dy * dy > PLACING_METRES_MAX ** 2) continue;
    const weight = cellWeight(packed) / Math.max(PLACING_SIGMA_MIN, sigma) ** 2;
    weights += weight;
    x += weight * dx;
    y += weight * dy;
    sigmas += weight * sigma;
  }
  found.x = topX + x / weights;
  found.y = topY + y / weights;
  found.sigma = sigmas / weights;
  return found;
}

/**
 * A seat for a new place: a free one, or that of the least lived-in place that no circle refers to, but none of `ahead` (a bit a place).
 * Where all of them are still ahead the new place is taken for the nearest of them.
 */
export function takeSeat(stays: Stays, slot: number, ahead: number, x: number, y: number): number {
  const { table } = stays;
  const { halves, bytes } = table;
  const record = table.restWord(slot);
  let seat = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let place = 0; place < PLACES; place++) {
    if ((ahead & (1 << place)) !== 0) continue;
    const at = table.placeWord(slot, place);
    const isFree = halves[at * 2 + PLACE_SEEN_DAY_16] === 0;
    const isReferred =
      bytes[at * 4 + PLACE_ACTIVE_8] !== 0 ||
      bytes[(record + STANDING_HOME) * 4 + STANDING_PLACE_8] === place + 1 ||
      bytes[(record + STANDING_DAY) * 4 + STANDING_PLACE_8] === place + 1;
    // A place that is referred to goes only when all are: its dwell counts as that of a hundred days.
    const lived = isFree ? -1 : dwellMinutes(halves, at * 2) + (isReferred ? 144_000 : 0);
    if (lived >= least) continue;
    least = lived;
    seat = place;
  }
  if (seat < 0) return nearestPlace(stays, slot, x, y);
  for (const reference of [
    STANDING_HOME * 4 + STANDING_PLACE_8,
    STANDING_DAY * 4 + STANDING_PLACE_8,
    FINISHED * 4 + FINISHED_PLACE_8,
  ])
    if (bytes[record * 4 + reference] === seat + 1) bytes[record * 4 + reference] = 0;
  furnish(table, slot, seat);
  return seat;
}

/** Begins a place anew, on the day that is open. */
function furnish(table: SubscriberTable, slot: number, place: number): void {
  const at = table.ownPlace(slot, place);
  const { words, halves, lineHalves } = table;
  const day = lineHalves[slot * LINE_WORDS * 2 + LINE_DAY_16] as number;
  words.fill(0, at, at + PLACE_WORDS);
  halves[at * 2 + PLACE_SINCE_DAY_16] = day;
  halves[at * 2 + PLACE_SEEN_DAY_16] = day;
}

function nearestPlace(stays: Stays, slot: number, x: number, y: number): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let place = 0; place < PLACES; place++) {
    const position = placePosition(stays, slot, place);
    const metres = straightLine(position.x - x, position.y - y);
    if (metres >= least) continue;
    least = metres;
    nearest = place;
  }
  return nearest;
}
