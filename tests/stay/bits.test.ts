import fc from "fast-check";
import { expect, test } from "vitest";
import { countBits } from "../../src/stay/bits.js";

test("the bits of a mask are the ones of its binary text", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (mask) => {
      expect(countBits(mask)).toBe(mask.toString(2).replaceAll("0", "").length);
    }),
    { examples: [[0], [2 ** 32 - 1], [2 ** 31]] },
  );
});
