import fc from "fast-check";
import { cellToLatLng, latLngToCell } from "h3-js";
import { describe, expect, it } from "vitest";
import { toX, toY } from "../../src/geo/city.js";
import { footprintH3, h3Of, h3Text } from "../../src/geo/h3.js";
import { affinity } from "../../src/geo/radio.js";
import { cityOf, lattice } from "./antennas.js";
import { loadSound } from "./city-files.js";

describe("H3", () => {
  it("words are those of the library's index, at every resolution", () => {
    const lon = fc.double({ min: -180, max: 180, noNaN: true });
    const lat = fc.double({ min: -90, max: 90, noNaN: true });
    fc.assert(
      fc.property(lon, lat, fc.integer({ min: 0, max: 15 }), (x, y, resolution) => {
        const { h3Hi, h3Lo } = h3Of(x, y, resolution);
        const index = latLngToCell(y, x, resolution);
        expect(h3Text(h3Hi, h3Lo)).toBe(index);
        expect((BigInt(h3Hi) << 32n) | BigInt(h3Lo)).toBe(BigInt(`0x${index}`));
      }),
    );
  });

  it("weights of a footprint sum to 1, for any cell and resolution", () => {
    const city = loadSound();
    const dense = cityOf(lattice([0, 120, 240]));
    const row = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(fc.constantFrom(city, dense), row, fc.integer({ min: 6, max: 12 }), (one, cell, resolution) => {
        const weights = footprintH3(one, cell, resolution);
        expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
        expect(new Set(weights.map(({ h3Hi, h3Lo }) => h3Text(h3Hi, h3Lo))).size).toBe(weights.length);
        for (const { weight } of weights) expect(weight).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it("weights have the mean of the footprint, and grow with the share of the cell there", () => {
    const city = cityOf(lattice([0, 120, 240]));
    const weights = footprintH3(city, 0, 10);
    let [x, y] = [0, 0];
    for (const { h3Hi, h3Lo, weight } of weights) {
      const [lat, lon] = cellToLatLng(h3Text(h3Hi, h3Lo));
      x += weight * toX(city.plane, lon);
      y += weight * toY(city.plane, lat);
    }
    expect(Math.hypot(x - (city.cells.x[0] as number), y - (city.cells.y[0] as number))).toBeLessThan(
      (city.cells.sigma[0] as number) / 4,
    );
    const share = ({ h3Hi, h3Lo }: { h3Hi: number; h3Lo: number }): number => {
      const [lat, lon] = cellToLatLng(h3Text(h3Hi, h3Lo));
      return affinity(city.cells, 0, toX(city.plane, lon), toY(city.plane, lat));
    };
    expect(share(weights[0] as (typeof weights)[0])).toBeGreaterThan(share(weights.at(-1) as (typeof weights)[0]));
  });

  it("weights of an indoor cell are around its venue", () => {
    const weights = footprintH3(loadSound(), 5, 9);
    const { h3Hi, h3Lo } = h3Of(120.152, 30.255, 9);
    expect(weights[0]).toMatchObject({ h3Hi, h3Lo });
    expect(weights.length).toBeLessThan(10);
  });
});
