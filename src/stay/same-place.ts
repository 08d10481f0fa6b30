/** When two places are one. */

import { straightLine } from "../geo/straight-line.js";
import { addCells, commonShare } from "./cell-list.js";
import { dwellMinutes } from "./dwell.js";
import { placePosition } from "./place.js";
import {
  FINISHED,
  FINISHED_PLACE_8,
  OPEN,
  OPEN_PLACE_8,
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
  PLACE_VISITS_16,
  PLACE_WAKING_MINUTES_16,
  PLACE_WORK_MINUTES_16,
  PLACE_WORKDAYS,
  PLACES,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
} from "./record.js";
import type { Stays } from "./stays.js";

/** Places this near, with this part of their observations in common, are one, found twice. */
const SAME_PLACE_METRES = 250;
const SAME_PLACE_SHARE = 0.5;

/**
 * Unites places that turned out to be one: a place at the edge of several cells may first look like two.
 *
 * @param entered place for which dwell is being entered, -1 for none
 */
export function unitePlaces(stays: Stays, slot: number, entered = -1): void {
  const { halves } = stays.table;
  for (let a = 0; a < PLACES; a++) {
    for (let b = 0; b < PLACES; b++) {
      const into = stays.table.placeWord(slot, a);
      const from = stays.table.placeWord(slot, b);
      if (a === b || halves[from * 2 + PLACE_SEEN_DAY_16] === 0 || halves[into * 2 + PLACE_SEEN_DAY_16] === 0) continue;
      // What is referred to, or has something entered for it, stays where it is.
      if (
        b === entered ||
        isReferred(stays, slot, b) ||
        dwellMinutes(halves, from * 2) > dwellMinutes(halves, into * 2)
      )
        continue;
      if (isSamePlace(stays, slot, a, b)) unite(stays, slot, a, b);
    }
  }
}

function isReferred(stays: Stays, slot: number, place: number): boolean {
  const record = stays.table.restWord(slot) * 4;
  return REFERENCES_8.some((at) => stays.table.bytes[record + at] === place + 1);
}

/** They lie close together and are served by the same cells. */
function isSamePlace(stays: Stays, slot: number, a: number, b: number): boolean {
  const into = stays.table.placeWord(slot, a);
  const from = stays.table.placeWord(slot, b);
  const { x, y } = placePosition(stays, slot, a);
  const other = placePosition(stays, slot, b);
  return (
    straightLine(x - other.x, y - other.y) <= SAME_PLACE_METRES &&
    commonShare(stays.table.words, into + PLACE_CELL, from + PLACE_CELL, PLACE_CELLS) >= SAME_PLACE_SHARE
  );
}

/** Moves all that is known of place `b` to place `a`, and whatever refers to it. */
function unite(stays: Stays, slot: number, a: number, b: number): void {
  const { words, halves, bytes } = stays.table;
  const into = stays.table.placeWord(slot, a);
  const from = stays.table.placeWord(slot, b);
  if (!uniteActive(stays, into, from)) return;
  addCells(words, into + PLACE_CELL, PLACE_CELLS, words, from + PLACE_CELL);
  for (const mask of [PLACE_NIGHTS, PLACE_WORKDAYS])
    words[into + mask] = (words[into + mask] as number) | (words[from + mask] as number);
  for (const minutes of [PLACE_NIGHT_MINUTES_16, PLACE_WORK_MINUTES_16, PLACE_WAKING_MINUTES_16, PLACE_VISITS_16]) {
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
  stays.table.givePlace(slot, b);
  const record = stays.table.restWord(slot) * 4;
  for (const at of REFERENCES_8) if (bytes[record + at] === b + 1) bytes[record + at] = a + 1;
}

/** Bytes of a record that name a place. */
const REFERENCES_8 = [
  OPEN * 4 + OPEN_PLACE_8,
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
