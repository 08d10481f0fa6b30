/** From a decoded batch into the event buffer: cells found, subscribers found, times judged by the stream's clock. */
import { cellName } from "../geo/cell-names.js";
import { type CellTable, NONE } from "../geo/city.js";
import type { Partition } from "../partition.js";
import { DEVICE, KEY_HI, KEY_LO, RECORD_WORDS } from "../stay/record.js";
import type { AheadEvent, ParkedEvent } from "../time/stream-clock.js";
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

/** Takes a batch in; what is refused becomes a row of `rejected`. */
export function admit(partition: Partition, batch: EventBatch, from: BatchOrigin): void {
  const { cells } = partition.city;
  const { clock, buffer, changed, exclusion, triggers } = partition;
  const isWatched = !triggers.isIdle;
  const { table } = partition.stays;
  const { sentMs = Number.POSITIVE_INFINITY } = from;
  partition.counts.events += batch.count;
  partition.origins.note(from.sequence, from.origin);
  const firstRows = rowsOfDictionary(cells, batch.cells);
  const { count, baseMs, offsetMs, subscriber, cell, kind, plmn, plmns, tac } = batch;
  const isForeign = Array.from(plmns, (packed) => !partition.city.homePlmns.has(packed));
  for (let i = 0; i < count; i++) {
    const hi = subscriber[2 * i + 1] as number;
    const lo = subscriber[2 * i] as number;
    if (exclusion.size > 0 && exclusion.excludes(hi, lo, sentMs)) {
      partition.counts.excluded++;
      continue;
    }
    const timeMs = baseMs + (offsetMs[i] as number);
    const first = firstRows[cell[i] as number] as number;
    const row = first === NONE ? NONE : rowInService(cells, first, timeMs);
    if (row === NONE) {
      rejectRow(partition, batch, i, from.origin, first === NONE ? "unknown_cell" : "expired_cell");
      continue;
    }
    const judgement = clock.judge(timeMs);
    if (judgement === "late") {
      rejectRow(partition, batch, i, from.origin, "late");
      continue;
    }
    const slot = table.slotOf(hi, lo);
    changed.add(slot);
    if (plmn !== null && plmn[i] !== 0)
      partition.circles.noteNetwork(slot, isForeign[(plmn[i] as number) - 1] as boolean);
    const reference = from.sequence * ROWS + i;
    if (judgement === "take") {
      if (tac !== null) noteDevice(partition, slot, tac[i] as number, timeMs);
      buffer.add(timeMs, slot, row, kind[i] as number, reference);
      if (isWatched) triggers.hear(slot, Math.floor(timeMs / 1000), row);
    } else if (clock.park({ timeMs, slot, cell: row, kind: kind[i] as number, reference }))
      unpark(partition, clock.confirmed());
  }
  if (clock.state.parked.length > 0) {
    unpark(partition, clock.reached());
    for (const event of clock.givenUp()) rejectParked(partition, event);
  }
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
  const { words } = partition.stays.table;
  const record = slot * RECORD_WORDS;
  if (tac === 0 || words[record + DEVICE] === tac) return;
  words[record + DEVICE] = tac;
  const [subscriberHi, subscriberLo] = [words[record + KEY_HI] as number, words[record + KEY_LO] as number];
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

function rejectParked(partition: Partition, event: ParkedEvent): void {
  const { reference } = event;
  rejectKnown(partition, "time_ahead", event, `${Math.floor(reference / ROWS)}.${reference % ROWS}`);
}

/**
 * Rejects an event that was already admitted, so known by slot and row of its cell, and by a reference instead of its line. Its source
 * is that of the stream or file, then the whole event: `file:PATH:REASON:SUBSCRIBER:TIME:CELL:KIND:WHICH`.
 *
 * @param which tells events apart that are the same in all of this
 */
export function rejectKnown(partition: Partition, reason: Reason, event: AheadEvent, which: string | number): void {
  const { words } = partition.stays.table;
  const { timeMs, kind } = event;
  const subscriberHi = words[event.slot * RECORD_WORDS + KEY_HI] as number;
  const subscriberLo = words[event.slot * RECORD_WORDS + KEY_LO] as number;
  const cell = cellName(partition.city, event.cell);
  const origin = partition.origins.of(Math.floor(event.reference / ROWS));
  const named = [origin, reason, formatPseudonym(subscriberHi, subscriberLo), timeMs, cell, KINDS[kind], which];
  partition.reject(reason, { timeMs, subscriberHi, subscriberLo, cell, kind, source: named.join(":") });
}
