import fc from "fast-check";
import { expect, test } from "vitest";
import { BucketOrder, type OrderedColumns } from "../../src/time/bucket-order.js";
import { eventWord } from "../../src/time/event-word.js";

type Row = readonly [ms: number, slot: number, cell: number, kind: number, reference: number];

function columnsOf(rows: readonly Row[]): OrderedColumns {
  return {
    count: rows.length,
    slot: Uint32Array.from(rows, ([, slot]) => slot),
    word: Uint32Array.from(rows, ([ms, , cell, kind]) => eventWord(Math.floor(ms / 1000), cell, kind)),
    ms: Uint16Array.from(rows, ([ms]) => ms % 1000),
    reference: Float64Array.from(rows, ([, , , , reference]) => reference),
  };
}

function oracle(rows: readonly Row[]): number[] {
  const keys = rows.map(([ms, slot, cell, kind, reference]) => [slot, ms, cell, kind, reference]);
  return [...rows.keys()].sort((a, b) => {
    const differs = [0, 1, 2, 3, 4].find((k) => keys[a]?.[k] !== keys[b]?.[k]);
    return differs === undefined ? a - b : (keys[a]?.[differs] ?? 0) - (keys[b]?.[differs] ?? 0);
  });
}

/** The rows in order; each with its slot. */
function orderOf(order: BucketOrder, rows: readonly Row[]): number[] {
  const pairs = order.of(columnsOf(rows));
  return rows.map((_, i) => {
    const row = pairs[2 * i + 1] as number;
    expect(pairs[2 * i]).toBe(rows[row]?.[1]);
    return row;
  });
}

/** Few values each, so that ties are common; slots of one to four bytes. */
const someRows = (slotMax: number, rowsMax: number): fc.Arbitrary<Row[]> =>
  fc
    .array(
      fc.tuple(
        fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 59_999 })),
        fc.oneof(fc.nat({ max: 4 }), fc.integer({ min: 0, max: slotMax })),
        fc.nat({ max: 2 }),
        fc.nat({ max: 1 }),
      ),
      { maxLength: rowsMax },
    )
    .map((rows) => rows.map((row, at) => [...row, at % 7] as Row));

test("rows come by slot, then time, cell, kind and reference, few of them and many", () => {
  const order = new BucketOrder();
  const sizes = fc.constantFrom([0xff, 30], [0xff, 200], [0xffff, 300], [0xff_ffff, 300], [0xffff_ffff, 300]);
  fc.assert(
    fc.property(
      sizes.chain(([slotMax, rowsMax]) => someRows(slotMax as number, rowsMax as number)),
      (rows) => {
        expect(orderOf(order, rows)).toEqual(oracle(rows));
      },
    ),
  );
});

test("a small bucket after a large one has its own order", () => {
  const order = new BucketOrder();
  const large = Array.from({ length: 5000 }, (_, i): Row => [0, Math.imul(i, 0x9e37_79b1) >>> 0, 0, 0, i]);
  expect(orderOf(order, large)).toEqual(oracle(large));
  const small: Row[] = [
    [5, 2, 0, 0, 0],
    [5, 1, 0, 0, 1],
  ];
  expect(orderOf(order, small)).toEqual([1, 0]);
});
