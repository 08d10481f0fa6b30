/** When two places are one, and when one is two. */

import { countBits } from "./bits.js";
import { addCell, addCells, cellCosine } from "./cell-list.js";
import { dwellMinutes } from "./dwell.js";
import { placePosition, placeWord, takeSeat } from "./place.js";
import {
  cellRest,
  cellRow,
  cellWeight,
  cellWork,
  FINISHED,
  FINISHED_PLACE_8,
  PENDING,
  PLACE_ACTIVE_8,
  PLACE_ACTIVE_SINCE_16,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_NIGHT_MINUTES_16,
  PLACE_NIGHTS,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACE_TOLD_CELL,
  PLACE_TOLD_REGION,
  PLACE_WAKING_MINUTES_16,
  PLACE_WORDS,
  PLACE_WORK_MINUTES_16,
  PLACE_WORKDAYS,
  PLACES,
  RECORD_WORDS,
  SEGMENT,
  SEGMENT_PLACE_8,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
} from "./record.js";
import type { Stays } from "./stays.js";

/** Places whose cells agree this much (cosine of their weights) are one, found twice. */
const SAME_PLACE_COSINE = 0.35;
const SAME_HOURS_COSINE = 0.8;

/** Unites places that turned out to be one: a place at the edge of several cells may first look like two. */
export function unitePlaces(stays: Stays, slot: number): void {
  const { halves } = stays.table;
  for (let a = 0; a < PLACES; a++) {
    for (let b = 0; b < PLACES; b++) {
      const into = placeWord(slot, a);
      const from = placeWord(slot, b);
      if (a === b || halves[from * 2 + PLACE_SEEN_DAY_16] === 0 || halves[into * 2 + PLACE_SEEN_DAY_16] === 0) continue;
      // Dwell is being entered for the places referred to, so these stay where they are.
      if (isReferred(stays, slot, b) || dwellMinutes(halves, from * 2) > dwellMinutes(halves, into * 2)) continue;
      if (isSamePlace(stays, slot, a, b)) unite(stays, slot, a, b);
    }
  }
}

/** A phone at rest was served by cells of both places: they are one when they are lived in at the same hours. */
export function uniteAtRest(stays: Stays, slot: number, a: number, b: number): void {
  const { halves } = stays.table;
  if (a === b || hoursCosine(halves, placeWord(slot, a) * 2, placeWord(slot, b) * 2) < SAME_HOURS_COSINE) return;
  unite(stays, slot, a, b);
}

function isReferred(stays: Stays, slot: number, place: number): boolean {
  const record = slot * RECORD_WORDS * 4;
  return REFERENCES_8.some((at) => stays.table.bytes[record + at] === place + 1);
}

/** They share their cells, or lie close together and are lived in at the same hours (home and work next door are not). */
function isSamePlace(stays: Stays, slot: number, a: number, b: number): boolean {
  const into = placeWord(slot, a);
  const from = placeWord(slot, b);
  if (cellCosine(stays.table.words, into + PLACE_CELL, from + PLACE_CELL, PLACE_CELLS) >= SAME_PLACE_COSINE)
    return true;
  const positionA = placePosition(stays, slot, a);
  const positionB = placePosition(stays, slot, b);
  const metres = Math.hypot(positionA.x - positionB.x, positionA.y - positionB.y);
  return (
    metres <= stays.options.joinMetres + Math.hypot(positionA.sigma, positionB.sigma) / 2 &&
    hoursCosine(stays.table.halves, into * 2, from * 2) >= SAME_HOURS_COSINE
  );
}

function hoursCosine(halves: Uint16Array, a: number, b: number): number {
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const minutes of [PLACE_NIGHT_MINUTES_16, PLACE_WORK_MINUTES_16, PLACE_WAKING_MINUTES_16]) {
    const ofA = halves[a + minutes] as number;
    const ofB = halves[b + minutes] as number;
    product += ofA * ofB;
    squaresA += ofA * ofA;
    squaresB += ofB * ofB;
  }
  return product / Math.sqrt(squaresA * squaresB);
}

/** Moves all that is known of place `b` to place `a`, and whatever refers to it. */
function unite(stays: Stays, slot: number, a: number, b: number): void {
  const { words, halves, bytes } = stays.table;
  const into = placeWord(slot, a);
  const from = placeWord(slot, b);
  if (!uniteActive(stays, into, from)) return;
  addCells(words, into + PLACE_CELL, PLACE_CELLS, from + PLACE_CELL, PLACE_CELLS);
  for (const mask of [PLACE_NIGHTS, PLACE_WORKDAYS])
    words[into + mask] = (words[into + mask] as number) | (words[from + mask] as number);
  for (const minutes of [PLACE_NIGHT_MINUTES_16, PLACE_WORK_MINUTES_16, PLACE_WAKING_MINUTES_16]) {
    halves[into * 2 + minutes] = Math.min(
      65_535,
      (halves[into * 2 + minutes] as number) + (halves[from * 2 + minutes] as number),
    );
  }
  halves[into * 2 + PLACE_SEEN_DAY_16] = Math.max(
    halves[into * 2 + PLACE_SEEN_DAY_16] as number,
    halves[from * 2 + PLACE_SEEN_DAY_16] as number,
  );
  halves[into * 2 + PLACE_SINCE_DAY_16] = Math.min(
    halves[into * 2 + PLACE_SINCE_DAY_16] as number,
    halves[from * 2 + PLACE_SINCE_DAY_16] as number,
  );
  words.fill(0, from, from + PLACE_WORDS);
  const record = slot * RECORD_WORDS * 4;
  for (const at of REFERENCES_8) if (bytes[record + at] === b + 1) bytes[record + at] = a + 1;
}

/** Bytes of a record that name a place. */
const REFERENCES_8 = [
  SEGMENT * 4 + SEGMENT_PLACE_8,
  PENDING * 4 + SEGMENT_PLACE_8,
  FINISHED * 4 + FINISHED_PLACE_8,
  STANDING_HOME * 4 + STANDING_PLACE_8,
  STANDING_DAY * 4 + STANDING_PLACE_8,
];

/** Takes the active circles along; false when both places hold some that were told differently, so that they must stay apart. */
function uniteActive(stays: Stays, into: number, from: number): boolean {
  const { words, halves, bytes } = stays.table;
  const ofInto = bytes[into * 4 + PLACE_ACTIVE_8] as number;
  const ofFrom = bytes[from * 4 + PLACE_ACTIVE_8] as number;
  if (ofFrom === 0) return true;
  const toldAlike =
    words[into + PLACE_TOLD_REGION] === words[from + PLACE_TOLD_REGION] &&
    words[into + PLACE_TOLD_CELL] === words[from + PLACE_TOLD_CELL];
  if (ofInto !== 0 && !toldAlike) return false;
  bytes[into * 4 + PLACE_ACTIVE_8] = ofInto | ofFrom;
  words[into + PLACE_TOLD_REGION] = words[from + PLACE_TOLD_REGION] as number;
  words[into + PLACE_TOLD_CELL] = words[from + PLACE_TOLD_CELL] as number;
  halves[into * 2 + PLACE_ACTIVE_SINCE_16] = halves[from * 2 + PLACE_ACTIVE_SINCE_16] as number;
  return true;
}

/** A cell seen in working hours (or outside them) this much more than the other way is one of working hours (or of the rest). */
const ONE_SIDED_SHARE = 0.8;
/** Part of a place's observations that each side must have for the place to be two. */
const SIDE_SHARE_MIN = 0.15;
const WORKDAYS_MIN = 3;

/**
 * Splits a place whose cells differ by the hour: who works near home is first seen at one place with many cells, and those of the working
 * days are not those of the nights. Cells of all hours serve both.
 */
export function splitPlaces(stays: Stays, slot: number): void {
  const { words, halves } = stays.table;
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    if (halves[at * 2 + PLACE_SEEN_DAY_16] === 0 || countBits(words[at + PLACE_WORKDAYS] as number) < WORKDAYS_MIN)
      continue;
    const sides = sideWeights(words, at + PLACE_CELL);
    if (Math.min(sides.work, sides.rest) < SIDE_SHARE_MIN * sides.all || sides.all < 20) continue;
    split(stays, slot, place);
    return;
  }
}

/** -1 for a cell of the rest of the time, 1 for one of working hours, 0 for one of all hours. */
function side(packed: number): number {
  const share = cellWork(packed) / Math.max(1, cellWeight(packed));
  if (share >= ONE_SIDED_SHARE) return 1;
  return share <= 1 - ONE_SIDED_SHARE ? -1 : 0;
}

function sideWeights(words: Uint32Array, list: number): { work: number; rest: number; all: number } {
  const sums = { work: 0, rest: 0, all: 0 };
  for (let c = 0; c < PLACE_CELLS; c++) {
    const packed = words[list + c] as number;
    if (packed === 0) break;
    const weight = cellWeight(packed);
    sums.all += weight;
    if (side(packed) === 1) sums.work += weight;
    else if (side(packed) === -1) sums.rest += weight;
  }
  return sums;
}

function split(stays: Stays, slot: number, place: number): void {
  const { words, halves } = stays.table;
  const seat = takeSeat(stays, slot);
  if (seat === place) return;
  const from = placeWord(slot, place);
  const to = placeWord(slot, seat);
  const cells = Array.from(words.subarray(from + PLACE_CELL, from + PLACE_CELL + PLACE_CELLS)).filter(
    (packed) => packed !== 0,
  );
  words.fill(0, from + PLACE_CELL, from + PLACE_CELL + PLACE_CELLS);
  for (const packed of cells) {
    const [row, rest, work] = [cellRow(packed), cellRest(packed), cellWork(packed)];
    if (side(packed) !== 1)
      addCell(words, from + PLACE_CELL, PLACE_CELLS, row, Math.max(1, rest), side(packed) === 0 ? 0 : work);
    if (side(packed) !== -1)
      addCell(words, to + PLACE_CELL, PLACE_CELLS, row, side(packed) === 0 ? 0 : rest, Math.max(1, work));
  }
  words[to + PLACE_WORKDAYS] = words[from + PLACE_WORKDAYS] as number;
  words[from + PLACE_WORKDAYS] = 0;
  const work = halves[from * 2 + PLACE_WORK_MINUTES_16] as number;
  halves[to * 2 + PLACE_WORK_MINUTES_16] = work;
  halves[to * 2 + PLACE_WAKING_MINUTES_16] = work;
  halves[from * 2 + PLACE_WORK_MINUTES_16] = 0;
  halves[from * 2 + PLACE_WAKING_MINUTES_16] = Math.max(
    0,
    (halves[from * 2 + PLACE_WAKING_MINUTES_16] as number) - work,
  );
  halves[to * 2 + PLACE_SINCE_DAY_16] = halves[from * 2 + PLACE_SINCE_DAY_16] as number;
}
