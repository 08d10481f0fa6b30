import { expect, test } from "vitest";
import type { Delivery, Source } from "../../src/source/source.js";
import { watched } from "../../src/source/watched.js";

test("a watched source is asked for the same deliveries, which are seen before they are passed on", async () => {
  const asked: unknown[] = [];
  const none = { batch: null, rejects: [], watermarkMs: null, origin: "file:a.csv", receivedMs: 0, pendingMessages: 0 };
  const deliveries = [1, 2].map((sequence): Delivery => ({ ...none, partition: 0, sequence }));
  const source: Source = {
    async *deliveries(...from) {
      asked.push(from);
      yield* deliveries;
    },
    acknowledge: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const course: string[] = [];
  const from = [new Map([[0, 7]]), new Map([[0, 1_767_225_600_000]])] as const;
  for await (const { sequence } of watched(source, (delivery) => course.push(`seen ${delivery.sequence}`)).deliveries(
    ...from,
  ))
    course.push(`passed ${sequence}`);
  expect(asked).toEqual([from]);
  expect(course).toEqual(["seen 1", "passed 1", "seen 2", "passed 2"]);
});
