import { describe, expect, it } from "vitest";
import { VENUE_POINTS_MAX, venuePoints } from "../../src/circle/venue-points.js";
import { venueCity, venueNamed } from "./venue-city.js";

const CITY = venueCity([
  { venue: "campus", category: "university", x: 0, y: 0, half: 1500 },
  { venue: "estate", category: "residential", x: 900, y: 300, half: 150 },
  { venue: "kiosk", category: "restaurant", x: -600, y: 200, half: 10 },
]);
const POINTS = venuePoints(CITY.venues);

function pointsOf(id: string): [number, number][] {
  const venue = venueNamed(CITY, id);
  const from = POINTS.first[venue] as number;
  return Array.from({ length: POINTS.count[venue] as number }, (_, i) => [
    POINTS.x[from + i] as number,
    POINTS.y[from + i] as number,
  ]);
}

describe("the points of venues", () => {
  it("lie in their venue, side by side", () => {
    for (let point = 0; point < POINTS.x.length; point++) {
      const venue = POINTS.venue[point] as number;
      expect(CITY.venues.distance(venue, POINTS.x[point] as number, POINTS.y[point] as number)).toBe(0);
      const from = POINTS.first[venue] as number;
      expect(point).toBeGreaterThanOrEqual(from);
      expect(point).toBeLessThan(from + (POINTS.count[venue] as number));
    }
  });

  it("are one in the middle of a small venue, some in an estate, and bounded in number on a campus", () => {
    expect(pointsOf("kiosk")).toHaveLength(1);
    expect(Math.hypot((pointsOf("kiosk")[0]?.[0] ?? 0) + 600, (pointsOf("kiosk")[0]?.[1] ?? 0) - 200)).toBeLessThan(2);
    expect(pointsOf("estate").length).toBeGreaterThan(3);
    expect(pointsOf("campus").length).toBeLessThanOrEqual(VENUE_POINTS_MAX);
    expect(pointsOf("campus").length).toBeGreaterThan(VENUE_POINTS_MAX / 2);
  });

  it("have the mean and the spread of the area", () => {
    const points = pointsOf("campus");
    const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
    const spread = Math.sqrt(points.reduce((sum, [x]) => sum + (x - mean(0)) ** 2, 0) / points.length);
    expect(Math.abs(mean(0))).toBeLessThan(200);
    expect(Math.abs(mean(1))).toBeLessThan(200);
    // An even square of half side 1500 spreads by 1500 / sqrt(3) = 866 m an axis.
    expect(spread).toBeGreaterThan(650);
    expect(spread).toBeLessThan(1000);
  });
});
