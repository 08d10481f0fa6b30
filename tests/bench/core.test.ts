import { expect, test } from "vitest";
import { benchCore } from "../../bench/core.js";

test("the core benchmark derives stays and memberships of its traffic, tiny", async () => {
  const figure = await benchCore({ subscribers: 100, perDay: 400, days: 4, seconds: 60, warm: 0, end: 1, seed: 1 });
  expect(figure.subscribers).toBe(100);
  expect(figure.events).toBeGreaterThan(100_000);
  expect(figure.stays).toBeGreaterThan(400);
  expect(figure.personDays).toBe(400);
  expect(figure.longestMilliseconds).toBeGreaterThan(0);
  expect(figure.memberships).toBeGreaterThan(200);
  expect(figure.rows).toBeGreaterThan(figure.stays + figure.memberships);
  expect(figure.bareEventsPerSecond).toBeGreaterThan(figure.eventsPerSecond);
  expect(figure.hash).toMatch(/^[0-9a-f]{8}$/);
});
