import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildCellIndex } from "../../src/geo/cell-index.js";
import { NONE } from "../../src/geo/city.js";
import { rowAt } from "./city-files.js";

interface Row {
  readonly hi: number;
  readonly lo: number;
  readonly from: number;
  readonly to: number;
}

function indexOf(
  rows: readonly Row[],
): ReturnType<typeof buildCellIndex> & { validFromMs: Float64Array; validToMs: Float64Array; overlaps: number[][] } {
  const overlaps: number[][] = [];
  const columns = {
    count: rows.length,
    keyHi: Uint32Array.from(rows, (row) => row.hi),
    keyLo: Uint32Array.from(rows, (row) => row.lo),
    validFromMs: Float64Array.from(rows, (row) => row.from),
    validToMs: Float64Array.from(rows, (row) => row.to),
  };
  return { ...columns, ...buildCellIndex(columns, (row, other) => overlaps.push([row, other])), overlaps };
}

const open = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

describe("the cell index", () => {
  it("finds every key among random ones, and none that is not there", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const keys = fc.uniqueArray(fc.tuple(word, word), { selector: ([hi, lo]) => `${hi}:${lo}`, maxLength: 200 });
    fc.assert(
      fc.property(keys, word, word, (pairs, hi, lo) => {
        const index = indexOf(pairs.map(([h, l]) => ({ hi: h, lo: l, ...open })));
        for (const [row, [h, l]] of pairs.entries()) expect(index.find(h, l)).toBe(row);
        expect(index.find(hi, lo)).toBe(pairs.findIndex(([h, l]) => h === hi && l === lo));
      }),
    );
  });

  it("chains the validities of a cell in the order of time, whatever the order of rows", () => {
    const starts = fc.shuffledSubarray([10, 20, 30, 40, 50], { minLength: 1 });
    fc.assert(
      fc.property(starts, fc.integer({ min: 0, max: 70 }), (list, time) => {
        const index = indexOf(list.map((from) => ({ hi: 1, lo: 2, from, to: from + 7 })));
        const chain: number[] = [];
        for (let row = index.find(1, 2); row !== NONE; row = index.next[row] as number) chain.push(list[row] as number);
        expect(chain).toEqual([...list].sort((a, b) => a - b));
        const expected = list.findIndex((from) => time >= from && time < from + 7);
        expect(rowAt(index, index.find(1, 2), time)).toBe(expected);
      }),
    );
  });

  it("tells of validities that overlap, and not of those that touch", () => {
    const row = (from: number, to: number): Row => ({ hi: 1, lo: 1, from, to });
    expect(indexOf([row(0, 10), row(10, 20)]).overlaps).toEqual([]);
    expect(indexOf([row(0, 10), row(10, 20), row(15, 16)]).overlaps).toEqual([[2, 1]]);
    expect(indexOf([{ hi: 1, lo: 1, ...open }, row(5, 6)]).overlaps).toEqual([[1, 0]]);
  });
});
