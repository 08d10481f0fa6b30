import { expect, test } from "vitest";
import { lineParts } from "../../web/line-shape.js";

test("a line goes from the left to the right, from 0 to its greatest value", () => {
  expect(lineParts([0, 10, 5], 100, 20)).toEqual([
    [
      [0, 20],
      [50, 0],
      [100, 10],
    ],
  ]);
  expect(lineParts([0, 0], 100, 20)).toEqual([
    [
      [0, 20],
      [100, 20],
    ],
  ]);
});

test("what is not told keeps its place, and a value alone is a dash", () => {
  expect(lineParts([null, 4, null, 2, 4], 100, 20)).toEqual([
    [
      [12.5, 0],
      [37.5, 0],
    ],
    [
      [75, 10],
      [100, 0],
    ],
  ]);
  expect(lineParts([null, null, 4], 100, 20)).toEqual([
    [
      [75, 0],
      [100, 0],
    ],
  ]);
  expect(lineParts([null, null], 100, 20)).toEqual([]);
  expect(lineParts([], 100, 20)).toEqual([]);
});
