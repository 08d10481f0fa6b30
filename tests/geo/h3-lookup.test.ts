import fc from "fast-check";
import { expect, test } from "vitest";
import { toLat, toLon } from "../../src/geo/city.js";
import { h3Of } from "../../src/geo/h3.js";
import { h3LookupOf } from "../../src/geo/h3-lookup.js";
import { planeOf } from "../../src/geo/plane.js";

const metres = fc.double({ min: -40_000, max: 40_000, noNaN: true });

function isAsAsked(lon: number, lat: number, resolution: number, positions: readonly (readonly [number, number])[]) {
  const plane = planeOf({ west: lon - 0.4, south: lat - 0.4, east: lon + 0.4, north: lat + 0.4 });
  const lookup = h3LookupOf(plane, resolution);
  for (const [x, y] of positions) expect(lookup(x, y)).toEqual(h3Of(toLon(plane, x), toLat(plane, y), resolution));
}

test("a position has the cell that the library finds, in any city and at any resolution", () => {
  const lon = fc.double({ min: -179, max: 179, noNaN: true });
  const lat = fc.double({ min: -65, max: 65, noNaN: true });
  const positions = fc.array(fc.tuple(metres, metres), { minLength: 5, maxLength: 20 });
  fc.assert(fc.property(lon, lat, fc.integer({ min: 5, max: 13 }), positions, isAsAsked), { numRuns: 40 });
});

test("also where many positions share a tile", () => {
  const near = fc.array(
    fc.tuple(fc.double({ min: 0, max: 3000, noNaN: true }), fc.double({ min: 0, max: 3000, noNaN: true })),
    {
      minLength: 300,
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(near, (positions) => isAsAsked(113.3, 23.1, 9, positions)),
    { numRuns: 20 },
  );
});

test("beside a pentagon there is no lattice, and the library is asked", () => {
  // One of the twelve lies in the Arctic Ocean at 10.536 E, 64.7 N.
  const positions = Array.from(
    { length: 400 },
    (_, i) => [((i % 20) - 10) * 700, (Math.floor(i / 20) - 10) * 700] as const,
  );
  isAsAsked(10.536_199, 64.7, 7, positions);
});
