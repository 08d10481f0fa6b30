import fc from "fast-check";
import { expect, test } from "vitest";
import { OPEN, OPEN_START, PLACE_CELL, PLACES } from "../../src/stay/record.js";
import { putRecords, snapshotRecords } from "../../src/stay/record-words.js";
import { slotsBelow } from "../../src/stay/slot-set.js";
import { SubscriberTable } from "../../src/stay/subscriber-table.js";

/** Writes something of its own into a record's rest, and into one of its places. */
function mark(table: SubscriberTable, slot: number, value: number): void {
  const rest = table.ownRest(slot);
  table.words[rest + OPEN + OPEN_START] = value;
  const place = table.ownPlace(slot, value % PLACES);
  table.words[place + PLACE_CELL] = value;
}

/** What was written last, as long as the place has it as well. */
function marked(table: SubscriberTable, slot: number): number {
  const value = table.words[table.restWord(slot) + OPEN + OPEN_START] as number;
  return table.words[table.placeWord(slot, value % PLACES) + PLACE_CELL] === value ? value : Number.NaN;
}

const step = fc.record({
  hi: fc.integer({ min: 0, max: 3 }),
  lo: fc.integer({ min: 0, max: 20 }),
  act: fc.constantFrom("hear", "hear", "remove", "restore"),
});

function copyOf(table: SubscriberTable): SubscriberTable {
  const all = slotsBelow(table.count);
  const copy = new SubscriberTable(Math.max(1, table.count));
  putRecords(copy, all, snapshotRecords(table, all));
  copy.rebuild(table.count);
  return copy;
}

test("subscribers come, are removed and come back; each has a record of its own, and who comes back has an empty one", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let table = new SubscriberTable(1);
      const plain = new Map<string, number>();
      for (const [value, { hi, lo, act }] of steps.entries()) {
        const key = `${hi} ${lo}`;
        if (act === "restore") table = copyOf(table);
        else if (act === "remove") expect(table.remove(hi, lo) >= 0).toBe(plain.delete(key));
        else {
          const slot = table.slotOf(hi, lo);
          expect(marked(table, slot)).toBe(plain.get(key) ?? 0);
          mark(table, slot, value + 1);
          plain.set(key, value + 1);
        }
        const slots = [...plain.keys()].map((name) => {
          const [h, l] = name.split(" ").map(Number) as [number, number];
          return table.slotOf(h, l);
        });
        expect(new Set(slots).size).toBe(plain.size);
      }
      expect(table.count).toBeLessThanOrEqual(84);
    }),
  );
});

test("of a removed subscriber no word is left, and its place goes to the next newcomer", () => {
  const table = new SubscriberTable();
  for (let lo = 1; lo <= 5; lo++) mark(table, table.slotOf(9, lo), lo === 3 ? 78 : 77);
  const slot = table.remove(9, 3);
  expect(table.words.indexOf(78)).toBe(-1);
  expect([table.hasRest(slot), table.hi(slot), table.lo(slot)]).toEqual([false, 0, 0]);
  const restored = copyOf(table);
  for (const one of [table, restored]) {
    expect(one.slotOf(9, 8)).toBe(slot);
    expect([one.hi(slot), one.lo(slot), marked(one, slot)]).toEqual([9, 8, 0]);
    expect(one.count).toBe(5);
  }
  expect(table.remove(9, 3)).toBe(-1);
});

test("where an index is as full as it gets, each of those that stay is found after others were removed", () => {
  const table = new SubscriberTable();
  const rest = new Map<number, number>();
  for (let lo = 1; lo <= 680; lo++) rest.set(lo, table.slotOf(Math.imul(lo, 0x9e3779b1) >>> 0, lo));
  for (let lo = 1; lo <= 680; lo += 3) {
    expect(table.remove(Math.imul(lo, 0x9e3779b1) >>> 0, lo)).toBe(rest.get(lo));
    rest.delete(lo);
    const found = [...rest.keys()].map((other) => table.slotOf(Math.imul(other, 0x9e3779b1) >>> 0, other));
    expect(found).toEqual([...rest.values()]);
  }
});
