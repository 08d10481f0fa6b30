import fc from "fast-check";
import { expect, test } from "vitest";
import { straightLine } from "../../src/geo/straight-line.js";

test("a straight line is as long as Pythagoras says, to the last bit where that is a whole number", () => {
  expect([straightLine(3, 4), straightLine(-12, 5), straightLine(0, -7), straightLine(0, 0)]).toEqual([5, 13, 7, 0]);
  const metres = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(metres, metres, (dx, dy) => {
      const least = Math.max(Math.abs(dx), Math.abs(dy));
      const length = straightLine(dx, dy);
      expect(length).toBeGreaterThanOrEqual(least);
      expect(Math.abs(length - Math.hypot(dx, dy))).toBeLessThanOrEqual(4 * Number.EPSILON * least);
      expect(straightLine(dy, -dx)).toBe(length);
    }),
  );
});

test("no length is lost or gets out of hand where squares would", () => {
  expect(straightLine(3e200, 4e200)).toBeCloseTo(5e200, -190);
  expect(straightLine(3e-200, 4e-200) / 5e-200).toBeCloseTo(1, 12);
});
