import fc from "fast-check";
import { expect, test } from "vitest";
import { NONE } from "../../src/geo/city.js";
import { createNearestRegion } from "../../src/geo/nearest-region.js";

interface Site {
  readonly x: number;
  readonly y: number;
  readonly region: number;
}

function locatorOf(sites: readonly Site[]) {
  const columns = { siteX: Float32Array.from(sites, ({ x }) => x), siteY: Float32Array.from(sites, ({ y }) => y) };
  const region = Int32Array.from(sites, (site) => site.region);
  const known = [...sites.keys()].filter((row) => region[row] !== NONE);
  return createNearestRegion(columns, known, region);
}

/** The regions of the sites nearest to a point, by looking at all of them. */
function nearest(sites: readonly Site[], x: number, y: number): Set<number> {
  const distances = sites.map((site) => (site.region === NONE ? Infinity : (site.x - x) ** 2 + (site.y - y) ** 2));
  const least = Math.min(...distances);
  return new Set(sites.filter((_, i) => distances[i] === least).map((site) => site.region));
}

/** Many at one spot, and points equally far from several. */
const metres = fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.integer({ min: -2, max: 2 }));
const someSites = fc.array(fc.record({ x: metres, y: metres, region: fc.integer({ min: NONE, max: 4 }) }), {
  minLength: 1,
  maxLength: 60,
});
const somePoints = fc.array(fc.tuple(metres, metres), { minLength: 1, maxLength: 60 });

test("a point has the region of the nearest site that has one, far from all sites and between them", () => {
  fc.assert(
    fc.property(someSites, somePoints, fc.constantFrom(1, 0.1, 30), (sites, points, scale) => {
      fc.pre(sites.some(({ region }) => region !== NONE));
      const locate = locatorOf(sites);
      for (const [x, y] of [...points, ...points])
        expect([...nearest(sites, x * scale, y * scale)]).toContain(locate(x * scale, y * scale));
    }),
  );
});

test("squares that share a number, eight thousand kilometres apart, are told apart", () => {
  const far = 256 * 2 ** 15;
  const locate = locatorOf([
    { x: 10, y: 10, region: 1 },
    { x: far + 10, y: 10, region: 2 },
  ]);
  expect([locate(0, 0), locate(far, 0), locate(0, 0)]).toEqual([1, 2, 1]);
});

test("without a site that has a region there is none", () => {
  expect(locatorOf([{ x: 0, y: 0, region: NONE }])(5, 5)).toBe(NONE);
});
