import fc from "fast-check";
import { expect, test } from "vitest";
import { checkRuns, deltaLengths, PageReader } from "../../src/source/parquet-runs.js";

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];

/** Bits as one run a stretch of equal ones, or packed in eights where `isPacked`. */
function encoded(bits: readonly number[], isPacked: boolean): number[] {
  if (!isPacked) {
    const out: number[] = [];
    for (let at = 0; at < bits.length; ) {
      let to = at;
      while (bits[to] === bits[at] && to < bits.length) to++;
      out.push(...varint((to - at) * 2), bits[at] as number);
      at = to;
    }
    return out;
  }
  const groups = Math.ceil(bits.length / 8);
  const bytes = Array.from({ length: groups }, (_, group) =>
    bits.slice(group * 8, group * 8 + 8).reduce((byte, bit, i) => byte | (bit << i), 0),
  );
  return [...varint(groups * 2 + 1), ...bytes];
}

test("the ones of a run are counted as they are, however it is written", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 200 }),
      fc.boolean(),
      (bits, isPacked) => {
        const reader = new PageReader(Uint8Array.from(encoded(bits, isPacked)));
        expect(checkRuns(reader, 1, bits.length)).toBe(bits.filter((bit) => bit === 1).length);
        expect(reader.at).toBe(reader.end);
      },
    ),
  );
});

test("a run may fill up its group and no more", () => {
  const long = (values: number) => new PageReader(Uint8Array.from([...varint(values * 2), 1]));
  expect(checkRuns(long(508), 1, 5)).toBe(5);
  expect(() => checkRuns(long(510), 1, 5)).toThrow("a run of 510 values where 5 are left");
});

test("lengths of deltas are those written, and no more than there may be", () => {
  // 128 values of one miniblock in which each is three more than the one before: zigzag 5, then 3 and no bits.
  const bytes = Uint8Array.from([...varint(128), 1, 100, 10, 6, 0]);
  expect([...deltaLengths(new PageReader(bytes), 4, 100)]).toEqual([5, 8, 11, 14]);
  expect(() => deltaLengths(new PageReader(bytes), 4, 37)).toThrow("texts of 38 bytes");
  expect(() => deltaLengths(new PageReader(Uint8Array.from([...varint(128), 1, 100, 1, 0, 0])), 4, 100)).toThrow(
    "texts of -1",
  );
});
