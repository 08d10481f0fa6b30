import { expect, test } from "vitest";
import { loadCity } from "../../src/geo/load.js";
import { type Polygon, regionOutlines } from "../../src/geo/region-outlines.js";
import { smallCityFiles } from "../smoke/small-city.js";

function smallCity() {
  const files = Object.entries(smallCityFiles()).map(([name, text]) => [name, Buffer.from(text)] as const);
  const { city } = loadCity(new Map(files));
  if (city === null) throw new Error("the small city has faults");
  return city;
}

/** Even and odd crossings of a ray to the east. */
function holds(polygons: readonly Polygon[], lon: number, lat: number): boolean {
  let isInside = false;
  for (const ring of polygons.flat()) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const [ax, ay] = ring[i] as readonly [number, number];
      const [bx, by] = ring[i + 1] as readonly [number, number];
      if (ay > lat !== by > lat && lon < ax + ((lat - ay) / (by - ay)) * (bx - ax)) isInside = !isInside;
    }
  }
  return isInside;
}

test("a region's outline holds the ground around its cells and none of another's", () => {
  const city = smallCity();
  const outlines = regionOutlines(city, 4);
  expect([...outlines.keys()].map((region) => city.regions.id[region]).sort()).toEqual(["E", "W"]);
  const of = (id: string) => outlines.get(city.regions.id.indexOf(id)) ?? [];
  // The sites of W begin at 113.3, those of E at 113.324.
  expect([holds(of("W"), 113.3, 23.11), holds(of("E"), 113.3, 23.11)]).toEqual([true, false]);
  expect([holds(of("W"), 113.34, 23.11), holds(of("E"), 113.34, 23.11)]).toEqual([false, true]);
  expect(holds(of("W"), 113.1, 23.11)).toBe(false);
  for (const ring of [...of("W"), ...of("E")].flat()) expect(ring[0]).toEqual(ring.at(-1));
});

test("a level that the city has not has no outline", () => {
  expect(regionOutlines(smallCity(), 1).size).toBe(0);
});
