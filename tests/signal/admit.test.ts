import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { admit, admitParked, admitPromised } from "../../src/signal/admit.js";
import { BatchBuilder } from "../../src/signal/batch-builder.js";
import { newSignalEvent } from "../../src/signal/event.js";
import { Exclusion } from "../../src/signal/exclusion.js";
import { parseCell } from "../../src/signal/identity.js";
import { eventOf } from "../../src/time/event-buffer.js";
import { OPTIONS } from "../derivation.js";
import { loadSound } from "../geo/city-files.js";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-02-10T12:00:00+08:00");
const CELL = "cgi:460-00-1-1";
/** In service from 2026-01-01 on. */
const YOUNG = "cgi:460-00-1-4";

let city: LoadedCity;
beforeAll(() => {
  city = loadSound();
});

type Row = readonly [timeMs: number, cell: string, line?: number, tac?: number];

function take(partition: Partition, rows: readonly Row[], sequence = 1): void {
  const builder = new BatchBuilder(rows.length);
  const event = newSignalEvent();
  event.kind = 9;
  let batch = null;
  rows.forEach(([timeMs, cell, line, tac = 0], row) => {
    const key = parseCell(cell);
    if (key === null) throw new Error(cell);
    event.timeMs = timeMs;
    event.subscriberLo = 4;
    event.cellHi = key.hi;
    event.cellLo = key.lo;
    event.rowNumber = line ?? row;
    event.tac = tac;
    batch = builder.add(event);
  });
  if (batch !== null) admit(partition, batch, { sequence, origin: "file:a.csv" });
}

/** A partition whose clock stands at NOW_MS. */
function started(): Partition {
  const partition = new Partition(2, city, OPTIONS);
  partition.clock.promise(NOW_MS - OPTIONS.latenessMs);
  return partition;
}

const rejects = (partition: Partition) => partition.rows.rejected.map(({ reason, source }) => `${reason} ${source}`);

test("a device is told when it is first heard and when another takes its place, and not by events that name none", () => {
  const partition = started();
  take(partition, [
    [NOW_MS, CELL, 0, 35284011],
    [NOW_MS + 1000, CELL],
    [NOW_MS + 2000, CELL, 0, 35284011],
    [NOW_MS + 3000, CELL, 0, 86000001],
    [NOW_MS - 60 * MINUTE_MS, CELL, 0, 35284011],
  ]);
  const who = { subscriberHi: 0, subscriberLo: 4 };
  expect(partition.rows.devices).toEqual([
    { ...who, tac: 35284011, sinceMs: NOW_MS },
    { ...who, tac: 86000001, sinceMs: NOW_MS + 3000 },
  ]);
});

test("an event of a known cell within the lateness waits in the buffer, and everything is counted", () => {
  const partition = started();
  take(partition, [
    [NOW_MS, CELL],
    [NOW_MS - 9 * MINUTE_MS, CELL],
  ]);
  expect(partition.buffer.size).toBe(2);
  expect(partition.counts.events).toBe(2);
  expect(partition.rows.rejected).toEqual([]);
});

test("unknown and expired cells and late events are rejected by the line they stood in", () => {
  const partition = started();
  take(partition, [
    [NOW_MS, "cgi:460-00-9-9", 17],
    [NOW_MS - 11 * MINUTE_MS, CELL, 18],
    [Date.parse("2025-12-31T12:00:00+08:00"), YOUNG, 20],
  ]);
  expect(rejects(partition)).toEqual([
    "unknown_cell file:a.csv:17",
    "late file:a.csv:18",
    "expired_cell file:a.csv:20",
  ]);
  expect(JSON.parse(partition.rows.rejected[0]?.raw ?? "")).toEqual({
    time: new Date(NOW_MS).toISOString(),
    subscriber: "4",
    cell: "cgi:460-00-9-9",
    kind: "data",
  });
  expect(partition.buffer.size).toBe(0);
});

test("a cell is taken by the row that was in service at the time of the event", () => {
  const before = Date.parse("2026-02-28T12:00:00+08:00");
  const rows = [before, before + 2 * 86_400_000].map((timeMs) => {
    const partition = new Partition(0, city, OPTIONS);
    partition.clock.promise(timeMs - OPTIONS.latenessMs);
    take(partition, [[timeMs, YOUNG]]);
    return partition.buffer.contents().map((bucket) => eventOf(bucket, 0).cell)[0];
  });
  expect(rows[0]).not.toBe(rows[1]);
});

test("one event far ahead is parked, does not make its contemporaries late, and is given up at the end", () => {
  const partition = started();
  const ahead = NOW_MS + 30 * 86_400_000;
  take(partition, [
    [ahead, CELL],
    [NOW_MS + MINUTE_MS, CELL],
  ]);
  expect(partition.buffer.size).toBe(1);
  expect(rejects(partition)).toEqual([]);
  admitParked(partition);
  expect(rejects(partition)).toEqual([`time_ahead file:a.csv:time_ahead:4:${ahead}:${CELL}:data:1.0`]);
});

test("a stream that was silent and goes on is believed once enough events say so", () => {
  const partition = started();
  const later = NOW_MS + 3 * 86_400_000;
  take(
    partition,
    Array.from({ length: 20 }, (_, i) => [later + i * 1000, CELL] as const),
  );
  expect(partition.buffer.size).toBe(20);
  expect(partition.rows.rejected).toEqual([]);
  expect(partition.clock.state.latestMs).toBe(later + 19_000);
});

test("what a sender promises confirms a parked event at once, and none that lies beyond the promise", () => {
  const partition = started();
  const later = NOW_MS + 3 * 86_400_000;
  take(partition, [
    [later, CELL],
    [later + 30 * MINUTE_MS, CELL],
  ]);
  expect(partition.buffer.size).toBe(0);
  admitPromised(partition, later);
  expect(partition.buffer.size).toBe(1);
  expect(partition.clock.state.parked.map(({ timeMs }) => timeMs)).toEqual([later + 30 * MINUTE_MS]);
});

test("of a batch that is taken as a whole becomes what does where each event is looked at by itself", () => {
  // Mostly within the lateness, so that many batches are taken as a whole, and some are not.
  const minutes = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -4, max: 4 }) },
    fc.integer({ min: -20, max: 20 }),
  );
  const row = fc
    .tuple(minutes, fc.constantFrom(CELL, YOUNG, "cgi:460-00-9-9"))
    .map(([m, cell]): Row => [NOW_MS + m * MINUTE_MS, cell]);
  fc.assert(
    fc.property(fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { maxLength: 6 }), (batches) => {
      const [together, each] = [started(), started()];
      // Somebody else is excluded: all are asked for.
      each.exclusion = new Exclusion([{ hi: 9, lo: 9, sentUntilMs: Number.POSITIVE_INFINITY }]);
      const [one, other] = [together, each].map((partition) => {
        for (const [sequence, rows] of batches.entries()) take(partition, rows, sequence);
        const { buffer, clock, counts } = partition;
        const waiting = buffer
          .contents()
          .map((bucket) => Array.from({ length: bucket.count }, (_, i) => eventOf(bucket, i)));
        return { waiting, clock: clock.state, counts, rejects: rejects(partition) };
      });
      expect(one).toEqual(other);
    }),
  );
});
