/** From a decoded batch into the event buffer: cells found, subscribers found, times judged by the stream's clock. */
import { cellName } from "../geo/cell-names.js";
import { type CellTable, NONE } from "../geo/city.js";
import type { Partition } from "../partition.js";
import { LINE_DEVICE, LINE_WORDS } from "../stay/record.js";
import type { AheadEvent, ParkedEvent, StreamClock } from "../time/stream-clock.js";
import { BATCH_ROWS_MAX, type EventBatch, KINDS } from "./batch.js";
import { formatCell, formatPseudonym } from "./identity.js";
import type { Reason } from "./reason.js";

/** A reference names an event by delivery and row in one double. */
const ROWS = BATCH_ROWS_MAX + 1;

/** Where a batch comes from: the sequence and the origin of its delivery. */
export interface BatchOrigin {
  readonly sequence: number;
  /** `nats:SUBJECT:SEQUENCE` or `file:PATH`. */
  readonly origin: string;
  /** When the stream took it, epoch ms; absent where nobody knows. */
  readonly sentMs?: number;
}

/** What was judged of the rows of a batch and waits for its subscribers to be found; its room is used for every batch. */
const WAITING = {
  /** Row of the batch, and of the cell in the city's table. */
  row: new Uint32Array(BATCH_ROWS_MAX),
  cell: new Uint32Array(BATCH_ROWS_MAX),
  slot: new Uint32Array(BATCH_ROWS_MAX),
};

/** Takes a batch in; what is refused becomes a row of `rejected`. */
export function admit(partition: Partition, batch: EventBatch, from: BatchOrigin): void {
  const { clock, exclusion } = partition;
  partition.counts.events += batch.count;
  partition.origins.note(from.sequence, from.origin);
  const rows = rowsOfDictionary(partition.city.cells, batch.cells);
  if (exclusion.size === 0 && isOfTheTime(clock, batch)) admitTogether(partition, batch, from, rows);
  else admitEach(partition, batch, from, rows);
  if (clock.state.parked.length > 0) {
    unpark(partition, clock.reached());
    for (const event of clock.givenUp()) rejectParked(partition, event);
  }
}

/** Whether the clock would take every event of a batch: so it is but for the odd one, and need not be asked for each. */
function isOfTheTime(clock: StreamClock, { count, baseMs, offsetMs }: EventBatch): boolean {
  let [earliest, latest] = [Number.MAX_SAFE_INTEGER, 0];
  for (let i = 0; i < count; i++) {
    const offset = offsetMs[i] as number;
    if (offset < earliest) earliest = offset;
    if (offset > latest) latest = offset;
  }
  return clock.takesAll(baseMs + earliest, baseMs + latest);
}

/** Takes a batch in that the clock takes as a whole, and from which nobody is excluded: what `admitEach` would make of it. */
function admitTogether(partition: Partition, batch: EventBatch, from: BatchOrigin, rows: Int32Array): void {
  const { cells } = partition.city;
  const { count, baseMs, offsetMs, cell } = batch;
  let waiting = 0;
  let latest = 0;
  for (let i = 0; i < count; i++) {
    const first = rows[cell[i] as number] as number;
    const offset = offsetMs[i] as number;
    const row = rowInService(cells, first, baseMs + offset);
    if (row === NONE) {
      rejectRow(partition, batch, i, from.origin, first === NONE ? "unknown_cell" : "expired_cell");
      continue;
    }
    WAITING.row[waiting] = i;
    WAITING.cell[waiting] = row;
    waiting++;
    if (offset > latest) latest = offset;
  }
  partition.clock.take(waiting, baseMs + latest);
  letWait(partition, batch, from.sequence, waiting);
}

/** Takes a batch in event by event. */
function admitEach(partition: Partition, batch: EventBatch, from: BatchOrigin, rows: Int32Array): void {
  const { clock, exclusion } = partition;
  const { cells } = partition.city;
  const { sentMs = Number.POSITIVE_INFINITY } = from;
  const { count, baseMs, offsetMs, subscriber, cell } = batch;
  let waiting = 0;
  for (let i = 0; i < count; i++) {
    if (
      exclusion.size > 0 &&
      exclusion.excludes(subscriber[2 * i + 1] as number, subscriber[2 * i] as number, sentMs)
    ) {
      partition.counts.excluded++;
      continue;
    }
    const timeMs = baseMs + (offsetMs[i] as number);
    const first = rows[cell[i] as number] as number;
    const row = rowInService(cells, first, timeMs);
    if (row === NONE) {
      rejectRow(partition, batch, i, from.origin, first === NONE ? "unknown_cell" : "expired_cell");
      continue;
    }
    const judgement = clock.judge(timeMs);
    if (judgement === "late") {
      rejectRow(partition, batch, i, from.origin, "late");
      continue;
    }
    if (judgement === "park") {
      // Who listens to events hears them in the order of their arrival.
      letWait(partition, batch, from.sequence, waiting);
      waiting = 0;
    }
    WAITING.row[waiting] = i;
    WAITING.cell[waiting] = row;
    if (judgement === "take") waiting++;
    else park(partition, batch, from.sequence);
  }
  letWait(partition, batch, from.sequence, waiting);
}

/** Puts the events of the first `count` rows that wait into the buffer. */
function letWait(partition: Partition, batch: EventBatch, sequence: number, count: number): void {
  const { buffer, triggers } = partition;
  const { baseMs, offsetMs, kind, tac } = batch;
  findSubscribers(partition, batch, count);
  buffer.addAll({ ...WAITING, baseMs, offsetMs, kind, reference: sequence * ROWS }, count);
  const { row, slot, cell } = WAITING;
  if (tac !== null)
    for (let w = 0; w < count; w++) {
      const i = row[w] as number;
      noteDevice(partition, slot[w] as number, tac[i] as number, baseMs + (offsetMs[i] as number));
    }
  if (triggers.isIdle) return;
  for (let w = 0; w < count; w++) {
    const timeMs = baseMs + (offsetMs[row[w] as number] as number);
    triggers.hear(slot[w] as number, Math.floor(timeMs / 1000), cell[w] as number);
  }
}

/** Finds the subscribers of the first `count` rows that wait, and notes their networks. */
function findSubscribers(partition: Partition, { subscriber, plmn, plmns }: EventBatch, count: number): void {
  const { row, slot } = WAITING;
  // Of the others nothing changes before their minute has come, when they are all noted as changed (pipeline.ts).
  partition.stays.table.slotsOf(subscriber, row, count, slot, partition.changed);
  if (plmn === null) return;
  const isForeign = Array.from(plmns, (packed) => !partition.city.homePlmns.has(packed));
  for (let w = 0; w < count; w++) {
    const network = plmn[row[w] as number] as number;
    if (network === 0) continue;
    const one = slot[w] as number;
    if (partition.circles.noteNetwork(one, isForeign[network - 1] as boolean, !partition.isToBeClosed(one)))
      partition.changed.add(one);
  }
}

/** The event of the first row that waits lies too far ahead of the stream to be believed alone. */
function park(partition: Partition, batch: EventBatch, sequence: number): void {
  findSubscribers(partition, batch, 1);
  const i = WAITING.row[0] as number;
  const slot = WAITING.slot[0] as number;
  const timeMs = batch.baseMs + (batch.offsetMs[i] as number);
  const event = { timeMs, slot, cell: WAITING.cell[0] as number, kind: batch.kind[i] as number };
  if (!partition.clock.park({ ...event, reference: sequence * ROWS + i })) return;
  const { reached, late } = partition.clock.confirmed();
  unpark(partition, reached);
  for (const one of late) rejectParked(partition, one, "late");
}

/** The sender says that nothing older than `watermarkMs` will follow: parked events up to there need no other confirmation. */
export function admitPromised(partition: Partition, watermarkMs: number): void {
  partition.clock.promise(watermarkMs);
  unpark(partition, partition.clock.reached());
}

/** The stream is at its end: parked events are believed or given up now. */
export function admitParked(partition: Partition): void {
  const { believed, doubted } = partition.clock.close();
  unpark(partition, believed);
  for (const event of doubted) rejectParked(partition, event);
}

/** A row when somebody is heard with another device than last; of two that send in turn, the one heard at the latest time counts. */
function noteDevice(partition: Partition, slot: number, tac: number, timeMs: number): void {
  const { table } = partition.stays;
  const at = slot * LINE_WORDS + LINE_DEVICE;
  if (tac === 0 || table.lines[at] === tac) return;
  table.lines[at] = tac;
  partition.changed.add(slot);
  const [subscriberHi, subscriberLo] = [table.hi(slot), table.lo(slot)];
  partition.rows.devices.push({ subscriberHi, subscriberLo, tac, sinceMs: timeMs });
}

function rowsOfDictionary(cells: CellTable, dictionary: Uint32Array): Int32Array {
  const rows = new Int32Array(dictionary.length / 2);
  for (let c = 0; c < rows.length; c++)
    rows[c] = cells.find(dictionary[2 * c + 1] as number, dictionary[2 * c] as number);
  return rows;
}

/** The validity of a cell that holds the time, or NONE. */
function rowInService(cells: CellTable, first: number, timeMs: number): number {
  let row = first;
  while (row !== NONE && !(timeMs >= (cells.validFromMs[row] as number) && timeMs < (cells.validToMs[row] as number)))
    row = cells.next[row] as number;
  return row;
}

function unpark(partition: Partition, events: readonly ParkedEvent[]): void {
  const { buffer, triggers } = partition;
  for (const { timeMs, slot, cell, kind, reference } of events) {
    buffer.add(timeMs, slot, cell, kind, reference);
    if (!triggers.isIdle) triggers.hear(slot, Math.floor(timeMs / 1000), cell);
  }
}

function rejectRow(partition: Partition, batch: EventBatch, i: number, origin: string, reason: Reason): void {
  const c = batch.cell[i] as number;
  partition.reject(reason, {
    timeMs: batch.baseMs + (batch.offsetMs[i] as number),
    subscriberHi: batch.subscriber[2 * i + 1] as number,
    subscriberLo: batch.subscriber[2 * i] as number,
    cell: formatCell(batch.cells[2 * c + 1] as number, batch.cells[2 * c] as number) ?? "",
    kind: batch.kind[i] as number,
    source: `${origin}:${batch.rowNumber?.[i] ?? i}`,
  });
}

function rejectParked(partition: Partition, event: ParkedEvent, reason: Reason = "time_ahead"): void {
  const { reference } = event;
  rejectKnown(partition, reason, event, `${Math.floor(reference / ROWS)}.${reference % ROWS}`);
}

/**
 * Rejects an event that was already admitted, so known by slot and row of its cell, and by a reference instead of its line. Its source
 * is that of the stream or file, then the whole event: `file:PATH:REASON:SUBSCRIBER:TIME:CELL:KIND:WHICH`.
 *
 * @param which tells events apart that are the same in all of this
 */
export function rejectKnown(partition: Partition, reason: Reason, event: AheadEvent, which: string | number): void {
  const { table } = partition.stays;
  const { timeMs, kind } = event;
  const [subscriberHi, subscriberLo] = [table.hi(event.slot), table.lo(event.slot)];
  const cell = cellName(partition.city, event.cell);
  const origin = partition.origins.of(Math.floor(event.reference / ROWS));
  const named = [origin, reason, formatPseudonym(subscriberHi, subscriberLo), timeMs, cell, KINDS[kind], which];
  partition.reject(reason, { timeMs, subscriberHi, subscriberLo, cell, kind, source: named.join(":") });
}
