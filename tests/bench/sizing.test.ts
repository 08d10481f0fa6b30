import fc from "fast-check";
import { expect, test } from "vitest";
import { SIZING, sizeOf } from "../../bench/sizing.js";

test("what is to be bought never shrinks when people are added", () => {
  const people = fc.integer({ min: 1, max: 2e8 });
  fc.assert(
    fc.property(people, people, (a, b) => {
      const [fewer, more] = [sizeOf(Math.min(a, b), SIZING), sizeOf(Math.max(a, b), SIZING)];
      for (const [key, value] of Object.entries(fewer))
        expect(more[key as keyof typeof more], key).toBeGreaterThanOrEqual(value);
    }),
  );
});

test("twenty million people send a million events a second at the peak, and their stream is 346 GB a day", () => {
  const size = sizeOf(20_000_000, SIZING);
  expect(size.eventsPerSecondPeak).toBe(1_000_000);
  expect(size.natsGbPerDay).toBe(345.6);
  expect(size.engineCores).toBe(Math.ceil(0.8 / 0.6));
  expect(size.natsServers).toBe(3);
});
