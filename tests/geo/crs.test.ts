import fc from "fast-check";
import library from "gcoord";
import { describe, expect, it } from "vitest";
import { CRS_NAMES, type Crs, toWgs84 } from "../../src/geo/crs.js";

// The types of the package describe an ES module, its code is CommonJS: both are this object.
const gcoord = library as unknown as typeof library.default;

function fromWgs84(crs: Crs, lon: number, lat: number): [number, number] {
  const system = { wgs84: gcoord.WGS84, gcj02: gcoord.GCJ02, bd09: gcoord.BD09 }[crs];
  return gcoord.transform([lon, lat], gcoord.WGS84, system) as [number, number];
}

describe("coordinate systems", () => {
  it("come back to within 0.3 m after a round trip, anywhere in China's plains", () => {
    const lon = fc.double({ min: 100, max: 122, noNaN: true });
    const lat = fc.double({ min: 22, max: 40, noNaN: true });
    fc.assert(
      fc.property(lon, lat, fc.constantFrom(...CRS_NAMES), (x, y, crs) => {
        const [backX, backY] = toWgs84(crs, ...fromWgs84(crs, x, y));
        expect(Math.hypot((backX - x) * 111_000, (backY - y) * 111_000)).toBeLessThan(0.3);
      }),
    );
  });

  it("shift a point of Hangzhou by some 500 m from GCJ-02 and more from BD-09", () => {
    const shift = (crs: "gcj02" | "bd09"): number => {
      const [lon, lat] = toWgs84(crs, 120.15, 30.28);
      return Math.hypot((lon - 120.15) * 96_000, (lat - 30.28) * 111_000);
    };
    expect(shift("gcj02")).toBeGreaterThan(400);
    expect(shift("gcj02")).toBeLessThan(700);
    expect(shift("bd09")).toBeGreaterThan(800);
  });

  it("leave a point outside China where it is", () => {
    expect(toWgs84("gcj02", 2.35, 48.85)).toEqual([2.35, 48.85]);
  });
});
