import fc from "fast-check";
import { expect, test } from "vitest";
import { exp, ln } from "../../src/stay/logarithm.js";

test("logarithms are those of the library, of all that is above 0", () => {
  const numbers = fc.oneof(
    fc.double({ min: 1e-4, max: 2, noNaN: true }),
    fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
  );
  fc.assert(
    fc.property(numbers, (x) => {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-12 * Math.max(1, Math.abs(Math.log(x))));
    }),
    { numRuns: 20_000 },
  );
});

test("and where there is none, they say so", () => {
  expect(ln(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(ln(-1)).toBeNaN();
  expect(ln(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(ln(1)).toBeCloseTo(0, 12);
});

test("powers of e are those of the library, down to what is next to nothing", () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 0, noNaN: true }), (x) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
    }),
    { numRuns: 20_000 },
  );
  expect(exp(0)).toBe(1);
  expect(exp(-701)).toBe(0);
  expect(exp(Number.NEGATIVE_INFINITY)).toBe(0);
});
