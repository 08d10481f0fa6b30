/** The waiting observations of one subscriber, unpacked into columns for the decoder; there is one block, filled again and again. */
import { straightLine } from "../geo/straight-line.js";
import { NO_CHUNK } from "./earlier-runs.js";
import {
  earlierRuns,
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
  RUN_LENGTH_BITS,
  RUN_LENGTH_MAX,
  RUN_WORDS,
  runEvents,
  runMoved,
  runRow,
  WAITING_MAX,
} from "./record.js";
import type { Stays } from "./stays.js";
import type { SubscriberTable } from "./subscriber-table.js";

export interface Block {
  count: number;
  /** Epoch seconds of the first and the last event of each run. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** Cell row. */
  readonly row: Int32Array;
  readonly events: Int32Array;
  /** 1 where the network says that the phone moved into the cell. */
  readonly moved: Uint8Array;
  /** What a run weighs as evidence, 0..1: shadowing lasts, so what follows closely on its like says little new. */
  readonly weight: Float64Array;
}

export function createBlock(): Block {
  return {
    count: 0,
    first: new Float64Array(WAITING_MAX),
    last: new Float64Array(WAITING_MAX),
    row: new Int32Array(WAITING_MAX),
    events: new Int32Array(WAITING_MAX),
    moved: new Uint8Array(WAITING_MAX),
    weight: new Float64Array(WAITING_MAX),
  };
}

/** Shadowing at one spot changes over some ten minutes (de-correlation in time, 3GPP TR 36.942): what comes sooner is not all new. */
const INDEPENDENT_SEC = 600;
const REPEATED_WEIGHT_MIN = 0.15;

/**
 * Fills the block with what waits, without what cannot be: that goes to the sink as teleports.
 *
 * @param isEnd nothing follows that the last run could be judged by
 */
export function readBlock(stays: Stays, slot: number, block: Block, isEnd: boolean): void {
  readRuns(stays.table, slot, block);
  dropTeleports(stays, slot, block, isEnd);
  for (let i = 0; i < block.count; i++) {
    const isSame = i > 0 && block.row[i] === block.row[i - 1];
    const apart = i === 0 ? INDEPENDENT_SEC : (block.last[i] as number) - (block.last[i - 1] as number);
    block.weight[i] = isSame ? Math.max(REPEATED_WEIGHT_MIN, Math.min(1, apart / INDEPENDENT_SEC)) : 1;
  }
}

/** Fills the block with what waits as it was heard, the weights aside. */
export function readRuns({ lines, lineBytes, earlier }: SubscriberTable, slot: number, block: Block): void {
  const base = lines[slot * LINE_WORDS + LINE_WAITING_BASE] as number;
  block.count = lineBytes[slot * LINE_WORDS * 4 + LINE_WAITING_COUNT_8] as number;
  let first = earlierRuns(block.count);
  for (let i = first; i < block.count; i++) readRun(block, i, base, lines, lineRun(slot, i));
  for (let chunk = earlier.newestOf(slot); chunk !== NO_CHUNK; chunk = earlier.beforeOf(chunk)) {
    first -= LINE_RUNS;
    const at = earlier.wordOf(chunk);
    for (let i = 0; i < LINE_RUNS; i++) readRun(block, first + i, base, earlier.words, at + i * RUN_WORDS);
  }
}

function readRun(block: Block, i: number, base: number, words: Uint32Array, at: number): void {
  const run = words[at] as number;
  const packed = words[at + 1] as number;
  const first = base + (run >>> RUN_LENGTH_BITS);
  block.first[i] = first;
  block.last[i] = first + (run & RUN_LENGTH_MAX);
  block.row[i] = runRow(packed);
  block.events[i] = runEvents(packed);
  block.moved[i] = runMoved(packed);
}

/** Keeps the runs from number `from` on waiting. */
export function keepWaiting(table: SubscriberTable, slot: number, block: Block, from: number): void {
  const { lines, lineBytes, earlier } = table;
  const line = slot * LINE_WORDS;
  const count = Math.max(0, block.count - from);
  lineBytes[line * 4 + LINE_WAITING_COUNT_8] = count;
  earlier.clear(slot);
  if (count === 0) return;
  const base = block.first[from] as number;
  lines[line + LINE_WAITING_BASE] = base;
  const inLine = earlierRuns(count);
  for (let first = 0; first < inLine; first += LINE_RUNS) {
    const at = earlier.append(slot);
    for (let i = 0; i < LINE_RUNS; i++) writeRun(block, from + first + i, base, earlier.words, at + i * RUN_WORDS);
  }
  for (let i = inLine; i < count; i++) writeRun(block, from + i, base, lines, lineRun(slot, i));
}

function writeRun(block: Block, i: number, base: number, words: Uint32Array, at: number): void {
  const first = block.first[i] as number;
  words[at] = (((first - base) << RUN_LENGTH_BITS) | ((block.last[i] as number) - first)) >>> 0;
  words[at + 1] = packRun(block.row[i] as number, block.moved[i] as number, block.events[i] as number);
}

/** Cells reach that much farther than planned, metres. */
const OVERSHOOT_METRES = 3000;
/** Nobody is faster there and back through a city, from door to door. */
const ROUND_TRIP_METRES_PER_SEC = 25;

/**
 * Drops runs in cells so far off that nobody was there: no vehicle makes the way there and on, or none goes there and is back in so
 * little time. The event bears a wrong cell, or another phone's identity. The last run of all has no way on to judge by; it goes when
 * the way there alone is impossible.
 */
function dropTeleports(stays: Stays, slot: number, block: Block, isEnd: boolean): void {
  const { words } = stays.table;
  const open = stays.table.restWord(slot) + OPEN;
  let fromSec = words[open + OPEN_FIRST] === 0 ? -1 : (words[open + OPEN_LAST] as number);
  let fromRow = words[open + OPEN_ROW] as number;
  let kept = 0;
  for (let i = 0; i < block.count; i++) {
    const row = block.row[i] as number;
    if ((isEnd || i + 1 < block.count) && isTeleport(stays, block, i, fromRow, fromSec)) {
      stays.sink.teleport(slot, block.first[i] as number, row, block.events[i] as number);
      continue;
    }
    fromSec = block.last[i] as number;
    fromRow = row;
    keepRun(block, i, kept++);
  }
  block.count = kept;
}

/** Moves run `i` up to be number `to`. */
export function keepRun({ first, last, row, events, moved }: Block, i: number, to: number): void {
  first[to] = first[i] as number;
  last[to] = last[i] as number;
  row[to] = row[i] as number;
  events[to] = events[i] as number;
  moved[to] = moved[i] as number;
}

/** Run `i` was not there, after `fromSec` in `fromRow` (-1: nothing was heard before). */
function isTeleport(stays: Stays, block: Block, i: number, fromRow: number, fromSec: number): boolean {
  const { row, first, count } = block;
  // The first of all is as far from the next but one as from the next, which agree.
  if (fromSec < 0) return i + 2 < count && isFast(stays, block, i, i + 1) && isFast(stays, block, i, i + 2);
  const at = row[i] as number;
  if (at === fromRow || surelyOverlap(stays, fromRow, at)) return false;
  const metres = metresBetween(stays, fromRow, at);
  if (metres <= 0) return false;
  const isFastThere = metres > stays.options.teleportMetresPerSec * ((first[i] as number) - fromSec);
  if (i + 1 >= count) return isFastThere;
  if (isFastThere && isFast(stays, block, i, i + 1)) return true;
  const { x, y } = stays.cells;
  const middles = straightLine((x[at] as number) - (x[fromRow] as number), (y[at] as number) - (y[fromRow] as number));
  const isBack = metresBetween(stays, fromRow, row[i + 1] as number) <= 0;
  return isBack && (first[i + 1] as number) - fromSec < (2 * middles) / ROUND_TRIP_METRES_PER_SEC;
}

/** From run `i` to run `j` is too far for the time between them. */
function isFast(stays: Stays, { row, first, last }: Block, i: number, j: number): boolean {
  const seconds = (first[j] as number) - (last[i] as number);
  return metresBetween(stays, row[i] as number, row[j] as number) > stays.options.teleportMetresPerSec * seconds;
}

/** `metresBetween` is below 0, by more than the roundings of a cheaper distance: so it is for most cells in which a phone is heard in turn. */
function surelyOverlap(stays: Stays, a: number, b: number): boolean {
  const { x, y, sigma } = stays.cells;
  const dx = (x[a] as number) - (x[b] as number);
  const dy = (y[a] as number) - (y[b] as number);
  const reach = 2 * ((sigma[a] as number) + (sigma[b] as number)) + OVERSHOOT_METRES - 1;
  return dx * dx + dy * dy < reach * reach;
}

/** Metres between the nearest points at which two cells may serve a phone, below 0 where they overlap. */
function metresBetween(stays: Stays, a: number, b: number): number {
  const { x, y, sigma } = stays.cells;
  const metres = straightLine((x[a] as number) - (x[b] as number), (y[a] as number) - (y[b] as number));
  return metres - 2 * ((sigma[a] as number) + (sigma[b] as number)) - OVERSHOOT_METRES;
}
