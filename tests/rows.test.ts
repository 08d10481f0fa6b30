import fc from "fast-check";
import { expect, test } from "vitest";
import { PresenceRows } from "../src/rows.js";

const someRows = fc.array(
  fc.record({
    slotMs: fc.nat().map((slot) => slot * 900_000),
    h3Hi: fc.nat({ max: 0xffff_ffff }),
    h3Lo: fc.nat({ max: 0xffff_ffff }),
    region: fc.constantFrom("", "R1", "R2"),
    circle: fc.constantFrom("", "film"),
    partition: fc.nat({ max: 65_535 }),
    subscribers: fc.nat({ max: 0xffff_ffff }),
  }),
  { maxLength: 300 },
);

test("rows of presence come back as they were put in, those of a second set after those of the first", () => {
  fc.assert(
    fc.property(someRows, someRows, (first, second) => {
      const rows = PresenceRows.of(first);
      rows.append(PresenceRows.of(second));
      expect([...rows]).toEqual([...first, ...second]);
      expect(rows.length).toBe(first.length + second.length);
    }),
  );
});
