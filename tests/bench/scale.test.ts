import { beforeAll, expect, test } from "vitest";
import { measureScale } from "../../bench/scale.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the scale benchmark feeds an engine that shares partitions over a cluster of three servers, tiny, and all events arrive", async () => {
  const figure = await measureScale({ subscribers: 200, perDay: 400, events: 20_000, seed: 1 }, 1, 3);
  expect(figure.events).toBeGreaterThanOrEqual(20_000);
  expect(figure.eventsPerSecond).toBeGreaterThan(0);
  expect(figure.engineMicros).toBeGreaterThan(0);
  expect(figure.stays).toBeGreaterThan(0);
});
