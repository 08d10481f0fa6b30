import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../src/simulate/random.js";
import { RowBuffer } from "../../src/simulate/row-buffer.js";

function filled(count: number): RowBuffer {
  const rows = new RowBuffer();
  for (let i = 0; i < count; i++) rows.add(i, i % 3, i % 5, i % 10, -i);
  return rows;
}

test("thinning keeps so many of the last rows, whole and in their order, and all before them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 80 }),
      fc.integer(),
      (before, after, most, seed) => {
        const rows = filled(before + after);
        rows.thin(before, most, new Random(seed));
        expect(rows.count).toBe(before + Math.min(after, most));
        for (let i = 0; i < rows.count; i++) {
          const was = rows.timeMs[i] as number;
          if (i < before) expect(was).toBe(i);
          if (i > 0) expect(was).toBeGreaterThan(rows.timeMs[i - 1] as number);
          expect([rows.person[i], rows.cell[i], rows.kind[i]]).toEqual([was % 3, was % 5, was % 10]);
          expect(rows.peer[i] === -was || was === 0).toBe(true);
        }
      },
    ),
  );
});

test("thinning gives every row the same chance", () => {
  const kept = new Array<number>(10).fill(0);
  const random = new Random(1);
  for (let round = 0; round < 5000; round++) {
    const rows = filled(10);
    rows.thin(0, 3, random);
    for (let i = 0; i < rows.count; i++) kept[rows.timeMs[i] as number] = (kept[rows.timeMs[i] as number] ?? 0) + 1;
  }
  for (const times of kept) expect(Math.abs(times / 5000 - 0.3)).toBeLessThan(0.03);
});

test("a limit without an end keeps all", () => {
  const rows = filled(30);
  rows.thin(0, Number.POSITIVE_INFINITY, new Random(1));
  expect(rows.count).toBe(30);
});
