/**
 * What was heard of a subscriber and waits to be decoded. The hot path: an event extends the last run or appends one, and no more; what
 * it means is decided for many at once, with what came before and after in view (decode.ts, settle.ts).
 */
import { countObservation, type ObservationKind, observationKind, rollDay } from "./dwell.js";
import { hasMoved } from "./moved.js";
import {
  LINE_DAY_16,
  LINE_OBSERVED_DAYS,
  LINE_RUNS,
  LINE_WAITING_BASE,
  LINE_WAITING_COUNT_8,
  LINE_WORDS,
  lineRun,
  OPEN,
  OPEN_FIRST,
  OPEN_LAST,
  OPEN_ROW,
  packRun,
  RECORD_WORDS,
  RUN_EVENTS_MAX,
  RUN_LENGTH_BITS,
  RUN_LENGTH_MAX,
  RUN_WORDS,
  restRun,
  runEvents,
  runRow,
  WAITING_MAX,
} from "./record.js";
import { settleAll, settleMost } from "./settle.js";
import type { Stays } from "./stays.js";
import type { SubscriberTable } from "./subscriber-table.js";
import { isLongSilence } from "./travel.js";

/** Events of one cell within so many seconds of each other are one run, */
const RUN_GAP_SEC = 300;
/** which lasts at most this. */
const RUN_SEC_MAX = 900;
/** Observations closer together than this are one: a burst says no more than an event. */
const OBSERVATION_APART_SEC = 60;
const BASE_SEC_MAX = 2 ** (32 - RUN_LENGTH_BITS) - 1;

/** What all events of a minute have in common. */
export interface Moment {
  /** City day. */
  readonly day: number;
  readonly kind: ObservationKind;
}

/** Days and the hours of night and work begin with a minute, so what holds for one second of a minute holds for all. */
export function momentOf(stays: Stays, sec: number): Moment {
  return { day: stays.calendar.day(sec), kind: observationKind(stays, sec) };
}

/**
 * Takes an event at a known cell: `timeSec` epoch seconds, never before that of the call before for the same slot; `kind` an index of
 * KINDS.
 */
export function takeEvent(
  stays: Stays,
  slot: number,
  timeSec: number,
  row: number,
  kind: number,
  moment = momentOf(stays, timeSec),
): void {
  const { lines, lineHalves, lineBytes } = stays.table;
  const line = slot * LINE_WORDS;
  const counted = line * 4 + LINE_WAITING_COUNT_8;
  const heardSec = lastHeard(stays.table, slot, lineBytes[counted] as number);
  // What ends before this day enters the books before they are turned.
  if (heardSec !== 0 && isLongSilence(stays, heardSec, timeSec)) settleAll(stays, slot, true);
  if (moment.day > (lineHalves[line * 2 + LINE_DAY_16] as number)) rollDay(stays, slot, moment.day);
  lines[line + LINE_OBSERVED_DAYS] = (lines[line + LINE_OBSERVED_DAYS] as number) | 1;
  if (timeSec - heardSec >= OBSERVATION_APART_SEC) countObservation(stays, slot, moment.kind);
  const count = lineBytes[counted] as number;
  if (count > 0 && extendNewest(lines, slot, lineRun(slot, count - 1), timeSec, row, heardSec)) return;
  const from = count > 0 ? runRow(lines[lineRun(slot, count - 1) + 1] as number) : openRow(stays.table, slot);
  const moved = heardSec !== 0 && hasMoved(stays.table, slot, kind, timeSec - heardSec) && from !== row ? 1 : 0;
  appendRun(stays, slot, timeSec, row, moved);
}

/** Epoch seconds of the last event, 0 before the first. */
function lastHeard({ lines, words }: SubscriberTable, slot: number, count: number): number {
  if (count === 0) {
    const open = slot * RECORD_WORDS + OPEN;
    return words[open + OPEN_FIRST] === 0 ? 0 : (words[open + OPEN_LAST] as number);
  }
  const run = lines[lineRun(slot, count - 1)] as number;
  const base = lines[slot * LINE_WORDS + LINE_WAITING_BASE] as number;
  return base + (run >>> RUN_LENGTH_BITS) + (run & RUN_LENGTH_MAX);
}

function openRow({ words }: SubscriberTable, slot: number): number {
  return words[slot * RECORD_WORDS + OPEN + OPEN_ROW] as number;
}

/** The newest run, at word `at`, goes on after what was heard at `heardSec`; false where it does not. */
function extendNewest(
  lines: Uint32Array,
  slot: number,
  at: number,
  timeSec: number,
  row: number,
  heardSec: number,
): boolean {
  const packed = lines[at + 1] as number;
  if (runRow(packed) !== row || timeSec - heardSec > RUN_GAP_SEC) return false;
  const first = (lines[at] as number) >>> RUN_LENGTH_BITS;
  const length = timeSec - (lines[slot * LINE_WORDS + LINE_WAITING_BASE] as number) - first;
  if (length > RUN_SEC_MAX) return false;
  lines[at] = ((first << RUN_LENGTH_BITS) | length) >>> 0;
  if (runEvents(packed) < RUN_EVENTS_MAX) lines[at + 1] = packed + 1;
  return true;
}

function appendRun(stays: Stays, slot: number, timeSec: number, row: number, moved: number): void {
  const { lines, lineBytes } = stays.table;
  const line = slot * LINE_WORDS;
  const counted = line * 4 + LINE_WAITING_COUNT_8;
  if (lineBytes[counted] === WAITING_MAX) settleMost(stays, slot);
  if (timeSec - (lines[line + LINE_WAITING_BASE] as number) > BASE_SEC_MAX) settleAll(stays, slot, true);
  const count = lineBytes[counted] as number;
  if (count === 0) lines[line + LINE_WAITING_BASE] = timeSec;
  else if (count % LINE_RUNS === 0) emptyLine(stays.table, slot, count - LINE_RUNS);
  const newest = lineRun(slot, count);
  lines[newest] = ((timeSec - (lines[line + LINE_WAITING_BASE] as number)) << RUN_LENGTH_BITS) >>> 0;
  lines[newest + 1] = packRun(row, moved, 1);
  lineBytes[counted] = count + 1;
}

/** Moves the runs of a full line to the rest, where the first of them is number `first`. */
function emptyLine({ lines, words }: SubscriberTable, slot: number, first: number): void {
  const from = lineRun(slot, first);
  const to = restRun(slot, first);
  for (let word = 0; word < LINE_RUNS * RUN_WORDS; word++) words[to + word] = lines[from + word] as number;
}
