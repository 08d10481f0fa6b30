import fc from "fast-check";
import { expect, test } from "vitest";
import { cellOf, eventWord, kindOf, secondOf } from "../../src/time/event-word.js";

test("a word gives back the second, the cell and the kind, up to the largest of each, and is ordered by them", () => {
  const heard = fc.tuple(
    fc.integer({ min: 0, max: 59 }),
    fc.oneof(fc.constant(2 ** 20 - 1), fc.integer({ min: 0, max: 2 ** 20 - 1 })),
    fc.integer({ min: 0, max: 15 }),
  );
  fc.assert(
    fc.property(heard, heard, (a, b) => {
      const [one, other] = [eventWord(...a), eventWord(...b)];
      expect([secondOf(one), cellOf(one), kindOf(one)]).toEqual(a);
      expect(Math.sign(one - other)).toBe(Math.sign(a[0] - b[0] || a[1] - b[1] || a[2] - b[2]));
    }),
  );
});
