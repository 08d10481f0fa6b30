import fc from "fast-check";
import { expect, test } from "vitest";
import { toLat, toLon } from "../../src/geo/city.js";
import { h3Of } from "../../src/geo/h3.js";
import { h3LocatorOf } from "../../src/geo/h3-locator.js";
import { planeOf } from "../../src/geo/plane.js";

const planeAt = (lon: number, lat: number) =>
  planeOf({ west: lon - 0.5, south: lat - 0.4, east: lon + 0.5, north: lat + 0.4 });

const places = fc.record({
  lon: fc.oneof(fc.double({ min: -179, max: 179, noNaN: true }), fc.constantFrom(-180, 180)),
  lat: fc.double({ min: -70, max: 70, noNaN: true }),
  resolution: fc.integer({ min: 3, max: 11 }),
});
/** Crowded about a few points, so that most fall into hexagons met before, some of them near a side. */
const offsets = fc.array(
  fc.tuple(
    fc.nat({ max: 3 }),
    fc.double({ min: -300, max: 300, noNaN: true }),
    fc.double({ min: -300, max: 300, noNaN: true }),
  ),
  { minLength: 50, maxLength: 200 },
);

test("every point is in the hexagon that h3-js puts it into, at any place and resolution", () => {
  fc.assert(
    fc.property(places, offsets, ({ lon, lat, resolution }, points) => {
      const plane = planeAt(lon, lat);
      const locate = h3LocatorOf(plane, resolution);
      for (const [crowd, dx, dy] of points) {
        const x = crowd * 9000 - 13_000 + dx;
        const y = crowd * 7000 - 11_000 + dy;
        expect(locate(x, y)).toEqual(h3Of(toLon(plane, x), toLat(plane, y), resolution));
      }
    }),
  );
});

test("points on a fine grid over many hexagons, sides and corners included, are where h3-js has them", () => {
  const plane = planeAt(113.3, 23.1);
  const locate = h3LocatorOf(plane, 9);
  for (let round = 0; round < 2; round++) {
    for (let x = -600; x < 600; x += 7) {
      for (let y = -600; y < 600; y += 11) expect(locate(x, y)).toEqual(h3Of(toLon(plane, x), toLat(plane, y), 9));
    }
  }
});

test("a hexagon met before is answered from memory", () => {
  const locate = h3LocatorOf(planeAt(113.3, 23.1), 7);
  const inside = Array.from({ length: 40 }, (_, i) => locate(10 * i, 0));
  expect(new Set(inside).size).toBeLessThan(5);
});
