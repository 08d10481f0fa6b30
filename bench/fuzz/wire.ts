/** Messages on the wire, in both forms. */
import fc from "fast-check";
import protobuf from "protobufjs/light.js";
import { BATCH_ROWS_MAX, type EventBatch, KINDS } from "../../src/signal/batch.js";
import { BatchBuilder } from "../../src/signal/batch-builder.js";
import { isCellKey } from "../../src/signal/cell-key.js";
import { newSignalEvent } from "../../src/signal/event.js";
import { type ColumnarBatch, type Message, type Row, WIRE_SCHEMA } from "../../src/signal/wire.generated.js";
import { decodeMessage, encodeColumnar, encodeRows, encodeWatermark } from "../../src/signal/wire.js";
import { columnsOf } from "../../src/signal/wire-columnar.js";
import { word64Of } from "../../src/signal/wire-field.js";
import { rowsOf } from "../../src/signal/wire-rows.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { type RowFields, readRow } from "../../src/source/row.js";
import { countsOf, derived, isForPartition } from "./derive.js";
import { mutations, shown } from "./mutate.js";
import { NOW_MS, seedCity, seedRows } from "./seeds.js";
import { closeNothing, must, type OpenTarget, target } from "./target.js";

const MESSAGE = protobuf.Root.fromJSON(WIRE_SCHEMA).lookupType("lifecircle.signalling.v1.Message");
const COLUMNS = [
  "offsetMs",
  "subscriber",
  "cell",
  "kind",
  "cellLow",
  "cellHigh",
  "cellHighs",
  "plmn",
  "plmns",
  "tac",
  "tacs",
  "peerRow",
  "peer",
];
const times = fc.constantFrom(
  0,
  -1,
  1e9,
  NOW_MS,
  NOW_MS + 1,
  NOW_MS - 90 * 86_400_000,
  2 ** 53,
  -(2 ** 53),
  9e15,
  946_684_800_000,
);
const ORIGIN = "nats:signalling.v1.0:1";

/** Lengths and field numbers that protobuf readers stumble over. */
const WORDS = [
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.alloc(10, 0xff),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  Buffer.from([0x0a, 0x00]),
  Buffer.from([0x12, 0x00]),
  Buffer.from([0x0b]),
  Buffer.from([0x0c]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08]),
  Buffer.from([0x0a, 0xff, 0xff, 0x7f]),
  Buffer.from([0x08, 0xff, 0xff, 0x03]),
  Buffer.from([0x00]),
  Buffer.from([0xc3, 0x28]),
];

function seedBatch(count: number): EventBatch {
  const builder = new BatchBuilder(count + 1);
  const event = newSignalEvent();
  const context = { pseudonymiser: new Pseudonymiser(Buffer.from("fuzz")), nowMs: NOW_MS, aheadMsMax: 0 };
  for (const [row, fields] of seedRows(count).entries()) {
    const reason = readRow(fields as RowFields, event, context);
    if (reason !== null) throw new Error(`a row of the seeds is ${reason}`);
    builder.add(Object.assign(event, { rowNumber: row }));
  }
  return builder.take() as EventBatch;
}

type Encode = (batch: EventBatch, watermarkMs: number | null) => Uint8Array;

function open(encode: Encode, changed: () => fc.Arbitrary<Buffer>): () => Promise<OpenTarget<Buffer>> {
  return async () => {
    const city = seedCity();
    const seeds = [1, 7, 60].map((count) => Buffer.from(encode(seedBatch(count), count === 7 ? NOW_MS : null)));
    return {
      inputs: fc.oneof(mutations([...seeds, Buffer.from(encodeWatermark(NOW_MS)), emptyRows(70_000)], WORDS), {
        weight: 2,
        arbitrary: changed(),
      }),
      judge(bytes) {
        const { batch, rejects, watermarkMs } = decodeMessage(bytes, { origin: ORIGIN, nowMs: NOW_MS, aheadMsMax: 0 });
        if (batch !== null) checkBatch(batch);
        const delivery = { partition: 0, sequence: 1, origin: ORIGIN, batch, rejects, watermarkMs };
        const rows = (batch?.count ?? 0) + rejects.length;
        if (!isForPartition(bytes)) return countsOf([{ batch, rejects }], rows);
        return derived(city, [{ ...delivery, receivedMs: NOW_MS, pendingMessages: 0 }], rows);
      },
      show: shown,
      bytes: (bytes) => bytes.length,
      close: closeNothing,
    };
  };
}

/** Columns with some of their bytes changed and the message sound, so that what it says reaches the checks of values. */
function changedColumns(): fc.Arbitrary<Buffer> {
  const seeds = [1, 12, 60].map(seedBatch);
  const change = fc.record({
    column: fc.nat({ max: COLUMNS.length - 1 }),
    at: fc.nat({ max: 2000 }),
    by: fc.nat({ max: 255 }),
  });
  const cut = fc.option(fc.record({ column: fc.nat({ max: COLUMNS.length - 1 }), length: fc.nat({ max: 300 }) }), {
    freq: 9,
  });
  const parts = { seed: fc.nat({ max: 2 }), changes: fc.array(change, { maxLength: 12 }), cut };
  return fc
    .record({ ...parts, count: fc.option(fc.nat({ max: 70_000 }), { freq: 9 }), baseMs: fc.option(times, { freq: 9 }) })
    .map(({ seed, changes, cut: shortened, count, baseMs }) => {
      const columns = columnsOf(seeds[seed] as EventBatch);
      const bytesOf = (column: number) => Buffer.from(columns[COLUMNS[column] as keyof ColumnarBatch] as Uint8Array);
      for (const { column, at, by } of changes) {
        const bytes = bytesOf(column);
        if (bytes.length > 0) bytes[at % bytes.length] = by;
        Object.assign(columns, { [COLUMNS[column] as string]: bytes });
      }
      if (shortened !== null)
        Object.assign(columns, { [COLUMNS[shortened.column] as string]: Buffer.alloc(shortened.length, 1) });
      if (count !== null) Object.assign(columns, { count });
      if (baseMs !== null) Object.assign(columns, { baseMs: word64Of(baseMs) });
      return encoded({ columnar: columns, closed: false });
    });
}

/** Rows with some of their fields changed to what they must not be. */
function changedRows(): fc.Arbitrary<Buffer> {
  const seeds = [1, 12, 60].map(seedBatch);
  const texts = fc.oneof(
    fc.constantFrom("", "cgi:460-00-1-2", "ecgi:460-00-268435456", "46000", "1-1", "9".repeat(3000)),
    fc.string(),
  );
  const words = fc.oneof(times, fc.integer()).map(word64Of);
  const field = fc.oneof(
    fc.record({ timeMs: words }),
    fc.record({ subscriber: words }),
    fc.record({ peer: words }),
    fc.record({ cell: texts }),
    fc.record({ homePlmn: texts }),
    fc.record({ kind: fc.integer({ min: -1, max: 300 }) }),
    fc.record({ tac: fc.nat({ max: 2 ** 31 }) }),
  );
  const change = fc.record({ row: fc.nat({ max: 60 }), field });
  return fc
    .record({ seed: fc.nat({ max: 2 }), changes: fc.array(change, { maxLength: 8 }) })
    .map(({ seed, changes }) => {
      const batch = rowsOf(seeds[seed] as EventBatch);
      for (const { row, field: changed } of changes)
        Object.assign(batch.rows[row % batch.rows.length] as object, changed);
      return encoded({ rows: batch, closed: false });
    });
}

function encoded(message: Message): Buffer {
  return Buffer.from(MESSAGE.encode(message as unknown as protobuf.Message).finish());
}

/** A message of so many rows without any field, of two bytes each. */
function emptyRows(count: number): Buffer {
  return encoded({ rows: { rows: Array.from({ length: count }, () => ({}) as Row) }, closed: false });
}

/** Everything that the loops over a batch rely on without looking. */
function checkBatch(batch: EventBatch): void {
  const { count, cells, cell, kind, peerRow, peer, plmn, plmns, tac } = batch;
  must(count > 0 && count <= BATCH_ROWS_MAX, () => `a batch of ${count} rows`);
  for (const [name, length] of [
    ["offsetMs", batch.offsetMs.length],
    ["cell", cell.length],
    ["kind", kind.length],
    ["subscriber", batch.subscriber.length / 2],
    ["plmn", plmn?.length ?? count],
    ["tac", tac?.length ?? count],
    ["rowNumber", batch.rowNumber?.length ?? count],
  ] as const)
    must(length === count, () => `${name} has ${length} rows of ${count}`);
  must(peer.length === 2 * peerRow.length, () => `${peerRow.length} rows of peers, ${peer.length} words`);
  for (let row = 0; row < count; row++) {
    const at = 2 * (cell[row] as number);
    must(isCellKey(cells[at + 1] ?? -1, cells[at] ?? -1), () => `row ${row} names a cell that is none`);
    must((kind[row] as number) < KINDS.length, () => `row ${row} has the kind ${kind[row]}`);
    must((plmn?.[row] ?? 0) <= plmns.length, () => `row ${row} names a network that is not there`);
  }
  for (const row of peerRow) must(row < count, () => `a peer of row ${row}, of ${count}`);
}

export const COLUMNAR = target("wire-columnar", 270_000, open(encodeColumnar, changedColumns));
export const ROW_WISE = target("wire-rows", 200_000, open(encodeRows, changedRows));
