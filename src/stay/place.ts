/** The places of a subscriber: which cells serve them, how much of which hours was spent there, on which days. */
import {
  CELL_WEIGHT_MAX,
  cellRow,
  cellWeight,
  DAY_16,
  FINISHED,
  FINISHED_PLACE_8,
  NIGHTS_OBSERVED,
  OBSERVED_DAYS,
  PLACE,
  PLACE_ACTIVE_8,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_NIGHT_MINUTES_16,
  PLACE_NIGHTS,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACE_TODAY_NIGHT_8,
  PLACE_TODAY_WORK_8,
  PLACE_WAKING_MINUTES_16,
  PLACE_WORDS,
  PLACE_WORK_MINUTES_16,
  PLACE_WORKDAYS,
  PLACES,
  packCell,
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
  WAKING_MINUTES_16,
  WORKDAYS_OBSERVED,
} from "./record.js";
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

/** First word of place `place` of a slot. */
export function placeWord(slot: number, place: number): number {
  return slot * RECORD_WORDS + PLACE + place * PLACE_WORDS;
}

/** Mean of the footprints of the cells that serve a place, each by its weight and precision; sigma of that mean's footprint. */
export function placePosition(stays: Stays, slot: number, place: number): { x: number; y: number; sigma: number } {
  const { words } = stays.table;
  const { cells } = stays;
  const at = placeWord(slot, place) + PLACE_CELL;
  let weights = 0;
  let x = 0;
  let y = 0;
  let sigmas = 0;
  for (let c = 0; c < PLACE_CELLS; c++) {
    const packed = words[at + c] as number;
    if (packed === 0) break;
    const row = cellRow(packed);
    const sigma = cells.sigma[row] as number;
    const weight = (cellWeight(packed) + 1) / (sigma * sigma);
    weights += weight;
    x += weight * (cells.x[row] as number);
    y += weight * (cells.y[row] as number);
    sigmas += weight * sigma;
  }
  return { x: x / weights, y: y / weights, sigma: sigmas / weights };
}

/** Weight of a cell among those of a place, as a share of the heaviest; 0 when the place does not know it. */
export function cellShare(words: Uint32Array, at: number, row: number): number {
  const top = cellWeight(words[at + PLACE_CELL] as number) + 1;
  for (let c = 0; c < PLACE_CELLS; c++) {
    const packed = words[at + PLACE_CELL + c] as number;
    if (packed === 0) return 0;
    if (cellRow(packed) === row) return (cellWeight(packed) + 1) / top;
  }
  return 0;
}

/** Adds weight to a cell in a list of packed cells kept heaviest first; a newcomer takes the lightest one's seat and halves its weight first. */
export function addCellWeight(words: Uint32Array, at: number, length: number, row: number, weight: number): void {
  let seat = 0;
  while (seat < length && words[at + seat] !== 0 && cellRow(words[at + seat] as number) !== row) seat++;
  if (seat === length) {
    seat = length - 1;
    const lightest = cellWeight(words[at + seat] as number);
    if (lightest > weight) {
      // The newcomer must come again while the seat's holder fades, so a passing cell does not push out a regular one.
      words[at + seat] = packCell(cellRow(words[at + seat] as number), lightest - weight);
      return;
    }
    words[at + seat] = packCell(row, weight);
  } else {
    const before = words[at + seat] === 0 ? 0 : cellWeight(words[at + seat] as number);
    if (before + weight > CELL_WEIGHT_MAX) halveWeights(words, at, length);
    words[at + seat] = packCell(
      row,
      Math.min(CELL_WEIGHT_MAX, (before + weight > CELL_WEIGHT_MAX ? before >> 1 : before) + weight),
    );
  }
  for (; seat > 0 && cellWeight(words[at + seat] as number) > cellWeight(words[at + seat - 1] as number); seat--) {
    const swap = words[at + seat] as number;
    words[at + seat] = words[at + seat - 1] as number;
    words[at + seat - 1] = swap;
  }
}

function halveWeights(words: Uint32Array, at: number, length: number): void {
  for (let c = 0; c < length; c++) {
    const packed = words[at + c] as number;
    if (packed !== 0) words[at + c] = packCell(cellRow(packed), cellWeight(packed) >> 1);
  }
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
  for (let c = 0; c < SEGMENT_CELLS; c++) {
    const packed = table.words[record + SEGMENT + SEGMENT_CELL + c] as number;
    if (packed !== 0) addCellWeight(table.words, at + PLACE_CELL, PLACE_CELLS, cellRow(packed), cellWeight(packed));
  }
  return place;
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
    const share = cellShare(table.words, at, main);
    const distance = (Math.hypot(position.x - x, position.y - y) / reach) * (1 - 0.6 * share);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = place;
    }
  }
  return best;
}

/** A free seat for a new place, or that of the least lived-in place that no circle and no waiting stay refers to. */
function takeSeat(stays: Stays, slot: number): number {
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
    const to = Math.min(toSec, calendar.dayStart(day + 1));
    accountWithinDay(stays, slot, place, day, calendar.secondOfDay(from), to - from);
    from = to;
  }
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
  const record = slot * RECORD_WORDS;
  if (day > (table.halves[record * 2 + DAY_16] as number)) rollDay(stays, slot, day);
  const isToday = day === table.halves[record * 2 + DAY_16];
  const to = fromSecond + lengthSec;
  const night = overlap(fromSecond, to, 0, NIGHT_TO) + overlap(fromSecond, to, NIGHT_FROM, DAY);
  const work = calendar.isWorkingDay(day) ? overlap(fromSecond, to, WORK_FROM, WORK_TO) : 0;
  const waking = overlap(fromSecond, to, WAKING_FROM, WAKING_TO);
  const at = placeWord(slot, place);
  addMinutes(table.halves, at * 2 + PLACE_NIGHT_MINUTES_16, night);
  addMinutes(table.halves, at * 2 + PLACE_WORK_MINUTES_16, work);
  addMinutes(table.halves, at * 2 + PLACE_WAKING_MINUTES_16, waking);
  addMinutes(table.halves, record * 2 + WAKING_MINUTES_16, waking);
  table.halves[at * 2 + PLACE_SEEN_DAY_16] = day;
  const bit = isToday ? 1 : 2;
  if (night > 0 && presentEnough(table.bytes, at * 4 + PLACE_TODAY_NIGHT_8, night, isToday)) {
    table.words[at + PLACE_NIGHTS] = (table.words[at + PLACE_NIGHTS] as number) | bit;
    table.words[record + NIGHTS_OBSERVED] = (table.words[record + NIGHTS_OBSERVED] as number) | bit;
  }
  if (work > 0 && presentEnough(table.bytes, at * 4 + PLACE_TODAY_WORK_8, work, isToday)) {
    table.words[at + PLACE_WORKDAYS] = (table.words[at + PLACE_WORKDAYS] as number) | bit;
    table.words[record + WORKDAYS_OBSERVED] = (table.words[record + WORKDAYS_OBSERVED] as number) | bit;
  }
  if (lengthSec >= HOUR) table.words[record + OBSERVED_DAYS] = (table.words[record + OBSERVED_DAYS] as number) | bit;
}

function overlap(from: number, to: number, low: number, high: number): number {
  return Math.max(0, Math.min(to, high) - Math.max(from, low));
}

function addMinutes(halves: Uint16Array, at: number, seconds: number): void {
  halves[at] = Math.min(65_535, (halves[at] as number) + Math.round(seconds / 60));
}

/** Adds to the minutes of today (kept in quarters of an hour / 3.75) and says whether the day now counts. */
function presentEnough(bytes: Uint8Array, at: number, seconds: number, isToday: boolean): boolean {
  if (!isToday) return seconds >= PRESENT_MINUTES_MIN * 60;
  const fourMinutes = Math.min(255, (bytes[at] as number) + Math.round(seconds / 240));
  bytes[at] = fourMinutes;
  return fourMinutes * 4 >= PRESENT_MINUTES_MIN;
}

/**
 * Begins a later day. The window slides by days on which the subscriber was observed, so a phone that was off and a stream that was
 * silent are no evidence of absence; a long absence forgets everything.
 */
export function rollDay(stays: Stays, slot: number, day: number): void {
  const { table, options } = stays;
  const record = slot * RECORD_WORDS;
  const before = table.halves[record * 2 + DAY_16] as number;
  table.halves[record * 2 + DAY_16] = day;
  if (before === 0) return;
  if (day - before > options.absenceDaysMax) {
    forgetPlaces(stays, slot);
    return;
  }
  if (((table.words[record + OBSERVED_DAYS] as number) & 1) === 0) return;
  const mask = 2 ** options.windowDays - 1;
  const shift = (at: number) => {
    table.words[at] = ((table.words[at] as number) << 1) & mask;
  };
  const fade = (at: number) => {
    table.halves[at] = Math.floor((table.halves[at] as number) * (1 - 1 / options.windowDays));
  };
  shift(record + OBSERVED_DAYS);
  shift(record + NIGHTS_OBSERVED);
  shift(record + WORKDAYS_OBSERVED);
  fade(record * 2 + WAKING_MINUTES_16);
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    if (table.halves[at * 2 + PLACE_SEEN_DAY_16] === 0) continue;
    shift(at + PLACE_NIGHTS);
    shift(at + PLACE_WORKDAYS);
    fade(at * 2 + PLACE_NIGHT_MINUTES_16);
    fade(at * 2 + PLACE_WORK_MINUTES_16);
    fade(at * 2 + PLACE_WAKING_MINUTES_16);
    table.bytes[at * 4 + PLACE_TODAY_NIGHT_8] = 0;
    table.bytes[at * 4 + PLACE_TODAY_WORK_8] = 0;
  }
  unitePlaces(stays, slot);
}

/** Places whose cells agree this much (cosine of their weights) are one, found twice. */
const SAME_PLACE_COSINE = 0.35;

/**
 * Unites places that turned out to be one: a place at the edge of several cells may first look like two. The one more lived in stays,
 * unless circles were told through the other.
 */
function unitePlaces(stays: Stays, slot: number): void {
  const { halves, bytes } = stays.table;
  for (let a = 0; a < PLACES; a++) {
    for (let b = 0; b < PLACES; b++) {
      const from = placeWord(slot, b);
      const into = placeWord(slot, a);
      if (a === b || halves[from * 2 + PLACE_SEEN_DAY_16] === 0 || halves[into * 2 + PLACE_SEEN_DAY_16] === 0) continue;
      if (bytes[from * 4 + PLACE_ACTIVE_8] !== 0 || dwellMinutes(halves, from * 2) > dwellMinutes(halves, into * 2))
        continue;
      if (
        isReferred(stays, slot, b) ||
        cellCosine(stays.table.words, into + PLACE_CELL, from + PLACE_CELL) < SAME_PLACE_COSINE
      )
        continue;
      unite(stays, into, from);
    }
  }
}

/** A segment, a waiting stay or a standing circle names the place by its number. */
function isReferred(stays: Stays, slot: number, place: number): boolean {
  const { bytes } = stays.table;
  const byte = (at: number) => bytes[slot * RECORD_WORDS * 4 + at] as number;
  const numbers = [
    byte(SEGMENT * 4 + SEGMENT_PLACE_8),
    byte(FINISHED * 4 + FINISHED_PLACE_8),
    byte(STANDING_HOME * 4 + STANDING_PLACE_8),
    byte(STANDING_DAY * 4 + STANDING_PLACE_8),
  ];
  return numbers.includes(place + 1);
}

function cellCosine(words: Uint32Array, a: number, b: number): number {
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < PLACE_CELLS; i++) {
    const packedA = words[a + i] as number;
    const packedB = words[b + i] as number;
    squaresA += packedA === 0 ? 0 : (cellWeight(packedA) + 1) ** 2;
    squaresB += packedB === 0 ? 0 : (cellWeight(packedB) + 1) ** 2;
    for (let j = 0; packedA !== 0 && j < PLACE_CELLS; j++) {
      const other = words[b + j] as number;
      if (other !== 0 && cellRow(other) === cellRow(packedA))
        product += (cellWeight(packedA) + 1) * (cellWeight(other) + 1);
    }
  }
  return product / Math.sqrt(squaresA * squaresB);
}

function unite(stays: Stays, into: number, from: number): void {
  const { words, halves } = stays.table;
  for (let c = 0; c < PLACE_CELLS; c++) {
    const packed = words[from + PLACE_CELL + c] as number;
    if (packed !== 0) addCellWeight(words, into + PLACE_CELL, PLACE_CELLS, cellRow(packed), cellWeight(packed));
  }
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
}

/** Forgets what was lived, not what was told to the store: the circles still have to say that they were left. */
function forgetPlaces(stays: Stays, slot: number): void {
  const { table } = stays;
  const record = slot * RECORD_WORDS;
  table.words[record + OBSERVED_DAYS] = 0;
  table.words[record + NIGHTS_OBSERVED] = 0;
  table.words[record + WORKDAYS_OBSERVED] = 0;
  table.halves[record * 2 + WAKING_MINUTES_16] = 0;
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    const active = table.bytes[at * 4 + PLACE_ACTIVE_8] as number;
    const seen = table.halves[at * 2 + PLACE_SEEN_DAY_16] as number;
    const first = table.words[at + PLACE_CELL] as number;
    table.words.fill(0, at, at + PLACE_WORDS);
    if (seen === 0) continue;
    table.words[at + PLACE_CELL] = first;
    table.halves[at * 2 + PLACE_SEEN_DAY_16] = seen;
    table.bytes[at * 4 + PLACE_ACTIVE_8] = active;
  }
}
