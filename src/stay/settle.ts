/** What was decoded becomes what is known: stays with their times, places with their cells and dwell, and the ways between. */
import { straightLine } from "../geo/straight-line.js";
import { type Block, createBlock, keepWaiting, readBlock } from "./block.js";
import { addCell } from "./cell-list.js";
import { Decoder, MOTION } from "./decode.js";
import { accountDwell } from "./dwell.js";
import { type ClosedStay, finishStay, flushFinished, joinsWaiting } from "./finish.js";
import { learnAtRest } from "./moved.js";
import { takeSeat } from "./place.js";
import {
  FINISHED,
  FINISHED_END,
  FINISHED_X,
  FINISHED_Y,
  LINE_WAITING_COUNT_8,
  LINE_WORDS,
  OPEN,
  OPEN_ACCOUNTED,
  OPEN_ARRIVAL_ERROR_16,
  OPEN_CELL,
  OPEN_EVENTS_16,
  OPEN_FIRST,
  OPEN_LAST,
  OPEN_PLACE_8,
  OPEN_ROW,
  OPEN_START,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_VISITS_16,
  PLACES,
  WAITING_MAX,
} from "./record.js";
import { unitePlaces } from "./same-place.js";
import { openPlace, type Span, Spans } from "./span.js";
import { leavingRate, NEW_LEAVING_PER_HOUR } from "./stay-model.js";
import type { LegEvent, Stays } from "./stays.js";
import { departureShare, silenceHours, splitGap, travelSeconds } from "./travel.js";

/** Observations that are kept back when the record is full, so that what came before them is judged with what came after in view. */
const KEPT_BACK = 8;
/** Observations for which room is made when it is known of none what they are. */
const ROOM = 8;

const block: Block = createBlock();
const decoder = new Decoder();
const spans = new Spans();

/** Decodes what waits, and keeps the last of it back until more is heard: it is called when the record is full. */
export function settleMost(stays: Stays, slot: number): void {
  readBlock(stays, slot, block, false);
  let until = 0;
  // Otherwise room was made by what could not be.
  if (block.count === WAITING_MAX) {
    decoder.decode(stays, slot, block);
    until = knownUntil(stays, slot, WAITING_MAX - KEPT_BACK) || makeRoom(stays, slot);
    settle(stays, slot, until, false);
  }
  keepWaiting(stays.table, slot, block, until);
}

/**
 * Decodes all that waits. What came last goes on waiting, unless `isEnd`, which also ends what is open: a way, and a stop too short
 * for a stay so far, are judged with all that was heard on them.
 */
export function settleAll(stays: Stays, slot: number, isEnd: boolean): void {
  block.count = 0;
  if (stays.table.lineBytes[slot * LINE_WORDS * 4 + LINE_WAITING_COUNT_8] !== 0) readBlock(stays, slot, block, isEnd);
  if (block.count > 0) decoder.decode(stays, slot, block);
  const until = isEnd ? block.count : knownUntil(stays, slot, block.count);
  // Who has no rest has nothing open.
  if (until > 0 || (isEnd && stays.table.hasRest(slot))) settle(stays, slot, until, isEnd);
  keepWaiting(stays.table, slot, block, until);
}

/** Number of the first observations, up to `until`, of which it is known what they are: the last of them are of a stay for sure. */
function knownUntil(stays: Stays, slot: number, until: number): number {
  const { states } = decoder;
  const open = openPlace(stays, slot);
  let known = until;
  while (known > 0) {
    const state = states[known - 1] as number;
    const from = runBegin(known - 1);
    const seenSec = (block.last[known - 1] as number) - (block.first[from] as number);
    const goesOn = from === 0 && state === open;
    if (state !== MOTION && (goesOn || seenSec >= stays.options.dwellSecMin)) break;
    known = from;
  }
  return known;
}

/** First observation of the run of like states that `i` is of. */
function runBegin(i: number): number {
  const { states } = decoder;
  let from = i;
  while (from > 0 && states[from - 1] === states[i]) from--;
  return from;
}

/**
 * Number of the first observations that are settled unknown, since the record is full of such. A stop among the last of them that is
 * over by what follows is judged by it; one that is not is a stay.
 */
function makeRoom(stays: Stays, slot: number): number {
  const { states } = decoder;
  const state = states[ROOM - 1] as number;
  let to = ROOM;
  while (to < block.count && states[to] === state) to++;
  if (state === MOTION || to === block.count) return ROOM;
  spans.read(stays, slot, block, states, to + 1);
  const stop = spans.count - 2;
  for (let i = Math.max(0, stop - 1); i <= stop; i++) divideGap(stays, slot, spans.at(i), spans.at(i + 1));
  if (!lasts(stays, spans.at(stop))) states.fill(MOTION, runBegin(ROOM - 1), to);
  return to;
}

/** The stream has ended: whatever is open ends. */
export function endStays(stays: Stays, slot: number): void {
  settleAll(stays, slot, true);
  flushFinished(stays, slot);
}

function settle(stays: Stays, slot: number, until: number, isEnd: boolean): void {
  spans.read(stays, slot, block, decoder.states, until);
  stays.pingPongEvents += changesAtRest(until);
  for (let i = 0; i + 1 < spans.count; i++) divideGap(stays, slot, spans.at(i), spans.at(i + 1));
  let isNew = false;
  let heard: LegEvent[] = [];
  const open = stays.table.ownRest(slot) + OPEN;
  stays.table.words.fill(0, open, open + OPEN_PLACE_8 / 4 + 1);
  for (let i = 0; i < spans.count; i++) {
    const span = spans.at(i);
    const isLast = i === spans.count - 1 && !isEnd;
    if (span.place === MOTION || !(isLast || lasts(stays, span))) {
      hear(heard, span);
      if (isLast) keepOpen(stays, slot, span);
      continue;
    }
    isNew = settleAt(stays, slot, i) || isNew;
    tellLeg(stays, slot, span, heard);
    heard = [];
    if (isLast) keepOpen(stays, slot, span);
    else closeStay(stays, slot, span);
  }
  if (isNew) unitePlaces(stays, slot);
}

/** Divides the silence between two spans: the way takes its time, and the rest belongs to both as readily as they are left. */
function divideGap(stays: Stays, slot: number, a: Span, b: Span): void {
  const gap = Math.max(0, b.first - a.last);
  const slack = gap - Math.min(gap, Math.round(travelSeconds(straightLine(a.x - b.firstX, a.y - b.firstY))));
  const error = slack / Math.sqrt(12);
  const second = stays.calendar.secondOfDay(a.last);
  const hours = silenceHours(second, slack);
  const most = stays.options.unobservedHoursMax / Math.max(hours, 1e-6);
  const share = shareBefore(stays, slot, a, b, hours);
  if (a.place !== MOTION) {
    a.end = Math.round(splitGap(a.last, slack, second, Math.min(share, most)));
    a.departureError = error;
  }
  if (b.place !== MOTION) {
    b.start = Math.round(b.first - slack + splitGap(0, slack, second, 1 - Math.min(1 - share, most)));
    b.arrivalError = error;
  }
}

/** Part of a silence, besides the way, that belongs to what was before it: who is heard on the way has just left, and arrives soon. */
function shareBefore(stays: Stays, slot: number, a: Span, b: Span, hours: number): number {
  if (a.place === MOTION) return 0;
  if (b.place === MOTION) return 1;
  return departureShare(rateOf(stays, slot, a) - rateOf(stays, slot, b), hours);
}

function rateOf(stays: Stays, slot: number, span: Span): number {
  return span.place < 0 ? NEW_LEAVING_PER_HOUR : leavingRate(stays, slot, span.place);
}

/** Changes of cell, among the first `until` observations, of who stays where it is. */
function changesAtRest(until: number): number {
  const { states } = decoder;
  let changes = 0;
  for (let i = 1; i < until; i++)
    if (states[i] !== MOTION && states[i] === states[i - 1] && block.row[i] !== block.row[i - 1]) changes++;
  return changes;
}

/**
 * The span is a stay: seen for long enough, or silent for so long around what was heard that it must have been one. What is open is one
 * whatever else is heard, since the way to it has been told.
 */
function lasts({ options }: Stays, span: Span): boolean {
  if (span.isOpen) return true;
  const isSeen = span.last - span.first >= options.dwellSecMin;
  return span.end - span.start >= (isSeen ? options.dwellSecMin : options.inferredDwellSecMin);
}

function hear(heard: LegEvent[], span: Span): void {
  for (let i = span.from; i < span.to; i++) {
    heard.push({ timeSec: block.first[i] as number, row: block.row[i] as number });
    if ((block.last[i] as number) > (block.first[i] as number))
      heard.push({ timeSec: block.last[i] as number, row: block.row[i] as number });
  }
}

/** Gives the stay its place and the place what was heard there; true when the place is a new one. */
function settleAt(stays: Stays, slot: number, i: number): boolean {
  const { table } = stays;
  const span = spans.at(i);
  const isNew = span.place < 0;
  if (isNew) {
    let ahead = 0;
    for (let j = i + 1; j < spans.count; j++) {
      const { place } = spans.at(j);
      if (place >= 0 && place < PLACES) ahead |= 1 << place;
    }
    span.place = takeSeat(stays, slot, ahead, span.x, span.y);
  }
  // A day that began meanwhile may have united it with another: then it begins anew.
  const at = table.ownPlace(slot, span.place);
  const { words, halves } = table;
  for (let i = span.from; i < span.to; i++)
    addCell(words, at + PLACE_CELL, PLACE_CELLS, block.row[i] as number, block.weight[i] as number);
  learnAtRest(table, slot, block, span.from, span.to);
  if (!span.isOpen) {
    const visits = at * 2 + PLACE_VISITS_16;
    halves[visits] = Math.min(65_535, (halves[visits] as number) + 256);
    span.accounted = span.start;
  }
  return isNew;
}

function keepOpen(stays: Stays, slot: number, span: Span): void {
  const { words, halves, bytes } = stays.table;
  const open = stays.table.restWord(slot) + OPEN;
  words[open + OPEN_FIRST] = span.first;
  words[open + OPEN_LAST] = span.last;
  words[open + OPEN_START] = span.start;
  words[open + OPEN_ROW] = block.row[span.to - 1] as number;
  words.set(span.cells, open + OPEN_CELL);
  halves[open * 2 + OPEN_EVENTS_16] = Math.min(65_535, span.events);
  halves[open * 2 + OPEN_ARRIVAL_ERROR_16] = Math.min(65_535, span.arrivalError / 2);
  bytes[open * 4 + OPEN_PLACE_8] = span.place === MOTION ? 0 : span.place + 1;
  if (span.place === MOTION) return;
  words[open + OPEN_ACCOUNTED] = span.accounted;
  if (span.last - span.start < stays.options.dwellSecMin) return;
  accountDwell(stays, slot, span.place, span.accounted, span.last);
  stays.table.words[open + OPEN_ACCOUNTED] = Math.max(span.accounted, span.last);
}

function closeStay(stays: Stays, slot: number, span: Span): void {
  // One told in doubt may turn out to have been a moment.
  span.end = Math.max(span.end, span.start + 1);
  accountDwell(stays, slot, span.place, span.accounted, span.end);
  finishStay(stays, slot, span as ClosedStay);
}

/** The stay that waits is over once another begins elsewhere: it goes to the sink, and then the way from it. */
function tellLeg(stays: Stays, slot: number, span: Span, events: readonly LegEvent[]): void {
  const { words, floats } = stays.table;
  const finished = stays.table.restWord(slot) + FINISHED;
  if (span.isOpen || words[finished + FINISHED_END] === 0 || joinsWaiting(stays, slot, span)) return;
  const leg = {
    fromX: floats[finished + FINISHED_X] as number,
    fromY: floats[finished + FINISHED_Y] as number,
    toX: span.x,
    toY: span.y,
    startSec: words[finished + FINISHED_END] as number,
    endSec: span.start,
    events,
  };
  flushFinished(stays, slot, span.start);
  stays.sink.leg(slot, leg);
}
