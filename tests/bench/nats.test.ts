import { expect, test } from "vitest";
import { measureNats } from "../../bench/nats.js";

test("the benchmark counts every event on each way through NATS", async () => {
  const figures = await measureNats(20_000);
  expect(figures.map(({ events }) => events)).toEqual([32_768, 32_768, 32_768, 3277]);
  for (const { eventsPerSecond } of figures) expect(eventsPerSecond).toBeGreaterThan(0);
});
