import fc from "fast-check";
import { expect, test } from "vitest";
import { PagedLists } from "../../src/circle/paged-lists.js";
import { slotsBelow } from "../../src/stay/slot-set.js";

const words = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 20 }).map((all) => Uint32Array.from(all));
const step = fc.record({ slot: fc.nat(300), words, isCleared: fc.boolean() });

function contents(lists: PagedLists, slot: number): number[] {
  const out = new Uint32Array(lists.length(slot));
  expect(lists.copy(slot, out, 0)).toBe(out.length);
  return [...out];
}

test("each slot has the words that were appended to it since it was cleared, whatever was done to others", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const lists = new PagedLists(8, 1000, 1);
      const oracle = new Map<number, number[]>();
      for (const { slot, words, isCleared } of steps) {
        if (isCleared) lists.clear(slot);
        expect(lists.append(slot, words, words.length)).toBe(true);
        oracle.set(slot, [...(isCleared ? [] : (oracle.get(slot) ?? [])), ...words]);
      }
      for (let slot = 0; slot <= 301; slot++) {
        expect(contents(lists, slot)).toEqual(oracle.get(slot) ?? []);
        expect(lists.has(slot)).toBe((oracle.get(slot) ?? []).length > 0);
      }
    }),
  );
});

test("lists come back from their words, and go on as the ones they are a copy of", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.array(step, { maxLength: 50 }), (before, after) => {
      const lists = new PagedLists(8, 1000);
      for (const { slot, words } of before) lists.append(slot, words, words.length);
      const copy = new PagedLists(8, 1000);
      const all = slotsBelow(301);
      copy.append(7, Uint32Array.of(2, 1), 2);
      copy.put(all, lists.snapshot(all));
      for (const { slot, words } of after) for (const one of [lists, copy]) one.append(slot, words, words.length);
      for (let slot = 0; slot <= 300; slot++) expect(contents(copy, slot)).toEqual(contents(lists, slot));
    }),
  );
});

test("a list takes no more than its pages, and pages given back are used again", () => {
  const lists = new PagedLists(5, 2, 1);
  expect(lists.append(7, Uint32Array.of(1, 2, 3, 4, 5, 6), 6)).toBe(true);
  lists.changed.take(10);
  expect(lists.append(7, Uint32Array.of(7, 8, 9), 3)).toBe(false);
  expect([...lists.changed.take(10)]).toEqual([]);
  expect(lists.append(7, Uint32Array.of(7, 8), 2)).toBe(true);
  expect(contents(lists, 7)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const { byteLength } = lists;
  for (let n = 0; n < 1000; n++) {
    lists.giveBack(7);
    lists.append(7, Uint32Array.of(1, 2, 3, 4, 5), 5);
  }
  expect([lists.byteLength, lists.pagesHeld]).toEqual([byteLength, 2]);
  lists.clear(7);
  expect([contents(lists, 7), lists.pagesHeld]).toEqual([[], 0]);
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
      const oracle = new Map<number, number[]>();
      for (const { slot, numbers } of steps) {
        const items = numbers.flatMap((number) => [2, number]);
        lists.replace(slot, Uint32Array.from(items), items.length, 2);
        oracle.set(slot, items.slice(-16));
      }
      for (let slot = 0; slot <= 5; slot++) expect(contents(lists, slot)).toEqual(oracle.get(slot) ?? []);
      const copy = new PagedLists(5, 4);
      copy.put(slotsBelow(6), lists.snapshot(slotsBelow(6)));
      for (let slot = 0; slot <= 5; slot++) expect(contents(copy, slot)).toEqual(oracle.get(slot) ?? []);
    }),
  );
});

test("pages too large for their link, words that end within a list, and a list that is too long are refused", () => {
  expect(() => new PagedLists(65, 2)).toThrow(/at most 64/);
  const lists = new PagedLists(4, 2);
  expect(() => lists.put(slotsBelow(1), Uint32Array.of(5, 1))).toThrow(/end within list 0/);
  expect(() => lists.put(slotsBelow(1), Uint32Array.of())).toThrow(/end within list 0/);
  expect(() => lists.put(slotsBelow(1), Uint32Array.of(7, 1, 2, 3, 4, 5, 6, 7))).toThrow(/list 0 has 7 words/);
});
