import { expect, test } from "vitest";
import { benchCore } from "../../bench/core.js";

test("the core benchmark derives stays and memberships of its traffic, and the same ones again, tiny", async () => {
  const options = { subscribers: 100, perDay: 100, days: 4, seconds: 60, seed: 1 };
  const first = await benchCore(options);
  const second = await benchCore(options);
  expect(first.subscribers).toBe(100);
  expect(first.events).toBeGreaterThan(20_000);
  expect(first.stays).toBeGreaterThan(400);
  expect(first.personDays).toBeGreaterThan(300);
  expect(first.memberships).toBeGreaterThan(200);
  expect(first.bareEventsPerSecond).toBeGreaterThan(first.eventsPerSecond);
  expect([second.events, second.rows, second.hash]).toEqual([first.events, first.rows, first.hash]);
});
