import { expect, test } from "vitest";
import { benchTriggers } from "../../bench/triggers.js";

test("the triggers benchmark tells of entries and leaves, and what the engine derives is the same with fences and without, tiny", async () => {
  const figure = await benchTriggers({ fences: 300, subscribers: 60, perDay: 300, days: 1, seed: 1 });
  expect(figure.events).toBeGreaterThan(10_000);
  expect(figure.told).toBeGreaterThan(20);
  expect(figure.fencesPerCell).toBeGreaterThan(0);
  expect(figure.sameRows).toBe(true);
  expect(figure.hash).toMatch(/^[0-9a-f]{8}$/);
});
