/**
 * From events to stays, one subscriber at a time, in event-time order.
 *
 * A record has the segment in hand (where the phone is taken to be) and a pending one (where it may have gone). An event that the
 * segment's cells can explain extends it. Another opens the pending segment, and what comes next decides: back again soon and near was
 * ping-pong; back again from afar was an errand; long enough elsewhere was a move; on to a third place was a way, or a short visit when
 * the silence around it leaves time for one. Intervals come from the silences: who was last seen here and next seen there set out
 * within the gap, less the travel time, most likely when people do set out (see travel.ts).
 */

import { addCell, addCells } from "./cell-list.js";
import { accountDwell, isWorkingTime, rollDay } from "./dwell.js";
import { evidenceOfMove, isOwnCell, logServed, oddsOfRest } from "./evidence.js";
import { finishStay, flushFinished } from "./finish.js";
import { knownPlace, placeOfSegment, placeWord } from "./place.js";
import {
  cellRow,
  DAY_16,
  OBSERVED_DAYS,
  PENDING,
  PLACE_CELL,
  PLACE_CELLS,
  packCell,
  RECORD_WORDS,
  SEGMENT,
  SEGMENT_ACCOUNTED,
  SEGMENT_CELL,
  SEGMENT_CELLS,
  SEGMENT_EVENTS_16,
  SEGMENT_EVIDENCE,
  SEGMENT_FIRST,
  SEGMENT_LAST,
  SEGMENT_PLACE_8,
  SEGMENT_START,
  SEGMENT_WEIGHT,
  SEGMENT_X,
  SEGMENT_Y,
} from "./record.js";
import { uniteAtRest } from "./same-place.js";
import type { Stays } from "./stays.js";
import {
  isHasty,
  isLongSilence,
  isTeleport,
  isTooSoonToMove,
  isVisit,
  OVERSHOOT_METRES_MAX,
  setOut,
  setOutLate,
  type Way,
  wayBetween,
  wayTo,
} from "./way.js";

const SEGMENT_LENGTH = PENDING - SEGMENT;
/** Between the segment in hand and the pending one the former keeps an event unless the latter explains it so much better. */
const CHANGE_OF_MIND = 0.5;
/** Seconds after which another event is another observation of the radio. */
const OBSERVATION_SEC = 600;

/** Takes one event of a subscriber; events come in time order. */
export function takeEvent(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  if (words[segment + SEGMENT_FIRST] === 0) {
    begin(stays, slot, segment, timeSec, row, timeSec);
  } else {
    if (isLongSilence(stays, slot, timeSec)) {
      endSegments(stays, slot);
      begin(stays, slot, segment, timeSec, row, timeSec);
    } else placeEvent(stays, slot, timeSec, row);
  }
  markObserved(stays, slot, timeSec);
}

/** Gives the event to the segment in hand, to the pending one, or to a new pending one. */
function placeEvent(stays: Stays, slot: number, timeSec: number, row: number): void {
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  const hasPending = stays.table.words[pending + SEGMENT_FIRST] !== 0;
  const isOwn = isOwnCell(stays, slot, segment, row);
  if (!hasPending) {
    if (isOwn || isTooSoonToMove(stays, segment, timeSec, row)) comeBack(stays, slot, timeSec, row);
    else openPending(stays, slot, timeSec, row, logServed(stays, slot, segment, row));
    return;
  }
  const isOfPending = isOwnCell(stays, slot, pending, row);
  if (isOwn && !isOfPending) {
    comeBack(stays, slot, timeSec, row);
    return;
  }
  const served = logServed(stays, slot, segment, row);
  if (isOwn && (!isOfPending || served >= logServed(stays, slot, pending, row) - CHANGE_OF_MIND))
    comeBack(stays, slot, timeSec, row);
  else if (isOfPending || isTooSoonToMove(stays, pending, timeSec, row) || isCloud(stays, slot, timeSec, served))
    stayAway(stays, slot, timeSec, row, served);
  else moveOn(stays, slot, timeSec, row);
}

/** Ends everything in hand: the stream says that nothing more will come. */
export function endSegments(stays: Stays, slot: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (words[segment + SEGMENT_FIRST] !== 0) {
    if (words[pending + SEGMENT_FIRST] !== 0 && isAway(stays, slot)) {
      const out = wayBetween(stays, segment, pending);
      const { leftSec, arrivedSec } = setOut(stays, segment, out);
      close(stays, slot, leftSec);
      replaceByPending(stays, slot, arrivedSec);
    } else if (words[pending + SEGMENT_FIRST] !== 0) absorbPending(stays, slot);
    close(stays, slot, words[segment + SEGMENT_LAST] as number);
  }
  words.fill(0, segment, segment + SEGMENT_LENGTH);
  words.fill(0, pending, pending + SEGMENT_LENGTH);
  flushFinished(stays, slot);
}

/** The pending segment is better explained by a move than by another cell that serves the place in hand. */
function isAway(stays: Stays, slot: number): boolean {
  return (stays.table.floats[slot * RECORD_WORDS + PENDING + SEGMENT_EVIDENCE] as number) > 0;
}

/** Neither segment knows the cell, but a phone at rest may well be served by it, as by the cells of the pending one. */
function isCloud(stays: Stays, slot: number, timeSec: number, served: number): boolean {
  const pending = slot * RECORD_WORDS + PENDING;
  if (isAway(stays, slot)) return false;
  return (
    evidenceOfMove(served, false) <= oddsOfRest(stays, stays.table.words[pending + SEGMENT_LAST] as number, timeSec)
  );
}

function openPending(stays: Stays, slot: number, timeSec: number, row: number, served: number): void {
  const { words, floats } = stays.table;
  const pending = slot * RECORD_WORDS + PENDING;
  const last = words[slot * RECORD_WORDS + SEGMENT + SEGMENT_LAST] as number;
  begin(stays, slot, pending, timeSec, row, 0);
  floats[pending + SEGMENT_EVIDENCE] = evidenceOfMove(served, false) - oddsOfRest(stays, last, timeSec);
}

/** The pending segment was ping-pong: its cells serve the place in hand as well. */
function absorbPending(stays: Stays, slot: number): void {
  const { words, halves, bytes } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  stays.pingPongEvents += halves[pending * 2 + SEGMENT_EVENTS_16] as number;
  const place = bytes[segment * 4 + SEGMENT_PLACE_8] as number;
  addCells(words, segment + SEGMENT_CELL, SEGMENT_CELLS, pending + SEGMENT_CELL, SEGMENT_CELLS);
  if (place !== 0)
    addCells(words, placeWord(slot, place - 1) + PLACE_CELL, PLACE_CELLS, pending + SEGMENT_CELL, SEGMENT_CELLS);
  const other = bytes[pending * 4 + SEGMENT_PLACE_8] as number;
  if (place !== 0 && other !== 0) uniteAtRest(stays, slot, place - 1, other - 1);
  mergePosition(stays.table.floats, segment, pending);
  words[segment + SEGMENT_LAST] = words[pending + SEGMENT_LAST] as number;
  halves[segment * 2 + SEGMENT_EVENTS_16] = Math.min(
    65_535,
    (halves[segment * 2 + SEGMENT_EVENTS_16] as number) + (halves[pending * 2 + SEGMENT_EVENTS_16] as number),
  );
  words[pending + SEGMENT_FIRST] = 0;
}

function mergePosition(floats: Float32Array, segment: number, pending: number): void {
  const own = floats[segment + SEGMENT_WEIGHT] as number;
  const other = floats[pending + SEGMENT_WEIGHT] as number;
  const share = other / (own + other);
  floats[segment + SEGMENT_X] =
    (floats[segment + SEGMENT_X] as number) * (1 - share) + (floats[pending + SEGMENT_X] as number) * share;
  floats[segment + SEGMENT_Y] =
    (floats[segment + SEGMENT_Y] as number) * (1 - share) + (floats[pending + SEGMENT_Y] as number) * share;
  floats[segment + SEGMENT_WEIGHT] = own + other;
}

function begin(stays: Stays, slot: number, at: number, timeSec: number, row: number, startSec: number): void {
  const { words, floats, halves, bytes } = stays.table;
  words.fill(0, at, at + SEGMENT_LENGTH);
  words[at + SEGMENT_FIRST] = timeSec;
  words[at + SEGMENT_LAST] = timeSec;
  words[at + SEGMENT_START] = startSec;
  words[at + SEGMENT_ACCOUNTED] = startSec;
  floats[at + SEGMENT_X] = stays.cells.x[row] as number;
  floats[at + SEGMENT_Y] = stays.cells.y[row] as number;
  floats[at + SEGMENT_WEIGHT] = 1 / (stays.cells.sigma[row] as number) ** 2;
  const isWork = isWorkingTime(stays, timeSec);
  words[at + SEGMENT_CELL] = packCell(row, isWork ? 0 : 1, isWork ? 1 : 0);
  halves[at * 2 + SEGMENT_EVENTS_16] = 1;
  bytes[at * 4 + SEGMENT_PLACE_8] = knownPlace(stays, slot, row) + 1;
}

function addObservations(
  stays: Stays,
  list: number,
  length: number,
  row: number,
  count: number,
  timeSec: number,
): void {
  const isWork = isWorkingTime(stays, timeSec);
  addCell(stays.table.words, list, length, row, isWork ? 0 : count, isWork ? count : 0);
}

/** Adds an event to a segment. A burst counts once: an event's weight grows with the minutes since the one before it. */
function extend(stays: Stays, at: number, timeSec: number, row: number): number {
  const { words, floats, halves } = stays.table;
  const minutes = (timeSec - (words[at + SEGMENT_LAST] as number)) / 60;
  const weight = minutes < 1 ? 0.1 : Math.min(2, 0.1 + minutes / 10);
  const sigma = stays.cells.sigma[row] as number;
  const precision = weight / (sigma * sigma);
  const total = (floats[at + SEGMENT_WEIGHT] as number) + precision;
  floats[at + SEGMENT_X] =
    (floats[at + SEGMENT_X] as number) +
    (((stays.cells.x[row] as number) - (floats[at + SEGMENT_X] as number)) * precision) / total;
  floats[at + SEGMENT_Y] =
    (floats[at + SEGMENT_Y] as number) +
    (((stays.cells.y[row] as number) - (floats[at + SEGMENT_Y] as number)) * precision) / total;
  floats[at + SEGMENT_WEIGHT] = total;
  words[at + SEGMENT_LAST] = timeSec;
  halves[at * 2 + SEGMENT_EVENTS_16] = Math.min(65_535, (halves[at * 2 + SEGMENT_EVENTS_16] as number) + 1);
  const cellWeight = minutes < 1 ? 0 : Math.max(1, Math.round(Math.min(20, minutes) / 5));
  if (cellWeight > 0 || (words[at + SEGMENT_CELL + 1] as number) === 0)
    addObservations(stays, at + SEGMENT_CELL, SEGMENT_CELLS, row, Math.max(1, cellWeight), timeSec);
  return cellWeight;
}

/** The event can be where the segment is. */
function comeBack(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (words[pending + SEGMENT_FIRST] !== 0 && !dissolvePending(stays, slot, timeSec, row)) {
    begin(stays, slot, segment, timeSec, row, words[segment + SEGMENT_START] as number);
    return;
  }
  const weight = extend(stays, segment, timeSec, row);
  if (timeSec - (words[segment + SEGMENT_START] as number) < stays.options.dwellSecMin) return;
  const place = placeOfSegment(stays, slot);
  if (weight > 0) addObservations(stays, placeWord(slot, place) + PLACE_CELL, PLACE_CELLS, row, weight, timeSec);
  accountDwell(stays, slot, place, words[segment + SEGMENT_ACCOUNTED] as number, timeSec);
  words[segment + SEGMENT_ACCOUNTED] = timeSec;
}

/**
 * Decides what the pending segment was, now that the phone is back: nothing (true: the segment goes on), or an errand (false: the
 * segment was closed, its START holds the arrival of the return).
 */
function dissolvePending(stays: Stays, slot: number, timeSec: number, row: number): boolean {
  const { words } = stays.table;
  const { options } = stays;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (!isAway(stays, slot)) {
    absorbPending(stays, slot);
    return true;
  }
  const out = wayBetween(stays, segment, pending);
  const back = wayTo(stays, pending, timeSec, row);
  if (isTeleport(stays, segment, pending, out) || isTeleport(stays, segment, pending, back)) {
    rejectPending(stays, slot);
    return true;
  }
  if (isHasty(stays, out, back)) {
    if (out.metres <= OVERSHOOT_METRES_MAX) absorbPending(stays, slot);
    else rejectPending(stays, slot);
    return true;
  }
  if (!isVisit(stays, pending, out, back)) {
    if (timeSec - (words[segment + SEGMENT_LAST] as number) < options.joinSecMax) {
      words[pending + SEGMENT_FIRST] = 0;
      return true;
    }
    close(stays, slot, setOutLate(stays, segment, out));
    words[segment + SEGMENT_START] = Math.min(timeSec, (words[pending + SEGMENT_LAST] as number) + back.seconds);
    words[pending + SEGMENT_FIRST] = 0;
    return false;
  }
  const leftSec = closeBefore(stays, slot, out);
  replaceByPending(stays, slot, leftSec + out.seconds);
  words[segment + SEGMENT_START] = closeAfter(stays, slot, back) + back.seconds;
  return false;
}

/** Nobody was there: the events of the pending segment bear a wrong cell, or another phone's identity. */
function rejectPending(stays: Stays, slot: number): void {
  const { words, halves } = stays.table;
  const pending = slot * RECORD_WORDS + PENDING;
  stays.sink.teleport(
    slot,
    words[pending + SEGMENT_FIRST] as number,
    cellRow(words[pending + SEGMENT_CELL] as number),
    halves[pending * 2 + SEGMENT_EVENTS_16] as number,
  );
  words[pending + SEGMENT_FIRST] = 0;
}

/** Closes the segment that was left for a visit in the gap `out`; returns when it was left. */
function closeBefore(stays: Stays, slot: number, out: Way): number {
  const segment = slot * RECORD_WORDS + SEGMENT;
  const { leftSec: likely } = setOut(stays, segment, out);
  const leftSec = Math.round(Math.max(likely, out.toSec - out.seconds - stays.options.unobservedSecMax));
  close(stays, slot, leftSec);
  return leftSec;
}

/** Closes the segment (just visited) that was left within the gap `back`; returns when. */
function closeAfter(stays: Stays, slot: number, back: Way): number {
  const segment = slot * RECORD_WORDS + SEGMENT;
  const { leftSec: likely } = setOut(stays, segment, back);
  const leftSec = Math.round(Math.min(likely, back.fromSec + stays.options.unobservedSecMax));
  close(stays, slot, leftSec);
  return leftSec;
}

/** The event can be where the pending segment is: long enough there, and against the odds of rest, the subscriber has moved. */
function stayAway(stays: Stays, slot: number, timeSec: number, row: number, served: number): void {
  const { words, floats } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  // Shadowing changes over minutes, so events of a burst are one observation.
  const observations = Math.min(1, (timeSec - (words[pending + SEGMENT_LAST] as number)) / OBSERVATION_SEC);
  floats[pending + SEGMENT_EVIDENCE] =
    (floats[pending + SEGMENT_EVIDENCE] as number) + observations * evidenceOfMove(served, true);
  extend(stays, pending, timeSec, row);
  if (!isAway(stays, slot) || timeSec - (words[pending + SEGMENT_FIRST] as number) < stays.options.dwellSecMin) return;
  const out = wayBetween(stays, segment, pending);
  const { leftSec, arrivedSec } = setOut(stays, segment, out);
  close(stays, slot, leftSec);
  replaceByPending(stays, slot, arrivedSec);
  settle(stays, slot);
}

/** The event is at a third place. */
function moveOn(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (!isAway(stays, slot)) absorbPending(stays, slot);
  else {
    const out = wayBetween(stays, segment, pending);
    const on = wayTo(stays, pending, timeSec, row);
    if (isVisit(stays, pending, out, on)) {
      const leftSec = closeBefore(stays, slot, out);
      replaceByPending(stays, slot, leftSec + out.seconds);
    } else {
      close(stays, slot, setOutLate(stays, segment, out));
      replaceByPending(
        stays,
        slot,
        Math.min(words[pending + SEGMENT_FIRST] as number, (words[segment + SEGMENT_LAST] as number) + out.seconds),
      );
    }
  }
  openPending(stays, slot, timeSec, row, logServed(stays, slot, segment, row));
}

/** The pending segment becomes the one in hand, entered at `startSec` or just before its first event. */
function replaceByPending(stays: Stays, slot: number, startSec: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  words.copyWithin(segment, pending, pending + SEGMENT_LENGTH);
  words[segment + SEGMENT_START] = Math.min(words[segment + SEGMENT_FIRST] as number, Math.round(startSec));
  words[segment + SEGMENT_ACCOUNTED] = words[segment + SEGMENT_START] as number;
  words[pending + SEGMENT_FIRST] = 0;
}

/** Enters a segment that has become a stay into the books of its place. */
function settle(stays: Stays, slot: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const last = words[segment + SEGMENT_LAST] as number;
  accountDwell(stays, slot, placeOfSegment(stays, slot), words[segment + SEGMENT_ACCOUNTED] as number, last);
  words[segment + SEGMENT_ACCOUNTED] = last;
}

/** Ends the segment in hand at `endSec`; it is a stay when it lasted. */
function close(stays: Stays, slot: number, endSec: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const start = words[segment + SEGMENT_START] as number;
  const end = Math.max(words[segment + SEGMENT_LAST] as number, Math.round(endSec));
  const seen = (words[segment + SEGMENT_LAST] as number) - (words[segment + SEGMENT_FIRST] as number);
  if (end - start < (seen >= stays.options.dwellSecMin ? stays.options.dwellSecMin : stays.options.inferredDwellSecMin))
    return;
  const place = placeOfSegment(stays, slot);
  accountDwell(stays, slot, place, words[segment + SEGMENT_ACCOUNTED] as number, end);
  finishStay(stays, slot, place, start, end);
}

function markObserved(stays: Stays, slot: number, timeSec: number): void {
  const { words, halves } = stays.table;
  const record = slot * RECORD_WORDS;
  const day = stays.calendar.day(timeSec);
  if (day > (halves[record * 2 + DAY_16] as number)) rollDay(stays, slot, day);
  words[record + OBSERVED_DAYS] = (words[record + OBSERVED_DAYS] as number) | 1;
}
