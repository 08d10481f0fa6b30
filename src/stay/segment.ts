/**
 * From events to stays, one subscriber at a time, in event-time order.
 *
 * A record has the segment in hand (where the phone is taken to be) and a pending one (where it may have gone). An event that the
 * segment's cells can explain extends it. Another opens the pending segment, and what comes next decides: back again soon and near was
 * ping-pong; back again from afar was an errand; long enough elsewhere was a move; on to a third place was a way, or a short visit when
 * the silence around it leaves time for one. Intervals come from the silences: who was last seen here and next seen there set out
 * within the gap, less the travel time, most likely when people do set out (see travel.ts).
 */
import { DAY_16, OBSERVED_DAYS, PENDING, PLACE_CELLS, PLACE_CELL, RECORD_WORDS, SEGMENT, SEGMENT_ACCOUNTED, SEGMENT_CELL, SEGMENT_CELLS, SEGMENT_EVENTS_16, SEGMENT_FIRST, SEGMENT_LAST, SEGMENT_PLACE_8, SEGMENT_START, SEGMENT_WEIGHT, SEGMENT_X, SEGMENT_Y, cellRow, packCell } from "./record.js";
import { finishStay, flushFinished } from "./finish.js";
import { accountDwell, addCellWeight, cellShare, placeOfSegment, placeWord, rollDay } from "./place.js";
import type { Stays } from "./stays.js";
import { silenceHours, splitGap, travelSeconds } from "./travel.js";

const SEGMENT_LENGTH = PENDING - SEGMENT;
/** A cell is a place's own when it has this share of the weight of the place's heaviest. */
const OWN_CELL_SHARE = 0.1;

/** Takes one event of a subscriber; events come in time order. */
export function takeEvent(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (words[segment + SEGMENT_FIRST] === 0) {
    begin(stays, segment, timeSec, row, timeSec);
  } else {
    const toSegment = remoteness(stays, slot, segment, row);
    const toPending = words[pending + SEGMENT_FIRST] === 0 ? Number.POSITIVE_INFINITY : remoteness(stays, slot, pending, row);
    if (toSegment <= 1 && toSegment <= toPending) comeBack(stays, slot, timeSec, row);
    else if (toPending <= 1) stayAway(stays, slot, timeSec, row);
    else moveOn(stays, slot, timeSec, row);
  }
  markObserved(stays, slot, timeSec);
}

/** Ends everything in hand: the stream says that nothing more will come. */
export function endSegments(stays: Stays, slot: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (words[segment + SEGMENT_FIRST] !== 0) {
    if (words[pending + SEGMENT_FIRST] !== 0) {
      const way = wayBetween(stays, segment, pending);
      const near = way.metres <= 2 * reachOf(stays, segment, pending);
      if (near) words[segment + SEGMENT_LAST] = words[pending + SEGMENT_LAST] as number;
      close(stays, slot, near ? (words[segment + SEGMENT_LAST] as number) : setOut(stays, segment, way, 0.5));
      if (!near) {
        replaceByPending(stays, slot, (words[segment + SEGMENT_LAST] as number) + way.seconds);
        close(stays, slot, words[segment + SEGMENT_LAST] as number);
      }
    } else close(stays, slot, words[segment + SEGMENT_LAST] as number);
  }
  words.fill(0, segment, segment + SEGMENT_LENGTH);
  words.fill(0, pending, pending + SEGMENT_LENGTH);
  flushFinished(stays, slot);
}

function begin(stays: Stays, at: number, timeSec: number, row: number, startSec: number): void {
  const { words, floats, halves } = stays.table;
  words.fill(0, at, at + SEGMENT_LENGTH);
  words[at + SEGMENT_FIRST] = timeSec;
  words[at + SEGMENT_LAST] = timeSec;
  words[at + SEGMENT_START] = startSec;
  words[at + SEGMENT_ACCOUNTED] = startSec;
  floats[at + SEGMENT_X] = stays.cells.x[row] as number;
  floats[at + SEGMENT_Y] = stays.cells.y[row] as number;
  floats[at + SEGMENT_WEIGHT] = 1 / (stays.cells.sigma[row] as number) ** 2;
  words[at + SEGMENT_CELL] = packCell(row, 1);
  halves[at * 2 + SEGMENT_EVENTS_16] = 1;
}

/** Adds an event to a segment. A burst counts once: an event's weight grows with the minutes since the one before it. */
function extend(stays: Stays, at: number, timeSec: number, row: number): number {
  const { words, floats, halves } = stays.table;
  const minutes = (timeSec - (words[at + SEGMENT_LAST] as number)) / 60;
  const weight = minutes < 1 ? 0.1 : Math.min(2, 0.1 + minutes / 10);
  const sigma = stays.cells.sigma[row] as number;
  const precision = weight / (sigma * sigma);
  const total = (floats[at + SEGMENT_WEIGHT] as number) + precision;
  floats[at + SEGMENT_X] = (floats[at + SEGMENT_X] as number) + (((stays.cells.x[row] as number) - (floats[at + SEGMENT_X] as number)) * precision) / total;
  floats[at + SEGMENT_Y] = (floats[at + SEGMENT_Y] as number) + (((stays.cells.y[row] as number) - (floats[at + SEGMENT_Y] as number)) * precision) / total;
  floats[at + SEGMENT_WEIGHT] = total;
  words[at + SEGMENT_LAST] = timeSec;
  halves[at * 2 + SEGMENT_EVENTS_16] = Math.min(65_535, (halves[at * 2 + SEGMENT_EVENTS_16] as number) + 1);
  const cellWeight = minutes < 1 ? 0 : Math.max(1, Math.round(Math.min(20, minutes) / 5));
  if (cellWeight > 0 || (words[at + SEGMENT_CELL + 1] as number) === 0) addCellWeight(words, at + SEGMENT_CELL, SEGMENT_CELLS, row, Math.max(1, cellWeight));
  return cellWeight;
}

/** How far the cell is from explaining a segment: 0 when it is one of its own, up to 1 when it may serve the same place. */
function remoteness(stays: Stays, slot: number, at: number, row: number): number {
  const { words, floats, bytes } = stays.table;
  for (let c = 0; c < SEGMENT_CELLS; c++) {
    const packed = words[at + SEGMENT_CELL + c] as number;
    if (packed !== 0 && cellRow(packed) === row) return 0;
  }
  const place = bytes[at * 4 + SEGMENT_PLACE_8] as number;
  if (place !== 0 && cellShare(words, placeWord(slot, place - 1), row) >= OWN_CELL_SHARE) return 0.01;
  const distance = Math.hypot((stays.cells.x[row] as number) - (floats[at + SEGMENT_X] as number), (stays.cells.y[row] as number) - (floats[at + SEGMENT_Y] as number));
  const main = cellRow(words[at + SEGMENT_CELL] as number);
  return distance / reach(stays, stays.cells.sigma[main] as number, stays.cells.sigma[row] as number);
}

/** Metres within which footprints of these deviations may serve one place. */
function reach(stays: Stays, sigmaA: number, sigmaB: number): number {
  return Math.max(stays.options.joinMetres, stays.options.reachSigmas * Math.hypot(sigmaA, sigmaB));
}

function reachOf(stays: Stays, a: number, b: number): number {
  const { words } = stays.table;
  return reach(stays, stays.cells.sigma[cellRow(words[a + SEGMENT_CELL] as number)] as number, stays.cells.sigma[cellRow(words[b + SEGMENT_CELL] as number)] as number);
}

interface Way {
  readonly fromSec: number;
  readonly toSec: number;
  readonly metres: number;
  /** Travel time, seconds, never longer than the gap. */
  readonly seconds: number;
  /** What the gap leaves beyond the travel time, seconds. */
  readonly slackSec: number;
}

function way(fromSec: number, toSec: number, metres: number): Way {
  const gap = Math.max(0, toSec - fromSec);
  const seconds = Math.min(gap, travelSeconds(metres));
  return { fromSec, toSec, metres, seconds, slackSec: gap - seconds };
}

/** From the last event of one segment to the first of another. */
function wayBetween(stays: Stays, from: number, to: number): Way {
  const { words, floats } = stays.table;
  const metres = Math.hypot((floats[from + SEGMENT_X] as number) - (floats[to + SEGMENT_X] as number), (floats[from + SEGMENT_Y] as number) - (floats[to + SEGMENT_Y] as number));
  return way(words[from + SEGMENT_LAST] as number, words[to + SEGMENT_FIRST] as number, metres);
}

/** From the last event of a segment to an event. */
function wayTo(stays: Stays, from: number, timeSec: number, row: number): Way {
  const { words, floats } = stays.table;
  const metres = Math.hypot((floats[from + SEGMENT_X] as number) - (stays.cells.x[row] as number), (floats[from + SEGMENT_Y] as number) - (stays.cells.y[row] as number));
  return way(words[from + SEGMENT_LAST] as number, timeSec, metres);
}

/** When the segment was left for the way that follows it; `share` 1 is as late as can be, 0.5 the likely middle. */
function setOut(stays: Stays, at: number, next: Way, share: number): number {
  const last = stays.table.words[at + SEGMENT_LAST] as number;
  if (share >= 1) return last + next.slackSec;
  return splitGap(last, next.slackSec, stays.calendar.secondOfDay(last), share);
}

/** The event can be where the segment is. */
function comeBack(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (words[pending + SEGMENT_FIRST] !== 0 && !dissolvePending(stays, slot, timeSec, row)) {
    begin(stays, segment, timeSec, row, words[segment + SEGMENT_START] as number);
    return;
  }
  const last = words[segment + SEGMENT_LAST] as number;
  if (silenceHours(stays.calendar.secondOfDay(last), timeSec - last) > stays.options.silenceHoursMax) {
    close(stays, slot, last);
    begin(stays, segment, timeSec, row, timeSec);
    return;
  }
  const weight = extend(stays, segment, timeSec, row);
  if (timeSec - (words[segment + SEGMENT_START] as number) < stays.options.dwellSecMin) return;
  const place = placeOfSegment(stays, slot);
  if (weight > 0) addCellWeight(words, placeWord(slot, place) + PLACE_CELL, PLACE_CELLS, row, weight);
  accountDwell(stays, slot, place, words[segment + SEGMENT_ACCOUNTED] as number, timeSec);
  words[segment + SEGMENT_ACCOUNTED] = timeSec;
}

/**
 * Decides what the pending segment was, now that the phone is back: nothing (true: the segment goes on), or an errand (false: the
 * segment was closed, its START holds the arrival of the return).
 */
function dissolvePending(stays: Stays, slot: number, timeSec: number, row: number): boolean {
  const { words, halves, floats } = stays.table;
  const { options } = stays;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  const out = wayBetween(stays, segment, pending);
  const back = wayTo(stays, pending, timeSec, row);
  const events = halves[pending * 2 + SEGMENT_EVENTS_16] as number;
  const awaySec = (words[pending + SEGMENT_LAST] as number) - (words[pending + SEGMENT_FIRST] as number);
  if (isTeleport(stays, segment, pending, out) && isTeleport(stays, segment, pending, back)) {
    stays.sink.teleport(slot, words[pending + SEGMENT_FIRST] as number, cellRow(words[pending + SEGMENT_CELL] as number), events);
    words[pending + SEGMENT_FIRST] = 0;
    return true;
  }
  if (out.metres <= 2 * reachOf(stays, segment, pending) && awaySec <= options.pingPongSecMax) {
    stays.pingPongEvents += events;
    floats[segment + SEGMENT_WEIGHT] = (floats[segment + SEGMENT_WEIGHT] as number) * 0.98;
    for (let c = 0; c < SEGMENT_CELLS; c++) {
      const packed = words[pending + SEGMENT_CELL + c] as number;
      if (packed !== 0) addCellWeight(words, segment + SEGMENT_CELL, SEGMENT_CELLS, cellRow(packed), 1);
    }
    words[pending + SEGMENT_FIRST] = 0;
    return true;
  }
  if (!isVisit(stays, pending, out, back)) {
    if (timeSec - (words[segment + SEGMENT_LAST] as number) < options.joinSecMax) {
      words[pending + SEGMENT_FIRST] = 0;
      return true;
    }
    close(stays, slot, setOut(stays, segment, out, 1));
    words[segment + SEGMENT_START] = Math.min(timeSec, (words[pending + SEGMENT_LAST] as number) + back.seconds);
    words[pending + SEGMENT_FIRST] = 0;
    return false;
  }
  const leftSec = closeBefore(stays, slot, out);
  replaceByPending(stays, slot, leftSec + out.seconds);
  words[segment + SEGMENT_START] = closeAfter(stays, slot, back) + back.seconds;
  return false;
}

/** No vehicle is that fast, even between the nearest edges of the two footprints. */
function isTeleport(stays: Stays, a: number, b: number, leg: Way): boolean {
  const { words } = stays.table;
  const edges = leg.metres - 2 * ((stays.cells.sigma[cellRow(words[a + SEGMENT_CELL] as number)] as number) + (stays.cells.sigma[cellRow(words[b + SEGMENT_CELL] as number)] as number));
  return edges > stays.options.teleportMetresPerSec * Math.max(1, leg.toSec - leg.fromSec);
}

/** The pending segment lasted long enough, or the silences around it leave time for a visit. */
function isVisit(stays: Stays, pending: number, out: Way, back: Way): boolean {
  const { words } = stays.table;
  const { options } = stays;
  const seenSec = (words[pending + SEGMENT_LAST] as number) - (words[pending + SEGMENT_FIRST] as number);
  if (seenSec >= options.dwellSecMin) return true;
  const inferred = Math.min(options.unobservedSecMax, out.slackSec / 2) + Math.min(options.unobservedSecMax, back.slackSec / 2);
  return seenSec + inferred >= options.inferredDwellSecMin;
}

/** Closes the segment that was left for a visit in the gap `out`; returns when it was left. */
function closeBefore(stays: Stays, slot: number, out: Way): number {
  const segment = slot * RECORD_WORDS + SEGMENT;
  const likely = setOut(stays, segment, out, 0.5);
  const leftSec = Math.round(Math.max(likely, out.toSec - out.seconds - stays.options.unobservedSecMax));
  close(stays, slot, leftSec);
  return leftSec;
}

/** Closes the segment (just visited) that was left within the gap `back`; returns when. */
function closeAfter(stays: Stays, slot: number, back: Way): number {
  const segment = slot * RECORD_WORDS + SEGMENT;
  const likely = setOut(stays, segment, back, 0.5);
  const leftSec = Math.round(Math.min(likely, back.fromSec + stays.options.unobservedSecMax));
  close(stays, slot, leftSec);
  return leftSec;
}

/** The event can be where the pending segment is: long enough there, and the subscriber has moved. */
function stayAway(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  extend(stays, pending, timeSec, row);
  const out = wayBetween(stays, segment, pending);
  const near = out.metres <= 2 * reachOf(stays, segment, pending);
  const needed = near ? Math.max(stays.options.pingPongSecMax, stays.options.dwellSecMin) : stays.options.dwellSecMin;
  if (timeSec - (words[pending + SEGMENT_FIRST] as number) < needed) return;
  const leftSec = Math.round(setOut(stays, segment, out, 0.5));
  close(stays, slot, leftSec);
  replaceByPending(stays, slot, leftSec + out.seconds);
  settle(stays, slot);
}

/** The event is at a third place, or opens the pending segment. */
function moveOn(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const segment = slot * RECORD_WORDS + SEGMENT;
  const pending = slot * RECORD_WORDS + PENDING;
  if (words[pending + SEGMENT_FIRST] === 0) {
    begin(stays, pending, timeSec, row, 0);
    return;
  }
  const out = wayBetween(stays, segment, pending);
  const on = wayTo(stays, pending, timeSec, row);
  if (isVisit(stays, pending, out, on)) {
    const leftSec = closeBefore(stays, slot, out);
    replaceByPending(stays, slot, leftSec + out.seconds);
  } else {
    close(stays, slot, setOut(stays, segment, out, 1));
    replaceByPending(stays, slot, Math.min(words[pending + SEGMENT_FIRST] as number, (words[segment + SEGMENT_LAST] as number) + out.seconds));
  }
  begin(stays, pending, timeSec, row, 0);
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
  if (end - start < (seen >= stays.options.dwellSecMin ? stays.options.dwellSecMin : stays.options.inferredDwellSecMin)) return;
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
