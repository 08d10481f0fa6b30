/** The places of a subscriber: which cells serve them, how much of which hours was spent there, on which days. */
import { addCells, cellShare } from "./cell-list.js";
import { dwellMinutes } from "./dwell.js";
import {
  cellRow,
  cellWeight,
  DAY_16,
  FINISHED,
  FINISHED_PLACE_8,
  PLACE,
  PLACE_ACTIVE_8,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACE_WORDS,
  PLACES,
  RECORD_WORDS,
  SEGMENT,
  SEGMENT_CELL,
  SEGMENT_CELLS,
  SEGMENT_PLACE_8,
  SEGMENT_X,
  SEGMENT_Y,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
} from "./record.js";
import type { Stays } from "./stays.js";

/** First word of place `place` of a slot. */
export function placeWord(slot: number, place: number): number {
  return slot * RECORD_WORDS + PLACE + place * PLACE_WORDS;
}

/** A cell that serves a place less than this share of its heaviest one overshoots: it says where it is heard, not where the place is. */
const PLACING_SHARE = 0.15;
/** No footprint places a phone better than this: small cells are heard from the street, too. */
const PLACING_SIGMA_MIN = 120;

/** Mean of the footprints of the usual cells of a place, each by its weight and precision; sigma of that mean's footprint. */
export function placePosition(stays: Stays, slot: number, place: number): { x: number; y: number; sigma: number } {
  const { words } = stays.table;
  const { cells } = stays;
  const at = placeWord(slot, place) + PLACE_CELL;
  const least = PLACING_SHARE * cellWeight(words[at] as number);
  let weights = 0;
  let x = 0;
  let y = 0;
  let sigmas = 0;
  for (let c = 0; c < PLACE_CELLS; c++) {
    const packed = words[at + c] as number;
    if (packed === 0 || cellWeight(packed) < least) break;
    const row = cellRow(packed);
    const sigma = cells.sigma[row] as number;
    const weight = cellWeight(packed) / Math.max(PLACING_SIGMA_MIN, sigma) ** 2;
    weights += weight;
    x += weight * (cells.x[row] as number);
    y += weight * (cells.y[row] as number);
    sigmas += weight * sigma;
  }
  return { x: x / weights, y: y / weights, sigma: sigmas / weights };
}

/** The place (0-based) that the segment in hand is at, known or new; remembered in the segment. */
export function placeOfSegment(stays: Stays, slot: number): number {
  const { table } = stays;
  const record = slot * RECORD_WORDS;
  const byte = (record + SEGMENT) * 4 + SEGMENT_PLACE_8;
  const known = table.bytes[byte] as number;
  if (known !== 0) return known - 1;
  const found = nearestPlace(stays, slot);
  const place = found >= 0 ? found : takeSeat(stays, slot);
  table.bytes[byte] = place + 1;
  const at = placeWord(slot, place);
  addCells(table.words, at + PLACE_CELL, PLACE_CELLS, record + SEGMENT + SEGMENT_CELL, SEGMENT_CELLS);
  return place;
}

/** Share of a place's heaviest cell from which a cell leads to the place. */
const LEADING_SHARE = 0.2;

/** The most lived-in place of which the cell is a usual one; -1 when there is none. */
export function knownPlace(stays: Stays, slot: number, row: number): number {
  const { words, halves } = stays.table;
  let found = -1;
  let most = -1;
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    if (halves[at * 2 + PLACE_SEEN_DAY_16] === 0 || cellShare(words, at + PLACE_CELL, PLACE_CELLS, row) < LEADING_SHARE)
      continue;
    const lived = dwellMinutes(halves, at * 2);
    if (lived <= most) continue;
    most = lived;
    found = place;
  }
  return found;
}

/** The known place that shares the segment's main cell or is nearest within reach; -1 when none is. */
function nearestPlace(stays: Stays, slot: number): number {
  const { table, cells, options } = stays;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const x = table.floats[segment + SEGMENT_X] as number;
  const y = table.floats[segment + SEGMENT_Y] as number;
  const main = cellRow(table.words[segment + SEGMENT_CELL] as number);
  const sigma = cells.sigma[main] as number;
  let best = -1;
  let bestDistance = 1;
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    if (table.halves[at * 2 + PLACE_SEEN_DAY_16] === 0) continue;
    const position = placePosition(stays, slot, place);
    const reach = Math.max(options.joinMetres, options.reachSigmas * 0.75 * Math.hypot(sigma, position.sigma));
    const share = cellShare(table.words, at + PLACE_CELL, PLACE_CELLS, main);
    const distance = (Math.hypot(position.x - x, position.y - y) / reach) * (1 - 0.6 * share);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = place;
    }
  }
  return best;
}

/** A free seat for a new place, or that of the least lived-in place that no circle and no waiting stay refers to. */
export function takeSeat(stays: Stays, slot: number): number {
  const { table } = stays;
  const record = slot * RECORD_WORDS;
  const byte = (at: number) => table.bytes[record * 4 + at] as number;
  const referred = [
    byte(FINISHED * 4 + FINISHED_PLACE_8),
    byte(STANDING_HOME * 4 + STANDING_PLACE_8),
    byte(STANDING_DAY * 4 + STANDING_PLACE_8),
  ];
  let seat = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    const isFree = table.halves[at * 2 + PLACE_SEEN_DAY_16] === 0;
    const isReferred = referred.includes(place + 1) || table.bytes[at * 4 + PLACE_ACTIVE_8] !== 0;
    // A place that is referred to goes only when all are: its dwell counts as that of a hundred days.
    const lived = isFree ? -1 : dwellMinutes(table.halves, at * 2) + (isReferred ? 144_000 : 0);
    if (lived < least) {
      least = lived;
      seat = place;
    }
  }
  for (const standing of [STANDING_HOME, STANDING_DAY]) {
    const standingPlace = (record + standing) * 4 + STANDING_PLACE_8;
    if (table.bytes[standingPlace] === seat + 1) table.bytes[standingPlace] = 0;
  }
  const at = placeWord(slot, seat);
  table.words.fill(0, at, at + PLACE_WORDS);
  table.halves[at * 2 + PLACE_SINCE_DAY_16] = table.halves[record * 2 + DAY_16] as number;
  table.halves[at * 2 + PLACE_SEEN_DAY_16] = table.halves[record * 2 + DAY_16] as number;
  return seat;
}
