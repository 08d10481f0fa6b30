import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BATCH_ROWS_MAX, type EventBatch } from "../../src/signal/batch.js";
import { BatchBuilder } from "../../src/signal/batch-builder.js";
import { newSignalEvent, TIME_MIN_MS } from "../../src/signal/event.js";
import { describeBatch, describeEvents, events } from "./arbitrary.js";

function build(rows: readonly ReturnType<typeof newSignalEvent>[], rowsMax: number): EventBatch[] {
  const builder = new BatchBuilder(rowsMax);
  const batches: EventBatch[] = [];
  for (const row of rows) {
    const batch = builder.add(row);
    if (batch !== null) batches.push(batch);
  }
  const last = builder.take();
  return last === null ? batches : [...batches, last];
}

describe("the builder of batches", () => {
  test("gives every event once, in order, in batches of the given size", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 10 }), (rows, rowsMax) => {
        const batches = build(rows, rowsMax);
        expect(batches.flatMap(describeBatch)).toEqual(describeEvents(rows));
        expect(batches.flatMap((batch) => [...(batch.rowNumber ?? [])])).toEqual(rows.map((row) => row.rowNumber));
        for (const batch of batches.slice(0, -1)) expect(batch.count).toBe(rowsMax);
      }),
    );
  });

  test("begins another batch where the times do not fit 32 bits, forwards and backwards", () => {
    const at = (timeMs: number) => ({ ...newSignalEvent(), timeMs, cellHi: 1 });
    const far = TIME_MIN_MS + 2 ** 32;
    expect(build([at(TIME_MIN_MS), at(far - 1)], 8)).toHaveLength(1);
    expect(build([at(TIME_MIN_MS), at(far)], 8)).toHaveLength(2);
    expect(build([at(far), at(TIME_MIN_MS)], 8)).toHaveLength(2);
  });

  test("begins another batch at the 256th home network", () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ ...newSignalEvent(), timeMs: TIME_MIN_MS, plmn: i + 1 }));
    const batches = build(rows, 1000);
    expect(batches.map((batch) => batch.count)).toEqual([255, 45]);
    expect(batches.flatMap(describeBatch)).toEqual(describeEvents(rows));
  });

  test("keeps as many cells as rows, up to the greatest batch", () => {
    const rows = Array.from({ length: BATCH_ROWS_MAX }, (_, i) => ({
      ...newSignalEvent(),
      timeMs: TIME_MIN_MS,
      cellLo: i * 65_536,
    }));
    const [batch] = build(rows, BATCH_ROWS_MAX);
    expect(batch?.cells).toHaveLength(2 * BATCH_ROWS_MAX);
    expect(batch?.cell[BATCH_ROWS_MAX - 1]).toBe(BATCH_ROWS_MAX - 1);
  });

  test("what it gave stays as it was when the next batch is built", () => {
    const builder = new BatchBuilder(1);
    const first = builder.add({ ...newSignalEvent(), timeMs: TIME_MIN_MS, kind: 3 });
    builder.add({ ...newSignalEvent(), timeMs: TIME_MIN_MS + 5, kind: 4 });
    expect(describeBatch(first)).toMatchObject([{ timeMs: TIME_MIN_MS, kind: 3 }]);
  });

  test("refuses a size that no batch can have", () => {
    for (const rowsMax of [0, -1, 1.5, BATCH_ROWS_MAX + 1]) expect(() => new BatchBuilder(rowsMax)).toThrow(RangeError);
  });
});
