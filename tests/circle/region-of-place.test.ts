import { expect, test } from "vitest";
import { settledRegion } from "../../src/circle/region-of-place.js";
import type { City } from "../../src/geo/city.js";

/** Region 0 to the west of the meridian, 1 to the east. */
const CITY = { regions: { locate: (x: number) => (x < 0 ? 0 : 1) } } as unknown as City;

test("a place at a border stays in the region that was told; one beyond it does not", () => {
  expect(settledRegion(CITY, 0, 40, 0)).toBe(0);
  expect(settledRegion(CITY, 1, 40, 0)).toBe(1);
  expect(settledRegion(CITY, 0, 80, 0)).toBe(1);
  expect(settledRegion(CITY, -1, 40, 0)).toBe(1);
});
