import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addCell,
  addCells,
  commonShare,
  LIST_WEIGHT_MAX,
  listLength,
  listWeight,
  weightInList,
} from "../../src/stay/cell-list.js";
import { CELL_ROWS_MAX, cellRow, cellWeight, packCell } from "../../src/stay/record.js";

const LENGTH = 8;
/** Weights as the record holds them, in sixteenths. */
const WEIGHT = fc.integer({ min: 1, max: 32 }).map((sixteenths) => sixteenths / 16);
const ROW = fc.integer({ min: 0, max: 11 });
const ADDED = fc.array(fc.tuple(ROW, WEIGHT), { maxLength: 40, size: "max" });

type Added = readonly (readonly [row: number, weight: number])[];

function listOf(added: Added): Uint32Array {
  const words = new Uint32Array(LENGTH);
  for (const [row, weight] of added) addCell(words, 0, LENGTH, row, weight);
  return words;
}

/** What a list holds, by row. */
function held(words: Uint32Array): Map<number, number> {
  return new Map(
    Array.from(
      words.filter((packed) => packed !== 0),
      (packed) => [cellRow(packed), cellWeight(packed)],
    ),
  );
}

/** The same without packing: pairs in the order of weight, of which the last fades before a newcomer when there are enough. */
function expected(added: Added): Map<number, number> {
  let pairs: [row: number, weight: number][] = [];
  for (const [row, weight] of added) {
    const known = pairs.find((pair) => pair[0] === row);
    const last = pairs.at(-1) as [number, number];
    if (known !== undefined) known[1] += weight;
    else if (pairs.length < LENGTH) pairs.push([row, weight]);
    else if (last[1] > weight) last[1] -= weight;
    else pairs[LENGTH - 1] = [row, weight];
    pairs = pairs.toSorted((a, b) => b[1] - a[1]);
  }
  return new Map(pairs);
}

describe("a list of cells", () => {
  test("holds the sums of what was added, like a map, as long as it has seats", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: LENGTH - 1 }), WEIGHT), { maxLength: 40, size: "max" }),
        (added) => {
          const words = listOf(added);
          expect(held(words)).toEqual(expected(added));
          for (let row = 0; row < LENGTH; row++)
            expect(weightInList(words, 0, LENGTH, row)).toBe(expected(added).get(row) ?? 0);
          expect(listLength(words, 0, LENGTH)).toBe(held(words).size);
          expect(listWeight(words, 0, LENGTH)).toBeCloseTo(
            [...expected(added).values()].reduce((a, b) => a + b, 0),
            9,
          );
        },
      ),
    );
  });

  test("that is full lets its lightest cell fade before a newcomer takes the seat", () => {
    fc.assert(
      fc.property(ADDED, (added) => {
        expect(held(listOf(added))).toEqual(expected(added));
      }),
    );
  });

  test("is in the order of weight, without gaps", () => {
    fc.assert(
      fc.property(ADDED, (added) => {
        const weights = Array.from(listOf(added), (packed) => (packed === 0 ? 0 : cellWeight(packed)));
        expect(weights).toEqual(weights.toSorted((a, b) => b - a));
      }),
    );
  });

  test("is halved where it grows too heavy, so that the shares stay", () => {
    const words = listOf([
      ...Array.from({ length: 80 }, () => [1, 1] as const),
      ...Array.from({ length: 40 }, () => [2, 1] as const),
    ]);
    expect(listWeight(words, 0, LENGTH)).toBe(LIST_WEIGHT_MAX);
    addCell(words, 0, LENGTH, 2, 1);
    expect(held(words)).toEqual(
      new Map([
        [1, 40],
        [2, 20.5],
      ]),
    );
  });

  test("added to another is as if its cells had been heard there", () => {
    fc.assert(
      fc.property(ADDED, ADDED, (a, b) => {
        const both = new Uint32Array([...listOf(a), ...listOf(b)]);
        const apart = listOf(a);
        for (const [row, weight] of held(listOf(b))) addCell(apart, 0, LENGTH, row, weight);
        addCells(both, 0, LENGTH, both, LENGTH);
        expect(both.slice(0, LENGTH)).toEqual(apart);
      }),
    );
  });

  test("has all in common with itself, nothing with one of other cells, and as much with another as that with it", () => {
    fc.assert(
      fc.property(ADDED, ADDED, (a, b) => {
        fc.pre(a.length > 0 && b.length > 0);
        const words = new Uint32Array([...listOf(a), ...listOf(b)]);
        const share = commonShare(words, 0, LENGTH, LENGTH);
        expect(share).toBeCloseTo(commonShare(words, LENGTH, 0, LENGTH), 9);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1 + 1e-9);
        expect(commonShare(words, 0, 0, LENGTH)).toBeCloseTo(1, 9);
        const others = listOf(b.map(([row, weight]) => [row + 100, weight]));
        expect(commonShare(new Uint32Array([...listOf(a), ...others]), 0, LENGTH, LENGTH)).toBe(0);
      }),
    );
  });
});

test("a packed cell keeps its row and its weight to a sixteenth, and never looks like none", () => {
  fc.assert(
    fc.property(fc.nat(CELL_ROWS_MAX - 1), fc.double({ min: 0, max: 250, noNaN: true }), (row, weight) => {
      const packed = packCell(row, weight);
      expect(packed).not.toBe(0);
      expect(cellRow(packed)).toBe(row);
      expect(Math.abs(cellWeight(packed) - weight)).toBeLessThanOrEqual(1 / 16);
    }),
  );
});
