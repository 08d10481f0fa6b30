import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { dropDuplicates } from "../../src/signal/duplicates.js";
import { OPTIONS, smallCity } from "../derivation.js";
import { released } from "../time/released.js";

let city: LoadedCity;
beforeAll(() => {
  city = smallCity();
});

interface Event {
  readonly ms: number;
  readonly subscriber: number;
  readonly cell: number;
  readonly kind: number;
}

const MINUTE = 29_460_000;

/** How many of these events of one minute are kept, and the partition with its rejects. */
function cleaned(events: readonly Event[], origin = "file:a.csv"): { kept: number; partition: Partition } {
  const partition = new Partition(1, city, OPTIONS);
  partition.origins.note(7, origin);
  events.forEach(({ ms, subscriber, cell, kind }, row) => {
    const slot = partition.stays.table.slotOf(0, subscriber);
    partition.buffer.add(MINUTE * 60_000 + ms, slot, cell, kind, 65_536 * 7 + row);
  });
  let kept = 0;
  for (const bucket of released(partition.buffer, Number.POSITIVE_INFINITY)) {
    dropDuplicates(partition, bucket);
    kept += bucket.count;
  }
  return { kept, partition };
}

const A = { ms: 500, subscriber: 1, cell: 2, kind: 9 };
const B = { ...A, cell: 3 };

test("A, B, A at one timestamp: the second A is a duplicate, though B lies between", () => {
  const { kept, partition } = cleaned([A, B, A]);
  expect(kept).toBe(2);
  expect(partition.counts.rejected.duplicate).toBe(1);
  expect(partition.rows.rejected).toMatchObject([
    { reason: "duplicate", source: `file:a.csv:duplicate:1:${MINUTE * 60_000 + 500}:ecgi:460-00-1002:data:2` },
  ]);
});

test("what differs in subscriber, time, cell or kind is no duplicate", () => {
  const { partition } = cleaned([A, B, { ...A, subscriber: 2 }, { ...A, ms: 501 }, { ...A, kind: 8 }]);
  expect(partition.counts.rejected.duplicate).toBe(0);
  expect(partition.rows.rejected).toEqual([]);
});

test("of any events exactly the distinct ones are kept, and every other one is a reject of its own", () => {
  const event = fc.record({
    ms: fc.integer({ min: 0, max: 2 }),
    subscriber: fc.integer({ min: 1, max: 3 }),
    cell: fc.integer({ min: 0, max: 2 }),
    kind: fc.integer({ min: 0, max: 1 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const distinct = new Set(events.map((one) => `${one.ms} ${one.subscriber} ${one.cell} ${one.kind}`));
      const { kept, partition } = cleaned(events);
      expect(kept).toBe(distinct.size);
      const sources = partition.rows.rejected.map(({ source }) => source);
      expect(new Set(sources).size).toBe(events.length - distinct.size);
    }),
  );
});

test("the duplicates of two files are rows of their own, and those of the same file again are the same rows", () => {
  const sources = (origin: string, events: readonly Event[]) =>
    cleaned(events, origin).partition.rows.rejected.map(({ source }) => source);
  const first = sources("file:a.csv", [A, A, A]);
  expect(new Set([...first, ...sources("file:b.csv", [A, A, A])]).size).toBe(4);
  expect(sources("file:a.csv", [B, A, A, A])).toEqual(first);
  expect(
    sources("file:a.csv", [
      { ...A, ms: 501 },
      { ...A, ms: 501 },
    ]),
  ).not.toContain(first[0]);
});
