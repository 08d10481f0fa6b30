import { expect, test } from "vitest";
import { bitsFor, idsIn, setBit } from "../../src/audience/bitset.js";
import { HomeRegions } from "../../src/audience/home-regions.js";

function setOf(...ids: number[]) {
  const bits = bitsFor(100);
  for (const id of ids) setBit(bits, id);
  return bits;
}

test("of a set it is counted how many live in each region, and who has no home in none", () => {
  const homes = new HomeRegions(2);
  for (const id of [1, 40, 41]) homes.set(id, homes.numberOf("W"));
  homes.set(99, homes.numberOf("E"));
  homes.set(5, homes.numberOf("nobody of the set"));
  expect(homes.count(setOf(0, 1, 40, 99))).toEqual(
    new Map([
      ["W", 2],
      ["E", 1],
    ]),
  );
  homes.set(40, homes.numberOf("E"));
  homes.set(1, 0);
  expect(homes.count(setOf(0, 1, 40, 99))).toEqual(new Map([["E", 2]]));
});

test("a set is kept to those who live in some regions, and to nobody by regions that nobody has", () => {
  const homes = new HomeRegions(100);
  homes.set(1, homes.numberOf("W"));
  homes.set(2, homes.numberOf("E"));
  const all = setOf(1, 2, 3);
  expect([...idsIn(homes.within(all, ["E", "unknown"]))]).toEqual([2]);
  expect([...idsIn(homes.within(all, []))]).toEqual([]);
  expect([...idsIn(all)]).toEqual([1, 2, 3]);
});
