import { expect, test } from "vitest";
import { CellAliases } from "../../src/geo/cell-aliases.js";
import { NONE } from "../../src/geo/city.js";

test("a second name leads to its cell, and none that was not given does", () => {
  const aliases = new CellAliases();
  expect(aliases.find(1, 2)).toBe(NONE);
  aliases.add(1, 2, 7);
  expect([aliases.find(1, 2), aliases.find(2, 1), aliases.find(12, 0)]).toEqual([7, NONE, NONE]);
});

test("a name that several cells share leads to none of them", () => {
  const aliases = new CellAliases();
  for (const row of [3, 4, 5]) aliases.add(1, 2, row);
  expect(aliases.find(1, 2)).toBe(NONE);
});
