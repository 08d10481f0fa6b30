import { beforeAll, expect, test } from "vitest";
import { benchEndToEnd } from "../../bench/end-to-end.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the end-to-end benchmark sees every message through NATS, engine and store, tiny, and the stays are those of the core alone", async () => {
  const figure = await benchEndToEnd({
    subscribers: 200,
    perDay: 400,
    seconds: 1.5,
    flushSeconds: 0.2,
    engines: 1,
    check: 1,
    seed: 1,
  });
  expect(figure.phases).toHaveLength(4);
  expect(figure.events).toBeGreaterThanOrEqual(4096);
  const [fastest] = figure.phases;
  expect(fastest?.messages).toBeGreaterThan(0);
  expect(fastest?.p99Seconds).toBeLessThan(60);
  expect(fastest?.p50Seconds).toBeLessThanOrEqual(fastest?.p99Seconds as number);
  expect(fastest?.cpu.engine).toBeGreaterThan(0);
  expect(figure.stays).toBeGreaterThan(0);
  expect(figure.expected).toEqual({ stays: figure.stays, hash: figure.hash });
});
