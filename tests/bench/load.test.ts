import { beforeAll, expect, test } from "vitest";
import { benchLoad, percentiles } from "../../bench/load.js";
import { build } from "../smoke/lifecircle.js";

beforeAll(build);

test("the load benchmark feeds an engine and asks its API, tiny; who is turned away is told when to ask again", async () => {
  const phases = await benchLoad({
    ...{ clients: 12, seconds: 2, pauseMs: 100 },
    ...{ subscribers: 100, perDay: 200, livePerDay: 400, fillSeconds: 2, warmSeconds: 1, apart: 1, seed: 1 },
  });
  expect(phases.map(({ asked }) => asked.length > 0)).toEqual([false, false, true, true]);
  const asked = phases.flatMap((phase) => phase.asked);
  expect(asked.filter(({ status }) => status === 200).length).toBeGreaterThan(5);
  expect([...new Set(asked.map(({ status }) => status))].filter((status) => ![200, 404, 429].includes(status))).toEqual(
    [],
  );
  expect(asked.filter(({ status, saidWhen }) => status === 429 && !saidWhen)).toEqual([]);
});

test("of the times of answers the share that lies below is told", () => {
  const asked = Array.from({ length: 200 }, (_, i) => ({
    ...({ operation: "listCircles", status: 200, saidWhen: false } as const),
    ms: i + 1,
  }));
  expect(percentiles(asked)).toEqual({ p50: 101, p99: 199, most: 200 });
});
