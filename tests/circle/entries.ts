import fc from "fast-check";
import { type DiaryEntry, LEG, STAY, TOUCH } from "../../src/circle/diary.js";

export const MINUTE = 60;
export const BEGIN = 1_780_000_000 - (1_780_000_000 % MINUTE);

const entry = fc.record({
  kind: fc.constantFrom(STAY, LEG, TOUCH),
  startSec: fc.nat(28 * 1440).map((minute) => BEGIN + minute * MINUTE),
  minutes: fc.integer({ min: 1, max: 3000 }),
  arrivalErrorSec: fc.nat(14_000),
  departureErrorSec: fc.nat(14_000),
  x: fc.integer({ min: -100_000, max: 100_000 }),
  y: fc.integer({ min: -100_000, max: 100_000 }),
  candidates: fc.array(
    fc.record({ venue: fc.nat(2 ** 24 - 1), probability: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
    {
      maxLength: 3,
    },
  ),
  metro: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.double({ min: -15, max: 15, noNaN: true })),
  bus: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.double({ min: -15, max: 15, noNaN: true })),
});
/** Entries of a diary, in the order in which they ended. */
export const entries = fc
  .array(entry, { maxLength: 60 })
  .map((all): DiaryEntry[] =>
    all
      .map(({ minutes, ...one }) => ({ ...one, endSec: one.startSec + minutes * MINUTE }))
      .sort((a, b) => a.endSec - b.endSec),
  );
