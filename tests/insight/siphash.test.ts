import { expect, test } from "vitest";
import { sipHash, sipKey } from "../../src/insight/siphash.js";

const key = sipKey(Uint8Array.from({ length: 16 }, (_, i) => i));
const hex = ([low, high]: [number, number]) => high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");

test("the values are those of the reference implementation (key 00..0f, messages of 0, 8 and 15 bytes that count up)", () => {
  const message = (length: number) => String.fromCharCode(...Array.from({ length }, (_, i) => i));
  expect(hex(sipHash(key, message(0)))).toBe("726fdb47dd0e0e31");
  expect(hex(sipHash(key, message(8)))).toBe("93f5f5799a932462");
  expect(hex(sipHash(key, message(15)))).toBe("a129ca6149be45e5");
});
