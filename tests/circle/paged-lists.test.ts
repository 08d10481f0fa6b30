import fc from "fast-check";
import { expect, test } from "vitest";
import { PagedLists } from "../../src/circle/paged-lists.js";
import { slotsBelow } from "../../src/stay/slot-set.js";

/** An item says its length in its first word, so that `restore` can find the next one. */
const item = fc
  .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 3 })
  .map((rest) => [rest.length + 1, ...rest]);
const step = fc.record({ slot: fc.nat(300), item });

function contents(lists: PagedLists, slot: number): number[][] {
  const all: number[][] = [];
  for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
    const end = (page + 1) * lists.pageWords - 1;
    for (let at = page * lists.pageWords; at < end && lists.words[at] !== 0; ) {
      const length = lists.words[at] as number;
      all.push([...lists.words.subarray(at, at + length)]);
      at += length;
    }
  }
  return all;
}

test("each slot has the items that were appended to it, in their order, whatever was appended to others", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const lists = new PagedLists(8, 1000, 1);
      const oracle = new Map<number, number[][]>();
      for (const { slot, item } of steps) {
        lists.append(slot, item, item.length);
        oracle.set(slot, [...(oracle.get(slot) ?? []), item]);
      }
      for (let slot = 0; slot <= 300; slot++) expect(contents(lists, slot)).toEqual(oracle.get(slot) ?? []);
    }),
  );
});

test("lists come back from their bytes, and go on as the ones they are a copy of", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.array(step, { maxLength: 50 }), (before, after) => {
      const lists = new PagedLists(8, 1000);
      for (const { slot, item } of before) lists.append(slot, item, item.length);
      const copy = new PagedLists(8, 1000);
      const all = slotsBelow(301);
      copy.append(7, [2, 1], 2);
      copy.put(all, lists.snapshot(all));
      for (const { slot, item } of after) for (const one of [lists, copy]) one.append(slot, item, item.length);
      for (let slot = 0; slot <= 300; slot++) expect(contents(copy, slot)).toEqual(contents(lists, slot));
    }),
  );
});

test("a list that is full gives up its oldest page, and pages given back are used again", () => {
  const lists = new PagedLists(5, 2, 1);
  for (let n = 1; n <= 5; n++) lists.append(7, [2, n], 2);
  expect(contents(lists, 7)).toEqual([
    [2, 3],
    [2, 4],
    [2, 5],
  ]);
  const { byteLength } = lists;
  for (let n = 0; n < 1000; n++) lists.append(7, [2, n], 2);
  expect(lists.byteLength).toBe(byteLength);
  lists.clear(7);
  expect(contents(lists, 7)).toEqual([]);
});

test("a list that is replaced holds the new items, and the others what they held; of too many the last are kept", () => {
  const replaced = fc.record({
    slot: fc.nat(5),
    numbers: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(fc.array(replaced, { maxLength: 40 }), (steps) => {
      // Two items of two words a page, four pages a list.
      const lists = new PagedLists(5, 4, 1);
      const oracle = new Map<number, number[][]>();
      for (const { slot, numbers } of steps) {
        const items = numbers.map((number) => [2, number]);
        lists.replace(slot, Uint32Array.from(items.flat()), 2 * items.length, 2);
        oracle.set(slot, items.slice(-8));
      }
      for (let slot = 0; slot <= 5; slot++) expect(contents(lists, slot)).toEqual(oracle.get(slot) ?? []);
      const copy = new PagedLists(5, 4);
      copy.put(slotsBelow(6), lists.snapshot(slotsBelow(6)));
      for (let slot = 0; slot <= 5; slot++) expect(contents(copy, slot)).toEqual(oracle.get(slot) ?? []);
    }),
  );
});

test("an item longer than a page, and bytes that end within a list, are refused", () => {
  const lists = new PagedLists(4, 2);
  expect(() => lists.append(0, [1, 2, 3, 4], 4)).toThrow(/at most 3/);
  expect(() => lists.put(slotsBelow(1), Uint32Array.of(5, 1))).toThrow(/end within list 0/);
  expect(() => lists.put(slotsBelow(1), Uint32Array.of())).toThrow(/end within list 0/);
});
