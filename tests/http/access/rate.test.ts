import { expect, test } from "vitest";
import { Places, RateLimiter } from "../../../src/http/access/rate.js";

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

test("so many have a place, which is given back once", () => {
  const places = new Places(2);
  const first = places.enter();
  expect(places.enter()).not.toBeNull();
  expect(places.enter()).toBeNull();
  first?.();
  first?.();
  expect(places.enter()).not.toBeNull();
  expect(places.enter()).toBeNull();
});
