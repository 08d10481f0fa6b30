import { expect, test } from "vitest";
import { Gate, RateLimiter } from "../../../src/http/access/rate.js";

test("a silent key may ask so many at once, then so many a second, and others are not its concern", () => {
  const limiter = new RateLimiter({ perSecondMax: 2, burstMax: 3 });
  expect([0, 0, 0, 0].map(() => limiter.take("a", 0))).toEqual([0, 0, 0, 1]);
  expect(limiter.take("b", 0)).toBe(0);
  expect([limiter.take("a", 500), limiter.take("a", 500), limiter.take("a", 1000)]).toEqual([0, 1, 0]);
  expect([1, 2, 3, 4].map(() => limiter.take("a", 60_000))).toEqual([0, 0, 0, 1]);
});

test("the seconds to wait are enough", () => {
  const limiter = new RateLimiter({ perSecondMax: 0.1, burstMax: 1 });
  limiter.take("a", 0);
  const seconds = limiter.take("a", 0);
  expect(seconds).toBe(10);
  expect(limiter.take("a", seconds * 1000)).toBe(0);
});

test("so many work, so many wait in their order, and the others are turned away at once", async () => {
  const gate = new Gate({ atWorkMax: 1, waitingMax: 1, waitMsMax: 60_000 });
  const first = await gate.enter();
  let isIn = false;
  const second = gate.enter().then((leave) => {
    isIn = true;
    return leave;
  });
  expect(await gate.enter()).toBeNull();
  expect(isIn).toBe(false);
  first?.();
  first?.();
  const leave = await second;
  expect(isIn).toBe(true);
  leave?.();
  expect(await gate.enter()).not.toBeNull();
});

test("who waits too long is turned away, and those behind keep their order", async () => {
  const gate = new Gate({ atWorkMax: 1, waitingMax: 9, waitMsMax: 20 });
  const leave = await gate.enter();
  expect(await gate.enter()).toBeNull();
  const next = gate.enter();
  leave?.();
  expect(await next).not.toBeNull();
});

test("who would wait too long by what questions take is turned away at once, and not after the wait", async () => {
  const gate = new Gate({ atWorkMax: 1, waitingMax: 99, waitMsMax: 40 });
  for (let i = 0; i < 20; i++) {
    const leave = await gate.enter();
    await new Promise((resolve) => setTimeout(resolve, 50));
    leave?.();
  }
  const leave = await gate.enter();
  const waits = gate.enter();
  const others = Array.from({ length: 5 }, () => gate.enter());
  const startMs = performance.now();
  await Promise.race(others);
  expect(performance.now() - startMs).toBeLessThan(20);
  leave?.();
  (await waits)?.();
});

test("of what is shared fewer are let in the longer it takes, one always, and all again once it is quick", async () => {
  const gate = new Gate({ atWorkMax: 16, waitingMax: 0, waitMsMax: 0, workMsMax: 20 });
  const inAtOnce = async (ms: number) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => gate.enter()));
    await new Promise((resolve) => setTimeout(resolve, ms));
    const leaves = all.filter((leave) => leave !== null);
    for (const leave of leaves) leave();
    return leaves.length;
  };
  expect(await inAtOnce(1)).toBe(16);
  for (let i = 0; i < 4; i++) await inAtOnce(45);
  const few = await inAtOnce(45);
  expect(few).toBeGreaterThanOrEqual(1);
  expect(few).toBeLessThanOrEqual(5);
  for (let i = 0; i < 6; i++) await inAtOnce(200);
  expect(await inAtOnce(1)).toBe(1);
  for (let i = 0; i < 60; i++) await inAtOnce(0);
  expect(await inAtOnce(0)).toBe(16);
});
