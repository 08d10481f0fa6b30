import fc from "fast-check";
import { expect, test } from "vitest";
import {
  LEVELS,
  REGION_CIRCLE_KINDS,
  RegionCircleNames,
  regionCircleNamesOf,
} from "../../src/circle/region-circle-names.js";
import { NONE } from "../../src/geo/city.js";
import { regionAtLevel } from "../../src/geo/regions.js";
import { formatCell } from "../../src/signal/identity.js";
import { loadSound } from "../geo/city-files.js";

const city = loadSound();

function oracle(kind: string, level: number, region: number, row: number): string | null {
  const { keyHi, keyLo } = city.cells;
  if (level === 5) return `${kind}:${formatCell(keyHi[row] as number, keyLo[row] as number)}`;
  const above = region === NONE ? NONE : regionAtLevel(city.regions, region, level);
  return above === NONE ? null : `${kind}:${city.regions.id[above]}`;
}

test("a circle is named by its kind and the region of the level, or the cell, however often it is asked for", () => {
  const names = new RegionCircleNames(city);
  const question = fc.record({
    kind: fc.constantFrom(...REGION_CIRCLE_KINDS),
    level: fc.constantFrom(...LEVELS),
    region: fc.integer({ min: NONE, max: city.regions.count - 1 }),
    row: fc.integer({ min: 0, max: city.cells.count - 1 }),
  });
  fc.assert(
    fc.property(question, ({ kind, level, region, row }) => {
      expect(names.of(kind, level, region, row)).toBe(oracle(kind, level, region, row));
    }),
  );
});

test("all partitions of a city share its names", () => {
  expect(regionCircleNamesOf(city)).toBe(regionCircleNamesOf(city));
  expect(regionCircleNamesOf(loadSound())).not.toBe(regionCircleNamesOf(city));
});
