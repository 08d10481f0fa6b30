import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toLat, toLon, toX, toY } from "../../src/geo/city.js";
import { placing, planeOf, reportPlacing } from "../../src/geo/plane.js";
import { faultsFor } from "./city-files.js";

const HAVERSINE_RADIUS_M = 6_371_008.8;

function haversine(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const rad = Math.PI / 180;
  const a =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * HAVERSINE_RADIUS_M * Math.asin(Math.sqrt(a));
}

const BOUNDS = { west: 113, south: 22.5, east: 114, north: 23.5 };
const plane = planeOf(BOUNDS);
const lons = fc.double({ min: 113, max: 114, noNaN: true });
const lats = fc.double({ min: 22.5, max: 23.5, noNaN: true });

describe("the plane", () => {
  it("has degrees of the lengths that the WGS 84 ellipsoid has at 30 degrees north", () => {
    const at30 = planeOf({ west: 119, south: 29, east: 121, north: 31 });
    expect(at30.metresPerLat).toBeCloseTo(110_852.4, 0);
    expect(at30.metresPerLon).toBeCloseTo(96_486.3, 0);
  });

  it("agrees with great circles of the mean sphere to 0.9 % over a city of a degree (0.5 % are the ellipsoid's)", () => {
    fc.assert(
      fc.property(lons, lats, lons, lats, (lon1, lat1, lon2, lat2) => {
        const flat = Math.hypot(toX(plane, lon2) - toX(plane, lon1), toY(plane, lat2) - toY(plane, lat1));
        const round = haversine(lon1, lat1, lon2, lat2);
        expect(Math.abs(flat - round)).toBeLessThanOrEqual(round * 0.009 + 1e-3);
      }),
    );
  });

  it("comes back from metres to degrees", () => {
    expect(toLon(plane, toX(plane, 113.2))).toBeCloseTo(113.2, 10);
    expect(toLat(plane, toY(plane, 23.2))).toBeCloseTo(23.2, 10);
  });
});

describe("placing", () => {
  const report = (lon: number, lat: number): string[] => {
    const { faults, told } = faultsFor("cells.csv");
    reportPlacing(BOUNDS, lon, lat, "cell X", 4, faults);
    return told();
  };

  it("takes what is in the bounds without a word, and doubts what is just outside", () => {
    expect(report(113.5, 23)).toEqual([]);
    expect(report(114.05, 23)).toEqual(["4 warning cell X lies at 114.05, 23, just outside the bounds of the city"]);
  });

  it("tells swapped coordinates from metres and from another place", () => {
    expect(report(23, 113.5)).toEqual(["4 error cell X lies at 23, 113.5: longitude and latitude look swapped"]);
    expect(report(12_600_000, 2_600_000)[0]).toContain("are not degrees");
    expect(report(0, 0)[0]).toContain("outside the bounds of the city");
  });

  it("checks only that degrees are degrees where the bounds are not known", () => {
    expect(placing(null, 10, 10)).toBe("inside");
    expect(placing(null, 10, 91)).toBe("outside");
    expect(placing(null, Number.NaN, 1)).toBe("outside");
  });
});
