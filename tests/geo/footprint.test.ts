import { describe, expect, it } from "vitest";
import { mastSpan, SIGMA_OUTDOOR_MIN_M, samplePoints } from "../../src/geo/footprint.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { affinity } from "../../src/geo/radio.js";
import { cityOf, lattice } from "./antennas.js";
import { loadSound } from "./city-files.js";

/** Moments of the row's share over a fine square grid around its mast. */
function measured({ cells }: LoadedCity, row: number): { x: number; y: number; sigma: number } {
  const { radio } = cells;
  const mast = radio.masts.mast[row] as number;
  const span = mastSpan(radio, mast);
  let [weight, sumX, sumY, squares] = [0, 0, 0, 0];
  for (let dx = -span; dx <= span; dx += span / 40) {
    for (let dy = -span; dy <= span; dy += span / 40) {
      if (dx * dx + dy * dy > span * span) continue;
      const share = Math.exp(
        affinity(cells, row, (radio.masts.x[mast] as number) + dx, (radio.masts.y[mast] as number) + dy),
      );
      weight += share;
      sumX += share * dx;
      sumY += share * dy;
      squares += share * (dx * dx + dy * dy);
    }
  }
  const [x, y] = [sumX / weight, sumY / weight];
  return { x, y, sigma: Math.sqrt((squares / weight - x * x - y * y) / 2) };
}

describe("footprints", () => {
  it("have the moments that a fine grid gives, to a tenth of their sigma", () => {
    const networks = [
      lattice([undefined]),
      lattice([30, 150, 270]),
      lattice([10, 190]),
      [
        { x: 0, y: 0 },
        { x: 900, y: 0 },
      ],
    ];
    for (const antennas of networks) {
      const city = cityOf(antennas);
      const rows = Math.min(3, antennas.length);
      for (let row = 0; row < rows; row++) {
        const fine = measured(city, row);
        const { x, y, siteX, siteY, sigma } = city.cells;
        expect(Math.abs((sigma[row] as number) - fine.sigma)).toBeLessThan(fine.sigma / 10);
        const apart = Math.hypot(
          (x[row] as number) - (siteX[row] as number) - fine.x,
          (y[row] as number) - (siteY[row] as number) - fine.y,
        );
        expect(apart).toBeLessThan(fine.sigma / 10);
      }
    }
  });

  it("of an omnidirectional cell amid equals lie on its mast, about a cell wide", () => {
    const { cells } = cityOf(lattice([undefined]));
    expect(
      Math.hypot(
        (cells.x[0] as number) - (cells.siteX[0] as number),
        (cells.y[0] as number) - (cells.siteY[0] as number),
      ),
    ).toBeLessThan(10);
    expect(cells.sigma[0]).toBeGreaterThan(120);
    expect(cells.sigma[0]).toBeLessThan(300);
  });

  it("of a sector lie ahead of its antenna", () => {
    const { cells } = cityOf(lattice([90, 210, 330]));
    expect((cells.x[0] as number) - (cells.siteX[0] as number)).toBeGreaterThan(100);
    expect(Math.abs((cells.y[0] as number) - (cells.siteY[0] as number))).toBeLessThan(20);
  });

  it("shrink with a shorter range, and with more neighbours", () => {
    const wide = cityOf([{ x: 0, y: 0, range: 3000 }]).cells.sigma[0] as number;
    const narrow = cityOf([{ x: 0, y: 0, range: 500 }]).cells.sigma[0] as number;
    const crowded = cityOf(lattice([undefined]).map((antenna) => ({ ...antenna, range: 3000 }))).cells
      .sigma[0] as number;
    expect(narrow).toBeLessThan(wide / 3);
    expect(crowded).toBeLessThan(wide / 3);
  });

  it("are never narrower than positions are known, however many cells share a position", () => {
    const crowd = Array.from({ length: 100 }, (_, i) => ({ x: (i % 5) * 20, y: Math.floor(i / 20) * 20 }));
    const { cells } = cityOf(crowd);
    for (const sigma of cells.sigma) expect(sigma).toBeGreaterThanOrEqual(SIGMA_OUTDOOR_MIN_M);
    for (const x of cells.x) expect(Number.isFinite(x)).toBe(true);
  });

  it("of an indoor cell are its venue", () => {
    const { cells, venues } = loadSound();
    expect([cells.x[5], cells.y[5]]).toEqual([venues.x[0], venues.y[0]]);
    expect(cells.sigma[5]).toBeCloseTo((venues.radius[0] as number) / 2, 3);
    expect(cells.indoorVenue[5]).toBe(0);
  });

  it("are measured at points that stand for the whole disc", () => {
    const { area } = samplePoints(6, 10);
    expect(area.reduce((sum, part) => sum + part, 0)).toBeCloseTo(Math.PI);
  });
});
