import fc from "fast-check";
import protobuf from "protobufjs/light.js";
import { describe, expect, test } from "vitest";
import { BATCH_ROWS_MAX } from "../../src/signal/batch.js";
import { parseCell, parsePlmn } from "../../src/signal/identity.js";
import { type ColumnarBatch, type Message, type Row, WIRE_SCHEMA } from "../../src/signal/wire.generated.js";
import {
  decodeMessage,
  encodeColumnar,
  encodeRows,
  encodeWatermark,
  MESSAGE_BYTES_MAX,
} from "../../src/signal/wire.js";
import { columnsOf } from "../../src/signal/wire-columnar.js";
import { batchOf, describeBatch, describeEvents, events, LIMITS, NOW_MS } from "./arbitrary.js";

const CONTEXT = { ...LIMITS, origin: "nats:signalling.v1.3:17" };
const MESSAGE = protobuf.Root.fromJSON(WIRE_SCHEMA).lookupType("lifecircle.signalling.v1.Message");
const encodeRaw = (message: object) => MESSAGE.encode(MESSAGE.fromObject(message)).finish();

const cell = parseCell("cgi:460-00-22553-25175") ?? { hi: 0, lo: 0 };

function rowAt(timeMs: number, over: object = {}) {
  return {
    timeMs,
    subscriberHi: 0x89abcdef,
    subscriberLo: 0x01234567,
    cellHi: cell.hi,
    cellLo: cell.lo,
    kind: 9,
    plmn: parsePlmn("460-00"),
    tac: 35_123_456,
    hasPeer: false,
    peerHi: 0,
    peerLo: 0,
    rowNumber: 0,
    ...over,
  };
}

const THREE = batchOf([rowAt(NOW_MS - 3000), rowAt(NOW_MS - 2000, { hasPeer: true, peerLo: 7 }), rowAt(NOW_MS - 1000)]);

/** Encodes the three rows after a change of their columns. */
function columnarWith(change: (columns: ColumnarBatch) => void): Uint8Array {
  const columns = columnsOf(THREE);
  change(columns);
  return MESSAGE.encode({ columnar: columns, closed: false } as Message as unknown as protobuf.Message).finish();
}

describe("a message on the wire", () => {
  test("both forms give back the events that went in", () => {
    fc.assert(
      fc.property(events, (rows) => {
        for (const encode of [encodeColumnar, encodeRows]) {
          const decoded = decodeMessage(encode(batchOf(rows)), CONTEXT);
          expect(decoded.rejects).toEqual([]);
          expect(decoded.watermarkMs).toBeNull();
          expect(describeBatch(decoded.batch)).toEqual(describeEvents(rows));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("columns are read in place where they are aligned, and read the same where they are not", () => {
    const bytes = encodeColumnar(THREE);
    for (let shift = 0; shift < 8; shift++) {
      const buffer = new Uint8Array(bytes.length + 8);
      buffer.set(bytes, shift);
      const { batch } = decodeMessage(buffer.subarray(shift, shift + bytes.length), CONTEXT);
      expect(describeBatch(batch)).toEqual(describeBatch(THREE));
    }
  });

  test("carries a watermark with events or alone, and says when nothing follows", () => {
    for (const encode of [encodeColumnar, encodeRows]) {
      expect(decodeMessage(encode(THREE, NOW_MS), CONTEXT).watermarkMs).toBe(NOW_MS);
      expect(decodeMessage(encode(THREE, Number.POSITIVE_INFINITY), CONTEXT).watermarkMs).toBe(
        Number.POSITIVE_INFINITY,
      );
    }
    expect(decodeMessage(encodeWatermark(NOW_MS), CONTEXT)).toEqual({ batch: null, rejects: [], watermarkMs: NOW_MS });
    expect(decodeMessage(encodeWatermark(Number.POSITIVE_INFINITY), CONTEXT).watermarkMs).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test("a watermark in microseconds is refused alone, its events are taken", () => {
    const decoded = decodeMessage(encodeColumnar(THREE, NOW_MS * 1000), CONTEXT);
    expect(decoded.batch?.count).toBe(3);
    expect(decoded.watermarkMs).toBeNull();
    expect(decoded.rejects).toMatchObject([{ reason: "time_range", source: CONTEXT.origin }]);
  });

  test("is malformed as a whole when it is no protobuf, is empty, says nothing, or is too long", () => {
    const broken = [
      Buffer.from("time,subscriber"),
      new Uint8Array(0),
      encodeRaw({}),
      new Uint8Array(MESSAGE_BYTES_MAX + 1),
    ];
    for (const bytes of broken) {
      const decoded = decodeMessage(bytes, CONTEXT);
      expect(decoded.batch).toBeNull();
      expect(decoded.rejects).toHaveLength(1);
      expect(decoded.rejects[0]).toMatchObject({ reason: "malformed", timeMs: null, source: CONTEXT.origin });
      expect(JSON.parse(decoded.rejects[0]?.raw ?? "").bytes).toBe(bytes.length);
    }
  });

  test("with millions of empty rows is refused before one of them is made", () => {
    const rows = Buffer.alloc(MESSAGE_BYTES_MAX - 64);
    for (let at = 0; at < rows.length; at += 2) rows[at] = 0x0a;
    const head = protobuf.Writer.create().uint32(0x12).uint32(rows.length).finish();
    const heldBytes = process.memoryUsage().heapUsed;
    const decoded = decodeMessage(Buffer.concat([head, rows]), CONTEXT);
    expect(process.memoryUsage().heapUsed - heldBytes).toBeLessThan(50e6);
    expect(decoded.batch).toBeNull();
    expect(decoded.rejects[0]?.raw).toContain(`${rows.length / 2} rows, at most ${BATCH_ROWS_MAX} are allowed`);
  });

  test("mutated, cut and arbitrary bytes never throw and never give a row that is not well formed", () => {
    const seeds = [encodeColumnar(THREE, NOW_MS), encodeRows(THREE, NOW_MS)];
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 6 }), fc.nat(), (seed, changes, cut) => {
        const bytes = Uint8Array.from(seed);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const { batch, rejects } = decodeMessage(
          cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes,
          CONTEXT,
        );
        for (const event of describeBatch(batch)) expect(event).toMatchObject({ cell: expect.any(String) });
        for (const reject of rejects) expect(JSON.parse(reject.raw)).toBeTypeOf("object");
      }),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeMessage(bytes, CONTEXT);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a columnar batch", () => {
  test("with a column of the wrong length is malformed, whichever column it is", () => {
    const columns = columnsOf(THREE);
    for (const [name, value] of Object.entries(columns)) {
      if (!(value instanceof Uint8Array)) continue;
      const bytes = columnarWith((changed) =>
        Object.assign(changed, { [name]: Buffer.concat([value, Buffer.from([0])]) }),
      );
      expect(decodeMessage(bytes, CONTEXT), name).toMatchObject({ batch: null, rejects: [{ reason: "malformed" }] });
    }
  });

  test("with a count beyond the limit or peers out of order is malformed", () => {
    const broken = [
      columnarWith((columns) => Object.assign(columns, { count: BATCH_ROWS_MAX + 1 })),
      columnarWith((columns) => Object.assign(columns, { count: 0xffff_ffff })),
      columnarWith((columns) => Object.assign(columns, { peerRow: Uint8Array.of(3, 0) })),
      columnarWith((columns) =>
        Object.assign(columns, { peerRow: Uint8Array.of(1, 0, 1, 0), peer: new Uint8Array(16) }),
      ),
      columnarWith((columns) => Object.assign(columns, { baseMs: { low: 0, high: 0x7fff_ffff, unsigned: false } })),
    ];
    for (const bytes of broken) {
      expect(decodeMessage(bytes, CONTEXT)).toMatchObject({ batch: null, rejects: [{ reason: "malformed" }] });
    }
  });

  test("a bad row is rejected with its reason and number, the rows beside it keep theirs", () => {
    const faults: [string, (columns: ColumnarBatch) => void][] = [
      ["bad_kind", (columns) => Object.assign(columns, { kind: Uint8Array.of(9, 10, 9) })],
      ["bad_cell", (columns) => Object.assign(columns, { cell: Uint8Array.of(0, 0, 1, 0, 0, 0) })],
      ["bad_plmn", (columns) => Object.assign(columns, { plmn: Uint8Array.of(1, 2, 1) })],
      ["bad_tac", (columns) => Object.assign(columns, { tac: Uint8Array.of(1, 0, 2, 0, 1, 0) })],
      [
        "time_range",
        (columns) => Object.assign(columns, { offsetMs: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0) }),
      ],
    ];
    for (const [reason, change] of faults) {
      const { batch, rejects } = decodeMessage(columnarWith(change), CONTEXT);
      expect(rejects, reason).toMatchObject([{ reason, source: "nats:signalling.v1.3:17:1" }]);
      expect(JSON.parse(rejects[0]?.raw ?? "")).toMatchObject({ subscriber: "9920249030613615975", peer: "7" });
      expect([...(batch?.rowNumber ?? [])]).toEqual([0, 2]);
      expect([...(batch?.peerRow ?? [])]).toEqual([]);
      expect(describeBatch(batch)).toHaveLength(2);
    }
  });

  test("a peer stays with its row when a row before it is rejected", () => {
    const { batch } = decodeMessage(
      columnarWith((columns) => Object.assign(columns, { kind: Uint8Array.of(10, 9, 9) })),
      CONTEXT,
    );
    expect(describeBatch(batch)).toMatchObject([{ peer: "7" }, { peer: null }]);
  });

  test("4,096 events with home network, device and calls take at most 24 bytes each", () => {
    const rows = Array.from({ length: 4096 }, (_, i) =>
      rowAt(NOW_MS - 60_000 + i * 10, {
        subscriberLo: Math.imul(i, 0x9e37_79b1) >>> 0,
        subscriberHi: Math.imul(i, 0x85eb_ca6b) >>> 0,
        cellLo: (i * 7919) % 1500,
        tac: 35_000_000 + ((i * i) % 400),
        hasPeer: i % 8 === 0,
      }),
    );
    const bytes = encodeColumnar(batchOf(rows), NOW_MS);
    expect(bytes.length / 4096).toBeLessThanOrEqual(24);
    expect(describeBatch(decodeMessage(bytes, CONTEXT).batch)).toEqual(describeEvents(rows));
  });
});

describe("a row-wise batch", () => {
  const good = {
    timeMs: NOW_MS - 1000,
    subscriber: "9920249030613615975",
    cell: "ncgi:460-15-68719476735",
    kind: "KIND_CALL_OUT",
    peer: "18446744073709551615",
    tac: 35_123_456,
    homePlmn: "310-260",
  };

  test("keeps 36 bits of an NCI, 64 bits of a pseudonym and three digits of an MNC", () => {
    const { batch } = decodeMessage(encodeRaw({ rows: { rows: [good] } }), CONTEXT);
    expect(describeBatch(batch)).toEqual([
      {
        timeMs: NOW_MS - 1000,
        subscriber: good.subscriber,
        cell: good.cell,
        kind: 5,
        plmn: "310-260",
        tac: 35_123_456,
        peer: good.peer,
      },
    ]);
  });

  test("a bad row is rejected with its reason and number, the rows beside it are taken", () => {
    const faults: [string, Partial<Record<keyof Row, unknown>>][] = [
      ["bad_kind", { kind: 0 }],
      ["bad_kind", { kind: 11 }],
      ["bad_cell", { cell: "cgi:46-0-1-2" }],
      ["bad_cell", { cell: "ecgi:460-00-268435456" }],
      ["bad_cell", { cell: "ncgi:460-00-68719476736" }],
      ["time_range", { timeMs: NOW_MS + 60_001 }],
      ["time_range", { timeMs: Date.UTC(1999, 11, 31) }],
      ["bad_tac", { tac: 100_000_000 }],
      ["bad_plmn", { homePlmn: "46-0" }],
    ];
    for (const [reason, change] of faults) {
      const bytes = encodeRaw({ rows: { rows: [good, { ...good, ...change }, good] } });
      const { batch, rejects } = decodeMessage(bytes, CONTEXT);
      expect(rejects, JSON.stringify(change)).toMatchObject([{ reason, source: "nats:signalling.v1.3:17:1" }]);
      expect([...(batch?.rowNumber ?? [])]).toEqual([0, 2]);
    }
  });

  test("rows too far apart for one batch are rejected, those that fit the first are taken", () => {
    const old = { ...good, timeMs: NOW_MS - 60 * 86_400_000 };
    const { batch, rejects } = decodeMessage(encodeRaw({ rows: { rows: [good, old, good] } }), CONTEXT);
    expect(batch?.count).toBe(2);
    expect(rejects).toMatchObject([{ reason: "malformed", source: "nats:signalling.v1.3:17:1" }]);
  });

  test("with more rows than a batch holds is malformed", () => {
    const rows = Array.from({ length: BATCH_ROWS_MAX + 1 }, () => ({}));
    expect(decodeMessage(encodeRaw({ rows: { rows } }), CONTEXT)).toMatchObject({
      batch: null,
      rejects: [{ reason: "malformed" }],
    });
  });
});
