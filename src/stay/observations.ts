/**
 * What was heard of a subscriber and waits to be decoded. The hot path: an event extends the last run or appends one, and no more; what
 * it means is decided for many at once, with what came before and after in view (decode.ts, settle.ts).
 */
import { countObservation, rollDay } from "./dwell.js";
import {
  cellRow,
  DAY_16,
  OBSERVED_DAYS,
  OPEN,
  OPEN_FIRST,
  OPEN_LAST,
  RECORD_WORDS,
  RUN_EVENTS_BITS,
  RUN_LENGTH_BITS,
  RUN_WORDS,
  WAITING,
  WAITING_BASE,
  WAITING_COUNT,
  WAITING_MAX,
  WAITING_RUN,
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
const EVENTS_MAX = 2 ** RUN_EVENTS_BITS - 1;
const BASE_SEC_MAX = 2 ** (32 - RUN_LENGTH_BITS) - 1;
/** Row and event count of a run share the layout of a packed cell: 20 and 12 bits. */
const runRow = cellRow;

/** Takes an event at a known cell: `timeSec` epoch seconds, never before that of the call before for the same slot. */
export function takeEvent(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words, halves } = stays.table;
  const record = slot * RECORD_WORDS;
  const heardSec = lastHeard(words, record);
  // What ends before this day enters the books before they are turned.
  if (heardSec !== 0 && isLongSilence(stays, heardSec, timeSec)) settleAll(stays, slot, true);
  const day = stays.calendar.day(timeSec);
  if (day > (halves[record * 2 + DAY_16] as number)) rollDay(stays, slot, day);
  words[record + OBSERVED_DAYS] = (words[record + OBSERVED_DAYS] as number) | 1;
  if (timeSec - heardSec >= OBSERVATION_APART_SEC) countObservation(stays, slot, timeSec);
  if (!extendRun(words, record + WAITING, timeSec, row, heardSec)) appendRun(stays, slot, timeSec, row);
}

/** Epoch seconds of the last event, 0 before the first. */
function lastHeard(words: Uint32Array, record: number): number {
  const waiting = record + WAITING;
  const count = words[waiting + WAITING_COUNT] as number;
  if (count === 0) return words[record + OPEN + OPEN_FIRST] === 0 ? 0 : (words[record + OPEN + OPEN_LAST] as number);
  const run = words[waiting + WAITING_RUN + (count - 1) * RUN_WORDS] as number;
  return (words[waiting + WAITING_BASE] as number) + (run >>> RUN_LENGTH_BITS) + (run & (2 ** RUN_LENGTH_BITS - 1));
}

function extendRun(words: Uint32Array, waiting: number, timeSec: number, row: number, heardSec: number): boolean {
  const count = words[waiting + WAITING_COUNT] as number;
  if (count === 0) return false;
  const at = waiting + WAITING_RUN + (count - 1) * RUN_WORDS;
  const packed = words[at + 1] as number;
  if (runRow(packed) !== row || timeSec - heardSec > RUN_GAP_SEC) return false;
  const first = (words[at] as number) >>> RUN_LENGTH_BITS;
  const length = timeSec - (words[waiting + WAITING_BASE] as number) - first;
  if (length > RUN_SEC_MAX) return false;
  words[at] = ((first << RUN_LENGTH_BITS) | length) >>> 0;
  if ((packed & EVENTS_MAX) < EVENTS_MAX) words[at + 1] = packed + 1;
  return true;
}

function appendRun(stays: Stays, slot: number, timeSec: number, row: number): void {
  const { words } = stays.table;
  const waiting = slot * RECORD_WORDS + WAITING;
  if (words[waiting + WAITING_COUNT] === WAITING_MAX) settleMost(stays, slot);
  if (timeSec - (words[waiting + WAITING_BASE] as number) > BASE_SEC_MAX) settleAll(stays, slot, true);
  const count = words[waiting + WAITING_COUNT] as number;
  if (count === 0) words[waiting + WAITING_BASE] = timeSec;
  const at = waiting + WAITING_RUN + count * RUN_WORDS;
  words[at] = ((timeSec - (words[waiting + WAITING_BASE] as number)) << RUN_LENGTH_BITS) >>> 0;
  words[at + 1] = ((row << RUN_EVENTS_BITS) | 1) >>> 0;
  words[waiting + WAITING_COUNT] = count + 1;
}
