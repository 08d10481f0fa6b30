/**
 * What was heard of a subscriber and waits to be decoded. The hot path: an event extends the last run or appends one, and no more; what
 * it means is decided for many at once, with what came before and after in view (decode.ts, settle.ts).
 */
import type { SortedMinute } from "../time/event-buffer.js";
import { cellOf, kindOf, secondOf } from "../time/event-word.js";
import { addCount, type ObservationKind, observationKind, rollDay } from "./dwell.js";
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
  RUN_EVENTS_MAX,
  RUN_LENGTH_BITS,
  RUN_LENGTH_MAX,
  RUN_WORDS,
  runEvents,
  runRow,
  WAITING_MAX,
} from "./record.js";
import { settleAll, settleMost } from "./settle.js";
import { NO_SLOT } from "./slot-set.js";
import type { Stays } from "./stays.js";
import type { SubscriberTable } from "./subscriber-table.js";
import { isLongSilence } from "./travel.js";

/** Events of one cell within so many seconds of each other are one run, */
const RUN_GAP_SEC = 300;
/** which lasts at most this. */
const RUN_SEC_MAX = 900;
/** Observations closer together than this are one: a burst says no more than an event. */
const OBSERVATION_APART_SEC = 60;
/** Events whose lines are brought into the cache at once: a fifth of its first level. */
const TOUCHED_AT_ONCE = 128;
/** Of the events at hand: those that no run goes on with, by their places in the bucket; slots of those of them whose packed record is read. */
const OTHERS = new Uint32Array(TOUCHED_AT_ONCE);
const DECODED = new Uint32Array(TOUCHED_AT_ONCE);
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
 * Takes the events of a sorted minute. Most go on with their subscriber's newest run and touch one line of the cache; what the others touch
 * of the rest of the records is known from the lines, so it is brought into the cache for many at once as well.
 */
export function takeMinute(stays: Stays, bucket: SortedMinute): void {
  const { count, slot, word } = bucket;
  const { table } = stays;
  const startSec = bucket.minute * 60;
  const moment = momentOf(stays, startSec);
  for (let from = 0; from < count; from += TOUCHED_AT_ONCE) {
    const to = Math.min(count, from + TOUCHED_AT_ONCE);
    table.touchLines(slot, from, to);
    const others = extendRuns(table, bucket, moment, from, to);
    touchRest(table, slot, others);
    let last = NO_SLOT;
    for (let other = 0; other < others; other++) {
      const i = OTHERS[other] as number;
      const one = slot[i] as number;
      const heard = word[i] as number;
      const timeSec = startSec + secondOf(heard);
      // Only after another event of its subscriber may it go on with a run after all.
      const goesOn = one === last && extendRun(table, one, timeSec, cellOf(heard), moment);
      if (!goesOn) takeOther(stays, one, timeSec, cellOf(heard), kindOf(heard), moment);
      last = one;
    }
  }
}

/** Takes the events from `from` up to `to` that go on with a run, and leaves the others in OTHERS; returns how many these are. */
function extendRuns(table: SubscriberTable, bucket: SortedMinute, moment: Moment, from: number, to: number): number {
  const { minute, slot, word } = bucket;
  let others = 0;
  for (let i = from; i < to; i++) {
    const one = slot[i] as number;
    const heard = word[i] as number;
    const timeSec = minute * 60 + secondOf(heard);
    // After one that waits come all of its subscriber.
    const waits = others > 0 && slot[OTHERS[others - 1] as number] === one;
    if (waits || !extendRun(table, one, timeSec, cellOf(heard), moment)) OTHERS[others++] = i;
  }
  return others;
}

/**
 * Brings into the cache what the events in OTHERS touch first beyond their lines: where the newest of the earlier runs are, and the packed
 * record, where nothing waits or all is decoded next.
 */
function touchRest(table: SubscriberTable, slots: Uint32Array, others: number): void {
  const { lineBytes, earlier } = table;
  let decoded = 0;
  let touched = 0;
  for (let other = 0; other < others; other++) {
    const slot = slots[OTHERS[other] as number] as number;
    touched ^= earlier.newestOf(slot);
    const count = lineBytes[slot * LINE_WORDS * 4 + LINE_WAITING_COUNT_8] as number;
    if (count % WAITING_MAX === 0) DECODED[decoded++] = slot;
  }
  table.touchPacked(DECODED, decoded, touched);
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
  if (!extendRun(stays.table, slot, timeSec, row, moment)) takeOther(stays, slot, timeSec, row, kind, moment);
}

/** The newest run goes on with an event; false where it does not, or where the event is the first of its day. */
function extendRun(
  { lines, lineHalves, lineBytes }: SubscriberTable,
  slot: number,
  timeSec: number,
  row: number,
  moment: Moment,
): boolean {
  const line = slot * LINE_WORDS;
  const count = lineBytes[line * 4 + LINE_WAITING_COUNT_8] as number;
  if (count === 0 || moment.day > (lineHalves[line * 2 + LINE_DAY_16] as number)) return false;
  const at = lineRun(slot, count - 1);
  const run = lines[at] as number;
  const packed = lines[at + 1] as number;
  const first = run >>> RUN_LENGTH_BITS;
  const length = timeSec - (lines[line + LINE_WAITING_BASE] as number) - first;
  const silenceSec = length - (run & RUN_LENGTH_MAX);
  if (runRow(packed) !== row || silenceSec > RUN_GAP_SEC || length > RUN_SEC_MAX) return false;
  lines[at] = ((first << RUN_LENGTH_BITS) | length) >>> 0;
  if (runEvents(packed) < RUN_EVENTS_MAX) lines[at + 1] = packed + 1;
  noteHeard(lines, lineHalves, line, silenceSec, moment);
  return true;
}

/** Takes an event that the newest run does not go on with, unless it does once the day has begun. */
function takeOther(stays: Stays, slot: number, timeSec: number, row: number, kind: number, moment: Moment): void {
  const { table } = stays;
  const { lines, lineHalves, lineBytes } = table;
  const line = slot * LINE_WORDS;
  const counted = line * 4 + LINE_WAITING_COUNT_8;
  const heardSec = lastHeard(table, slot, lineBytes[counted] as number);
  // What ends before this day enters the books before they are turned.
  if (heardSec !== 0 && isLongSilence(stays, heardSec, timeSec)) settleAll(stays, slot, true);
  if (moment.day > (lineHalves[line * 2 + LINE_DAY_16] as number)) {
    rollDay(stays, slot, moment.day);
    if (extendRun(table, slot, timeSec, row, moment)) return;
  }
  noteHeard(lines, lineHalves, line, timeSec - heardSec, moment);
  const count = lineBytes[counted] as number;
  const from = count > 0 ? runRow(lines[lineRun(slot, count - 1) + 1] as number) : openRow(table, slot);
  const moved = heardSec !== 0 && hasMoved(table, slot, kind, timeSec - heardSec) && from !== row ? 1 : 0;
  appendRun(stays, slot, timeSec, row, moved);
}

/** The day is one on which the subscriber was heard, and the event an observation unless it belongs to a burst. */
function noteHeard(
  lines: Uint32Array,
  lineHalves: Uint16Array,
  line: number,
  silenceSec: number,
  { kind }: Moment,
): void {
  lines[line + LINE_OBSERVED_DAYS] = (lines[line + LINE_OBSERVED_DAYS] as number) | 1;
  if (silenceSec >= OBSERVATION_APART_SEC && kind !== null) addCount(lineHalves, line * 2 + kind, 1);
}

/** Epoch seconds of the last event, 0 before the first. */
function lastHeard(table: SubscriberTable, slot: number, count: number): number {
  const { lines, words } = table;
  if (count === 0) {
    const open = table.restWord(slot) + OPEN;
    return words[open + OPEN_FIRST] === 0 ? 0 : (words[open + OPEN_LAST] as number);
  }
  const run = lines[lineRun(slot, count - 1)] as number;
  const base = lines[slot * LINE_WORDS + LINE_WAITING_BASE] as number;
  return base + (run >>> RUN_LENGTH_BITS) + (run & RUN_LENGTH_MAX);
}

function openRow(table: SubscriberTable, slot: number): number {
  return table.words[table.restWord(slot) + OPEN + OPEN_ROW] as number;
}

function appendRun(stays: Stays, slot: number, timeSec: number, row: number, moved: number): void {
  const { lines, lineBytes } = stays.table;
  const line = slot * LINE_WORDS;
  const counted = line * 4 + LINE_WAITING_COUNT_8;
  if (lineBytes[counted] === WAITING_MAX) settleMost(stays, slot);
  if (timeSec - (lines[line + LINE_WAITING_BASE] as number) > BASE_SEC_MAX) settleAll(stays, slot, true);
  const count = lineBytes[counted] as number;
  if (count === 0) lines[line + LINE_WAITING_BASE] = timeSec;
  else if (count % LINE_RUNS === 0) emptyLine(stays.table, slot);
  const newest = lineRun(slot, count);
  lines[newest] = ((timeSec - (lines[line + LINE_WAITING_BASE] as number)) << RUN_LENGTH_BITS) >>> 0;
  lines[newest + 1] = packRun(row, moved, 1);
  lineBytes[counted] = count + 1;
}

/** Moves the runs of a full line to the earlier ones. */
function emptyLine({ lines, earlier }: SubscriberTable, slot: number): void {
  const from = lineRun(slot, 0);
  const to = earlier.append(slot);
  const { words } = earlier;
  for (let word = 0; word < LINE_RUNS * RUN_WORDS; word++) words[to + word] = lines[from + word] as number;
}
