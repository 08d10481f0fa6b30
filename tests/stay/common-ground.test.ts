import { expect, test } from "vitest";
import { commonGround } from "../../src/stay/common-ground.js";
import { CITY, HOME, HOME_TOO, MIDDLE, STREET, VILLAGE } from "./tracking.js";

const { cells } = CITY;

test("a cell is the likelier to serve where another does, the nearer both are", () => {
  const along = STREET.map((row) => commonGround(cells, HOME, row));
  expect(along).toEqual(along.toSorted((a, b) => b - a));
  expect(commonGround(cells, HOME, HOME_TOO)).toBeGreaterThan(commonGround(cells, HOME, MIDDLE));
  expect(commonGround(cells, HOME, MIDDLE)).toBeGreaterThan(commonGround(cells, HOME, VILLAGE));
});

test("it is a probability, never none, and the same both ways", () => {
  for (const a of STREET)
    for (const b of [...STREET, VILLAGE]) {
      expect(commonGround(cells, a, b)).toBeGreaterThan(0);
      expect(commonGround(cells, a, b)).toBeLessThan(1);
      expect(commonGround(cells, a, b)).toBe(commonGround(cells, b, a));
    }
});
