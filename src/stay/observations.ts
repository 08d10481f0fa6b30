/**
 * What was heard of a subscriber and waits to be decoded. The hot path: an event extends the last run or appends one, and no more; what
 * it means is decided for many at once, with what came before and after in view (decode.ts, settle.ts).
 */
import { countObservation, type ObservationKind, observationKind, rollDay } from "./dwell.js";
import { hasMoved } from "./moved.js";
import {
  DAY_16,
  OBSERVED_DAYS,
  OPEN,
  OPEN_FIRST,
  OPEN_LAST,
  OPEN_ROW,
  packRun,
  RECORD_BYTES,
  RECORD_WORDS,
  RUN_EVENTS_MAX,
  RUN_LENGTH_BITS,
  runEvents,
  runRow,
  WAITING_BASE,
  WAITING_COUNT_8,
  WAITING_MAX,
  waitingRun,
} from "./record.js";
import { settleAll, settleMost } from "./settle.js";
import type { Stays } from "./stays.js";
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
  const { words, halves, bytes } = stays.table;
  const record = slot * RECORD_WORDS;
  const heardSec = lastHeard(words, record, bytes[slot * RECORD_BYTES + WAITING_COUNT_8] as number);
  // What ends before this day enters the books before they are turned.
  if (heardSec !== 0 && isLongSilence(stays, heardSec, timeSec)) settleAll(stays, slot, true);
  if (moment.day > (halves[record * 2 + DAY_16] as number)) rollDay(stays, slot, moment.day);
  words[record + OBSERVED_DAYS] = (words[record + OBSERVED_DAYS] as number) | 1;
  if (timeSec - heardSec >= OBSERVATION_APART_SEC) countObservation(stays, slot, moment.kind);
  const count = bytes[slot * RECORD_BYTES + WAITING_COUNT_8] as number;
  if (count > 0 && extendNewest(words, record, timeSec, row, heardSec)) return;
  const from =
    count > 0 ? runRow(words[waitingRun(record, 0, 1) + 1] as number) : (words[record + OPEN + OPEN_ROW] as number);
  const moved = heardSec !== 0 && hasMoved(stays.table, slot, kind, timeSec - heardSec) && from !== row ? 1 : 0;
  appendRun(stays, slot, timeSec, row, moved);
}

/** Epoch seconds of the last event, 0 before the first. */
function lastHeard(words: Uint32Array, record: number, count: number): number {
  if (count === 0) return words[record + OPEN + OPEN_FIRST] === 0 ? 0 : (words[record + OPEN + OPEN_LAST] as number);
  const run = words[waitingRun(record, count - 1, count)] as number;
  return (words[record + WAITING_BASE] as number) + (run >>> RUN_LENGTH_BITS) + (run & (2 ** RUN_LENGTH_BITS - 1));
}

function extendNewest(words: Uint32Array, record: number, timeSec: number, row: number, heardSec: number): boolean {
  const at = waitingRun(record, 0, 1);
  const packed = words[at + 1] as number;
  if (runRow(packed) !== row || timeSec - heardSec > RUN_GAP_SEC) return false;
  const first = (words[at] as number) >>> RUN_LENGTH_BITS;
  const length = timeSec - (words[record + WAITING_BASE] as number) - first;
  if (length > RUN_SEC_MAX) return false;
  words[at] = ((first << RUN_LENGTH_BITS) | length) >>> 0;
  if (runEvents(packed) < RUN_EVENTS_MAX) words[at + 1] = packed + 1;
  return true;
}

function appendRun(stays: Stays, slot: number, timeSec: number, row: number, moved: number): void {
  const { words, bytes } = stays.table;
  const record = slot * RECORD_WORDS;
  const counted = slot * RECORD_BYTES + WAITING_COUNT_8;
  if (bytes[counted] === WAITING_MAX) settleMost(stays, slot);
  if (timeSec - (words[record + WAITING_BASE] as number) > BASE_SEC_MAX) settleAll(stays, slot, true);
  const count = bytes[counted] as number;
  const newest = waitingRun(record, count, count + 1);
  if (count === 0) words[record + WAITING_BASE] = timeSec;
  else {
    const earlier = waitingRun(record, count - 1, count + 1);
    words[earlier] = words[newest] as number;
    words[earlier + 1] = words[newest + 1] as number;
  }
  words[newest] = ((timeSec - (words[record + WAITING_BASE] as number)) << RUN_LENGTH_BITS) >>> 0;
  words[newest + 1] = packRun(row, moved, 1);
  bytes[counted] = count + 1;
}
