import fc from "fast-check";
import { expect, test } from "vitest";
import { errorsOf, f1Of, mean, median, quantile, share } from "../../src/score/statistics.js";

test("the median is the middle value, and nothing has none", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([])).toBeNaN();
});

test("a quantile is one of the values, and its part of the others lies at or below it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.integer({ min: 0, max: 99 }), (values, percent) => {
      const found = quantile(values, percent / 100);
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length).toBeGreaterThan((percent / 100) * values.length);
      expect(values.filter((value) => value < found).length).toBeLessThanOrEqual((percent / 100) * values.length);
    }),
  );
});

test("errors are told from the smallest to the largest", () => {
  const { count, quantiles, p90 } = errorsOf([...Array(101).keys()].reverse());
  expect([count, quantiles[0], quantiles.at(-1), p90]).toEqual([101, 0, 100, 90]);
  expect(errorsOf([]).median).toBeNaN();
});

test("what has nothing to divide by is no number, and means leave it out", () => {
  expect(share(0, 0)).toBeNaN();
  expect(mean([1, Number.NaN, 3])).toBe(2);
  expect(mean([])).toBeNaN();
});

test("F1 is the harmonic mean of precision and recall", () => {
  expect(f1Of(10, 5, 5)).toBeCloseTo((2 * 1 * 0.5) / 1.5);
  expect(f1Of(4, 0, 0)).toBe(0);
  expect(f1Of(0, 0, 0)).toBeNaN();
});
