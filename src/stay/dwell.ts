/** The books of the places: minutes by kind of hour, nights and working days in a window that slides by observed days. */

import {
  LINE_DAY_16,
  LINE_NIGHT_OBSERVATIONS_16,
  LINE_NIGHTS_OBSERVED,
  LINE_OBSERVED_DAYS,
  LINE_WAKING_MINUTES_16,
  LINE_WORDS,
  LINE_WORK_OBSERVATIONS_16,
  LINE_WORKDAYS_OBSERVED,
  PLACE_ACTIVE_8,
  PLACE_ACTIVE_SINCE_16,
  PLACE_CELL,
  PLACE_NIGHT_MINUTES_16,
  PLACE_NIGHTS,
  PLACE_SEEN_DAY_16,
  PLACE_TODAY_8,
  PLACE_TOLD_CELL,
  PLACE_TOLD_REGION,
  PLACE_VISITS_16,
  PLACE_WAKING_MINUTES_16,
  PLACE_WORDS,
  PLACE_WORK_MINUTES_16,
  PLACE_WORKDAYS,
  PLACES,
} from "./record.js";
import { unitePlaces } from "./same-place.js";
import type { Stays } from "./stays.js";

const HOUR = 3_600;
const DAY = 86_400;
/** Hours of the local day that are night, work and waking. */
const NIGHT_FROM = 22 * HOUR;
const NIGHT_TO = 6 * HOUR;
const WORK_FROM = 9 * HOUR;
const WORK_TO = 17 * HOUR;
const WAKING_FROM = 7 * HOUR;
const WAKING_TO = 23 * HOUR;
/** Minutes of a day's night or work hours at a place that make it a night or a working day there. */
const PRESENT_MINUTES_MIN = 60;

export function dwellMinutes(halves: Uint16Array, placeHalf: number): number {
  return (
    (halves[placeHalf + PLACE_NIGHT_MINUTES_16] as number) +
    (halves[placeHalf + PLACE_WORK_MINUTES_16] as number) +
    (halves[placeHalf + PLACE_WAKING_MINUTES_16] as number)
  );
}

/** Enters dwell from `fromSec` to `toSec` at a place into the books: minutes, nights and working days, day by day. */
export function accountDwell(stays: Stays, slot: number, place: number, fromSec: number, toSec: number): void {
  const { calendar } = stays;
  let from = fromSec;
  while (from < toSec) {
    const day = calendar.day(from);
    const second = calendar.secondOfDay(from);
    let to = Math.min(toSec, calendar.dayStart(day + 1));
    // Where the clock is changed in between, each hour is entered where it lies.
    if (calendar.secondOfDay(to - 1) - second !== to - 1 - from) to = Math.min(to, from + HOUR - (second % HOUR));
    accountWithinDay(stays, slot, place, day, second, to - from);
    from = to;
  }
}

/** Where an observation counts: LINE_NIGHT_OBSERVATIONS_16, LINE_WORK_OBSERVATIONS_16, or in neither. */
export type ObservationKind = typeof LINE_NIGHT_OBSERVATIONS_16 | typeof LINE_WORK_OBSERVATIONS_16 | null;

/** When a phone is heard tells when its owner is awake; how long somebody was somewhere does not. */
export function observationKind(stays: Stays, sec: number): ObservationKind {
  const second = stays.calendar.secondOfDay(sec);
  if (second < NIGHT_TO || second >= NIGHT_FROM) return LINE_NIGHT_OBSERVATIONS_16;
  return isWorkingTime(stays, sec) ? LINE_WORK_OBSERVATIONS_16 : null;
}

function accountWithinDay(
  stays: Stays,
  slot: number,
  place: number,
  day: number,
  fromSecond: number,
  lengthSec: number,
): void {
  const { table, calendar } = stays;
  const line = slot * LINE_WORDS;
  if (day > (table.lineHalves[line * 2 + LINE_DAY_16] as number)) rollDay(stays, slot, day, place);
  const isToday = day === table.lineHalves[line * 2 + LINE_DAY_16];
  const to = fromSecond + lengthSec;
  const night = overlap(fromSecond, to, 0, NIGHT_TO) + overlap(fromSecond, to, NIGHT_FROM, DAY);
  const work = calendar.isWorkingDay(day) ? overlap(fromSecond, to, WORK_FROM, WORK_TO) : 0;
  const waking = overlap(fromSecond, to, WAKING_FROM, WAKING_TO);
  const at = table.ownPlace(slot, place);
  addMinutes(table.halves, at * 2 + PLACE_NIGHT_MINUTES_16, night);
  addMinutes(table.halves, at * 2 + PLACE_WORK_MINUTES_16, work);
  addMinutes(table.halves, at * 2 + PLACE_WAKING_MINUTES_16, waking);
  addMinutes(table.lineHalves, line * 2 + LINE_WAKING_MINUTES_16, waking);
  table.halves[at * 2 + PLACE_SEEN_DAY_16] = day;
  const bit = isToday ? 1 : 2;
  if (night > 0 && presentEnough(table.bytes, at * 4 + PLACE_TODAY_8, NIGHT_SHIFT, night, isToday)) {
    table.words[at + PLACE_NIGHTS] = (table.words[at + PLACE_NIGHTS] as number) | bit;
    table.lines[line + LINE_NIGHTS_OBSERVED] = (table.lines[line + LINE_NIGHTS_OBSERVED] as number) | bit;
  }
  if (work > 0 && presentEnough(table.bytes, at * 4 + PLACE_TODAY_8, WORK_SHIFT, work, isToday)) {
    table.words[at + PLACE_WORKDAYS] = (table.words[at + PLACE_WORKDAYS] as number) | bit;
    table.lines[line + LINE_WORKDAYS_OBSERVED] = (table.lines[line + LINE_WORKDAYS_OBSERVED] as number) | bit;
  }
  if (lengthSec >= HOUR)
    table.lines[line + LINE_OBSERVED_DAYS] = (table.lines[line + LINE_OBSERVED_DAYS] as number) | bit;
}

function overlap(from: number, to: number, low: number, high: number): number {
  return Math.max(0, Math.min(to, high) - Math.max(from, low));
}

function addMinutes(halves: Uint16Array, at: number, seconds: number): void {
  addCount(halves, at, Math.round(seconds / 60));
}

/** Adds to a count that stays at its most. */
export function addCount(halves: Uint16Array, at: number, count: number): void {
  halves[at] = Math.min(65_535, (halves[at] as number) + count);
}

/** Where the minutes of today stand in their byte, and the most that does: more minutes than make a day count are as good as those. */
const NIGHT_SHIFT = 0;
const WORK_SHIFT = 4;
const TODAY_MAX = 15;

/** Adds to the minutes of today (kept in quarters of an hour / 3.75) and says whether the day now counts. */
function presentEnough(bytes: Uint8Array, at: number, shift: number, seconds: number, isToday: boolean): boolean {
  if (!isToday) return seconds >= PRESENT_MINUTES_MIN * 60;
  const today = bytes[at] as number;
  const fourMinutes = Math.min(TODAY_MAX, ((today >>> shift) & TODAY_MAX) + Math.round(seconds / 240));
  bytes[at] = (today & ~(TODAY_MAX << shift)) | (fourMinutes << shift);
  return fourMinutes * 4 >= PRESENT_MINUTES_MIN;
}

/**
 * Begins a later day. The window slides by days on which the subscriber was observed, so a phone that was off and a stream that was
 * silent are no evidence of absence; a long absence forgets everything.
 *
 * @param entered place for which dwell is being entered, -1 for none
 */
export function rollDay(stays: Stays, slot: number, day: number, entered = -1): void {
  const { table, options } = stays;
  const line = slot * LINE_WORDS;
  const before = table.lineHalves[line * 2 + LINE_DAY_16] as number;
  table.lineHalves[line * 2 + LINE_DAY_16] = day;
  if (before === 0) return;
  if (day - before > options.absenceDaysMax) {
    forgetPlaces(stays, slot);
    return;
  }
  if (((table.lines[line + LINE_OBSERVED_DAYS] as number) & 1) === 0) return;
  const mask = 2 ** options.windowDays - 1;
  const shift = (words: Uint32Array, at: number) => {
    words[at] = ((words[at] as number) << 1) & mask;
  };
  const fade = (halves: Uint16Array, at: number) => {
    halves[at] = Math.floor((halves[at] as number) * (1 - 1 / options.windowDays));
  };
  const { lines, lineHalves, words, halves } = table;
  shift(lines, line + LINE_OBSERVED_DAYS);
  shift(lines, line + LINE_NIGHTS_OBSERVED);
  shift(lines, line + LINE_WORKDAYS_OBSERVED);
  fade(lineHalves, line * 2 + LINE_WAKING_MINUTES_16);
  fade(lineHalves, line * 2 + LINE_NIGHT_OBSERVATIONS_16);
  fade(lineHalves, line * 2 + LINE_WORK_OBSERVATIONS_16);
  for (let place = 0; place < PLACES; place++) {
    const at = table.placeWord(slot, place);
    if (table.halves[at * 2 + PLACE_SEEN_DAY_16] === 0) continue;
    shift(words, at + PLACE_NIGHTS);
    shift(words, at + PLACE_WORKDAYS);
    fade(halves, at * 2 + PLACE_NIGHT_MINUTES_16);
    fade(halves, at * 2 + PLACE_WORK_MINUTES_16);
    fade(halves, at * 2 + PLACE_WAKING_MINUTES_16);
    fade(halves, at * 2 + PLACE_VISITS_16);
    table.bytes[at * 4 + PLACE_TODAY_8] = 0;
  }
  unitePlaces(stays, slot, entered);
}

/** What the active circles held through a place were told with, and its main cell. */
const KEPT_WORDS = [PLACE_CELL, PLACE_TOLD_REGION, PLACE_TOLD_CELL];

/** Forgets what was lived, not what was told to the store: the circles still have to say that they were left. */
function forgetPlaces(stays: Stays, slot: number): void {
  const { table } = stays;
  const line = slot * LINE_WORDS;
  table.lines[line + LINE_OBSERVED_DAYS] = 0;
  table.lines[line + LINE_NIGHTS_OBSERVED] = 0;
  table.lines[line + LINE_WORKDAYS_OBSERVED] = 0;
  table.lineHalves[line * 2 + LINE_WAKING_MINUTES_16] = 0;
  table.lineHalves[line * 2 + LINE_NIGHT_OBSERVATIONS_16] = 0;
  table.lineHalves[line * 2 + LINE_WORK_OBSERVATIONS_16] = 0;
  for (let place = 0; place < PLACES; place++) {
    const at = table.placeWord(slot, place);
    const seen = table.halves[at * 2 + PLACE_SEEN_DAY_16] as number;
    if (seen === 0) continue;
    const active = table.bytes[at * 4 + PLACE_ACTIVE_8] as number;
    const activeSince = table.halves[at * 2 + PLACE_ACTIVE_SINCE_16] as number;
    const told = KEPT_WORDS.map((word) => table.words[at + word] as number);
    table.words.fill(0, at, at + PLACE_WORDS);
    for (const [i, word] of KEPT_WORDS.entries()) table.words[at + word] = told[i] as number;
    table.halves[at * 2 + PLACE_SEEN_DAY_16] = seen;
    table.halves[at * 2 + PLACE_ACTIVE_SINCE_16] = activeSince;
    table.bytes[at * 4 + PLACE_ACTIVE_8] = active;
  }
}

/** The instant lies in the working hours of a working day. */
export function isWorkingTime(stays: Stays, sec: number): boolean {
  const second = stays.calendar.secondOfDay(sec);
  return second >= WORK_FROM && second < WORK_TO && stays.calendar.isWorkingDay(stays.calendar.day(sec));
}
