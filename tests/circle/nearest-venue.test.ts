import fc from "fast-check";
import { expect, test } from "vitest";
import { NearestVenue } from "../../src/circle/nearest-venue.js";
import { CATEGORIES, NONE } from "../../src/geo/city.js";

const METRO = CATEGORIES.indexOf("metro_station");

test("the nearest venue of a category within reach, of equally near ones the first of the table", () => {
  // On a raster, so that many are equally near; sides of squares lie between them.
  const raster = fc.integer({ min: -8, max: 8 }).map((at) => at * 256);
  const category = fc.constantFrom(METRO, CATEGORIES.indexOf("mall"));
  const place = fc.record({ x: raster, y: raster, category });
  const point = fc.record({ x: fc.oneof(raster, fc.double({ min: -3e3, max: 3e3, noNaN: true })), y: raster });
  fc.assert(
    fc.property(fc.array(place), fc.array(point), fc.integer({ min: 1, max: 2500 }), (places, points, reach) => {
      const venues = {
        count: places.length,
        x: Float32Array.from(places, (one) => one.x),
        y: Float32Array.from(places, (one) => one.y),
        category: Uint8Array.from(places, (one) => one.category),
      };
      const nearest = new NearestVenue(venues, METRO, reach);
      // 32,768 squares on, which have the numbers of those here.
      for (const { x, y } of [...points, ...points.map((at) => ({ x: at.x + 512 * 2 ** 15, y: at.y })), ...points]) {
        const away = Array.from(venues.x, (vx, venue) => Math.hypot(vx - x, (venues.y[venue] as number) - y));
        const within = away.filter((metres, venue) => venues.category[venue] === METRO && metres <= reach);
        const metres = Math.min(...within);
        const found = nearest.find(x, y);
        const first = away.findIndex((at, venue) => at === metres && venues.category[venue] === METRO);
        expect(found).toBe(within.length === 0 ? NONE : first);
        if (found !== NONE) expect(nearest.metres).toBe(metres);
      }
    }),
  );
});
