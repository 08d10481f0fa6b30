import { expect, test } from "vitest";
import { hexagonRegions } from "../../src/geo/hexagon-regions.js";
import { loadCity } from "../../src/geo/load.js";
import { smallCityFiles } from "../smoke/small-city.js";

test("each hexagon has the regions of the cells in it, and no others", () => {
  const { city } = loadCity(new Map(Object.entries(smallCityFiles()).map(([name, text]) => [name, Buffer.from(text)])));
  if (city === null) throw new Error("the small city has faults");
  const fine = hexagonRegions(city, 9);
  expect([...fine.values()].every(({ size }) => size === 1)).toBe(true);
  expect(new Set([...fine.values()].flatMap((of) => [...of]))).toEqual(new Set(["E", "W"]));
  for (const of of hexagonRegions(city, 4).values()) expect([...of].sort()).toEqual(["E", "W"]);
});
