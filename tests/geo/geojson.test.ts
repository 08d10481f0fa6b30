import { describe, expect, it } from "vitest";
import { type Feature, readFeatures } from "../../src/geo/geojson.js";
import { collection, faultsFor, feature, square } from "./city-files.js";

const BOUNDS = { west: 120, south: 30, east: 121, north: 31 };

function read(text: string, points = true): { features: Feature[]; told: string[] } {
  const { faults, told } = faultsFor("v.geojson");
  const features = readFeatures(text, { crs: "wgs84", bounds: BOUNDS, points }, faults);
  return { features, told: told() };
}

const point = (...coordinates: unknown[]): object => feature({}, { type: "Point", coordinates });
const polygon = (ring: number[][]): object => feature({}, { type: "Polygon", coordinates: [ring] });

describe("readFeatures", () => {
  it("reads points and polygons with the line on which each feature starts", () => {
    const text = JSON.stringify(
      JSON.parse(collection(point(120.5, 30.5), square({ a: "}[" }, 120.1, 30.1, 120.2, 30.2))),
      null,
      1,
    );
    const { features, told } = read(text);
    const lines = text.split("\n");
    expect(told).toEqual([]);
    expect(features.map(({ line }) => lines[line - 1]?.trim())).toEqual(["{", "{"]);
    expect(features.map(({ line }) => lines[line]?.trim())).toEqual(['"type": "Feature",', '"type": "Feature",']);
    expect(features[1]?.polygons[0]?.[0]).toHaveLength(5);
  });

  it("names the feature by number, since all may be on one line", () => {
    const text = JSON.stringify({ type: "FeatureCollection", features: [point(120.5, 30.5), point(1, "x")] });
    expect(read(text).told).toEqual(['1 error feature 2 has [1,"x"] for a position']);
  });

  it("converts positions of a declared system", () => {
    const { faults } = faultsFor("v");
    const [shifted] = readFeatures(
      collection(point(120.5, 30.5)),
      { crs: "gcj02", bounds: BOUNDS, points: true },
      faults,
    );
    expect(shifted?.point?.[0]).toBeCloseTo(120.4954, 3);
  });

  it("reports rings that are not closed or too short, each at its feature's line", () => {
    const open = polygon([
      [120.1, 30.1],
      [120.2, 30.1],
      [120.2, 30.2],
      [120.1, 30.2],
    ]);
    const short = polygon([
      [120.1, 30.1],
      [120.2, 30.1],
      [120.1, 30.1],
    ]);
    expect(read(collection(point(120.5, 30.5), open, short)).told).toEqual([
      "3 error feature 2 has a ring that is not closed",
      "4 error feature 3 has a ring of 3 positions",
    ]);
  });

  it("reports geometries that are none, or not of this file", () => {
    const line = feature(
      {},
      {
        type: "LineString",
        coordinates: [
          [120, 30],
          [121, 31],
        ],
      },
    );
    expect(read(collection(line, feature({}, {}))).told).toEqual([
      "2 error feature 1 has geometry LineString",
      "3 error feature 2 has geometry none",
    ]);
    expect(read(collection(point(120.5, 30.5)), false).told).toEqual(["2 error feature 1 has geometry Point"]);
    expect(read(collection(feature({}, { type: "Polygon", coordinates: [] }))).told).toEqual([
      "2 error feature 1 has no rings",
    ]);
  });

  it("reports swapped coordinates once a feature, and lets an area reach over the bounds with a warning", () => {
    expect(read(collection(square({}, 30.1, 120.1, 30.2, 120.2))).told).toHaveLength(1);
    expect(read(collection(square({}, 30.1, 120.1, 30.2, 120.2))).told[0]).toContain("swapped");
    expect(read(collection(square({}, 120.5, 30.5, 125, 30.6))).told[0]).toContain(
      "2 warning feature 1 reaches far outside",
    );
  });

  it("shows what stands for a position only in part, however deep or long it is", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const told = read(collection(point(120.5, 30.5)).replace(/\[120.5, ?30.5\]/, deep)).told;
    expect(told).toEqual(["2 error feature 1 has [[...]] for a position"]);
  });

  it("reports broken JSON with its line, and JSON that is something else", () => {
    expect(read('{"type":"FeatureCollection",\n"features":[\n}').told[0]).toMatch(/^3 error not JSON/);
    expect(read('{"type":"FeatureCollection","features":[').told[0]).toMatch(/^1 error not JSON/);
    expect(read("[]").told).toEqual(["1 error no FeatureCollection"]);
    expect(read("null").told).toEqual(["1 error no FeatureCollection"]);
  });
});
