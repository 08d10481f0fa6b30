import fc from "fast-check";
import { expect, test } from "vitest";
import { PARTS_WORDS, PackedRecords } from "../../src/stay/packed-records.js";

const SLOTS = 6;
const word = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 2 ** 32 - 1 }));
const record = fc.oneof(
  fc.array(word, { minLength: PARTS_WORDS, maxLength: PARTS_WORDS }),
  fc.constantFrom(0, 0xffffffff).map((all) => new Array<number>(PARTS_WORDS).fill(all)),
);
const step = fc.record({
  slot: fc.nat(SLOTS - 1),
  act: fc.constantFrom("write", "write", "give", "move", "copy"),
  record,
});

function written(packed: PackedRecords, slot: number): number[] {
  const at = packed.wordOf(slot, 0);
  if (at === 0) return new Array<number>(PARTS_WORDS).fill(0);
  return [...packed.hand.words.subarray(at, at + PARTS_WORDS)];
}

function copied(packed: PackedRecords, slot: number): Uint32Array {
  const words = new Uint32Array(packed.packedLength(slot));
  if (words.length > 0) packed.copyTo(slot, words, 0);
  return words;
}

test("each record is what was last written of it, whoever was in hand meanwhile, and as it was put or copied", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const packed = new PackedRecords(SLOTS);
      const plain = Array.from({ length: SLOTS }, () => new Array<number>(PARTS_WORDS).fill(0));
      for (const { slot, act, record: words } of steps) {
        if (act === "write") {
          packed.hand.words.set(words, packed.ownWordOf(slot, 0));
          plain[slot] = words;
        } else if (act === "give") {
          packed.give(slot);
          plain[slot] = new Array<number>(PARTS_WORDS).fill(0);
          expect(packed.has(slot)).toBe(false);
        } else if (act === "move") {
          const parts = copied(packed, slot);
          packed.give(slot);
          if (parts.length > 0) expect(packed.putFrom(slot, parts, 0)).toBe(parts.length);
        } else {
          const copy = packed.copy(SLOTS);
          packed.hand.words.fill(1, packed.ownWordOf(slot, 0));
          for (let one = 0; one < SLOTS; one++) expect(written(copy, one)).toEqual(plain[one]);
          packed.hand.words.set(plain[slot] as number[], packed.ownWordOf(slot, 0));
        }
      }
      for (let slot = 0; slot < SLOTS; slot++) expect(written(packed, slot)).toEqual(plain[slot]);
    }),
    { numRuns: 200 },
  );
});

test("zeros take no room, lines of who has less are taken again, and of who is given up no word is left", () => {
  const packed = new PackedRecords(3);
  const full = packed.length;
  packed.hand.words.fill(7, packed.ownWordOf(0, 0));
  packed.ownWordOf(1, 0);
  const most = packed.length;
  expect(most - full).toBe(8 * 16);
  packed.hand.words.fill(0, packed.ownWordOf(0, 0));
  packed.hand.words[packed.ownWordOf(0, 5)] = 9;
  expect(written(packed, 1).every((one) => one === 0)).toBe(true);
  packed.hand.words.fill(8, packed.ownWordOf(2, 0), packed.ownWordOf(2, 90));
  // Four of the ninety are like others.
  expect([packed.has(0), packed.packedLength(0), packed.packedLength(2)]).toEqual([true, 5, 90]);
  expect(packed.length).toBe(most);
  packed.give(2);
  packed.hand.words.fill(6, packed.ownWordOf(1, 0));
  packed.give(1);
  expect(packed.hand.words.every((one) => one === 0)).toBe(true);
  expect(packed.copy(3).packedLength(1)).toBe(0);
});
