import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CATEGORIES, toX, toY } from "../../src/geo/city.js";
import { POINT_RADIUS_M } from "../../src/geo/venues.js";
import { collection, faultsOf, feature, loadSound, square } from "./city-files.js";

const point = (properties: object, lon = 120.15, lat = 30.25): object =>
  feature(properties, { type: "Point", coordinates: [lon, lat] });

describe("venues", () => {
  it("have the centroid and size of their polygon, or the default radius of a Point", () => {
    const { venues, plane } = loadSound();
    expect(venues.id).toEqual(["mall", "hall"]);
    expect(venues.x[0]).toBeCloseTo(toX(plane, 120.152), 1);
    expect(venues.y[0]).toBeCloseTo(toY(plane, 30.255), 1);
    const size = 0.002 * plane.metresPerLon * 0.002 * plane.metresPerLat;
    expect(Math.PI * (venues.radius[0] as number) ** 2).toBeCloseTo(size, -1);
    expect(venues.radius[1]).toBe(POINT_RADIUS_M.concert_hall);
    expect(venues.tier).toEqual(["high", null]);
    expect(CATEGORIES[venues.category[1] as number]).toBe("concert_hall");
  });

  it("are 0 m away inside, and as far as their rim outside", () => {
    const { venues, plane } = loadSound();
    expect(venues.distance(0, toX(plane, 120.1525), toY(plane, 30.2552))).toBe(0);
    expect(venues.distance(0, toX(plane, 120.153) + 40, toY(plane, 30.255))).toBeCloseTo(40, 1);
    expect(venues.distance(1, toX(plane, 120.16) + 130, toY(plane, 30.26))).toBeCloseTo(30, 1);
    expect(venues.distance(1, toX(plane, 120.16), toY(plane, 30.26))).toBe(0);
    for (let venue = 0; venue < venues.count; venue++)
      for (const east of [-200, -80, -20, 0, 20, 80, 200])
        for (const north of [-200, -80, 0, 80, 200]) {
          const [x, y] = [(venues.x[venue] as number) + east, (venues.y[venue] as number) + north];
          expect(venues.holds(venue, x, y)).toBe(venues.distance(venue, x, y) === 0);
        }
  });

  it("near a point are all whose area comes within the distance, in ascending order, and none whose circle and box do not", () => {
    const many = Array.from({ length: 60 }, (_, i) => {
      const [lon, lat] = [120.1 + ((i * 37) % 100) / 1000, 30.2 + ((i * 61) % 100) / 1000];
      return i % 2 === 0
        ? point({ venue: `p${i}`, category: "hotel" }, lon, lat)
        : square({ venue: `s${i}`, category: "park" }, lon, lat, lon + 0.003, lat + 0.002);
    });
    const { venues } = loadSound({
      "venues.geojson": collection(...many),
      "events.csv": null,
      "cells.csv": "cell,lon,lat\ncgi:460-00-1-1,120.15,30.25\n",
    });
    const metres = fc.double({ min: -6000, max: 6000, noNaN: true });
    fc.assert(
      fc.property(metres, metres, fc.double({ min: 0, max: 3000, noNaN: true }), (x, y, distance) => {
        const found = venues.near(x, y, distance);
        const within = venues.id.flatMap((_, venue) => (venues.distance(venue, x, y) <= distance ? [venue] : []));
        expect(found).toEqual([...found].sort((a, b) => a - b));
        for (const venue of within) expect(found).toContain(venue);
        // The box of a square is the square itself, and its circle sticks out by less than 60 m.
        for (const venue of found) expect(venues.distance(venue, x, y)).toBeLessThan(distance + 60);
      }),
    );
  });

  it("are none where the file is absent", () => {
    const { venues } = loadSound({
      "venues.geojson": null,
      "events.csv": null,
      "cells.csv": "cell,lon,lat\ncgi:460-00-1-1,120.15,30.25\n",
    });
    expect(venues.count).toBe(0);
    expect(venues.near(0, 0, 1e9)).toEqual([]);
  });

  it("report what is wrong with their properties, all at once", () => {
    const faults = faultsOf({
      "venues.geojson": collection(
        point({ category: "mall" }),
        point({ venue: "mall", category: "shop" }),
        point({ venue: "mall", category: "mall" }),
        point({ venue: "hall", category: "hospital", subtype: "dental", capacity: "many" }),
        point({ venue: 7, category: "office", tier: "top" }),
      ),
    });
    expect(faults.map(({ line, severity, message }) => `${line} ${severity} ${message}`)).toEqual([
      "2 error feature 1 has no property venue",
      "3 error feature 2 (venue mall) has category shop",
      "4 error venue mall comes twice, first as feature 2 on line 3",
      "5 error feature 4 (venue hall) has subtype dental",
      "5 warning feature 4 (venue hall) has capacity many",
      "6 error feature 5 (venue 7) has tier top",
    ]);
  });
});
