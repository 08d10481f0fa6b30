import { describe, expect, it } from "vitest";
import type { LoadedCity } from "../../src/geo/load.js";
import { affinity, reachOf, spreadOf } from "../../src/geo/radio.js";
import { type Antenna, cityOf, lattice } from "./antennas.js";
import { loadSound } from "./city-files.js";

const share = (city: LoadedCity, row: number, x: number, y: number): number =>
  Math.exp(affinity(city.cells, row, x, y));

describe("the best-server model", () => {
  it("gives each of two equal masts half of the points between them, but for those that nobody serves", () => {
    const city = cityOf([
      { x: -300, y: 0 },
      { x: 300, y: 0 },
    ]);
    expect(share(city, 0, 0, 0)).toBeCloseTo(share(city, 1, 0, 0), 4);
    expect(share(city, 0, 0, 0)).toBeGreaterThan(0.45);
    expect(share(city, 0, -200, 0)).toBeGreaterThan(0.9);
  });

  it("gives the cells of a dense network about all the phones in its middle, though each knows twelve rivals only", () => {
    const antennas = lattice([0, 120, 240]);
    const city = cityOf(antennas);
    for (const [x, y] of [
      [0, 0],
      [130, 40],
      [300, 0],
      [250, 170],
      [-90, -210],
    ] as const) {
      let total = 0;
      for (let row = 0; row < antennas.length; row++) total += share(city, row, x, y);
      expect(total).toBeGreaterThan(0.75);
      expect(total).toBeLessThan(1.15);
    }
  });

  it("prefers the sector that looks at the point, and shares evenly on the line between two", () => {
    const city = cityOf([0, 120, 240].map((azimuth) => ({ x: 0, y: 0, azimuth })));
    expect(share(city, 0, 0, 300)).toBeGreaterThan(30 * share(city, 1, 0, 300));
    const [x, y] = [300 * Math.sin(Math.PI / 3), 300 * Math.cos(Math.PI / 3)];
    expect(share(city, 0, x, y)).toBeCloseTo(share(city, 1, x, y), 3);
  });

  it("agrees with drawing the strongest of shadowed cells", () => {
    const antennas = lattice([undefined]);
    const city = cityOf(antennas);
    for (const [x, y] of [
      [60, 0],
      [250, 90],
      [320, 30],
      [150, 400],
    ] as const) {
      expect(Math.abs(share(city, 0, x, y) - drawnShare(antennas, x, y))).toBeLessThan(0.06);
    }
  });

  it("falls with distance, also beyond all rivals", () => {
    const city = cityOf(lattice([undefined]));
    let last = Number.POSITIVE_INFINITY;
    for (const x of [100, 400, 800, 1600, 3200, 6400, 12_800]) {
      expect(affinity(city.cells, 0, x, 10)).toBeLessThan(last);
      last = affinity(city.cells, 0, x, 10);
    }
    expect(last).toBeLessThan(-6);
  });

  it("does not let generations compete", () => {
    const city = cityOf([
      { x: 0, y: 0 },
      { x: 100, y: 0, kind: "ecgi" },
    ]);
    expect(share(city, 0, 50, 0)).toBeGreaterThan(0.95);
    expect(share(city, 1, 50, 0)).toBeGreaterThan(0.95);
  });

  it("holds an indoor cell to its venue", () => {
    const { cells } = loadSound();
    const [x, y] = [cells.x[5] as number, cells.y[5] as number];
    expect(affinity(cells, 5, x + 40, y)).toBeCloseTo(0);
    expect(affinity(cells, 5, x + 400, y)).toBeLessThan(-10);
  });

  it("takes positions closer than masts ever stand for sectors and layers of fewer masts, unless the plan tells azimuths", () => {
    expect(spreadOf(2000)).toBe(1);
    expect(spreadOf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(spreadOf(500)).toBe(2);
    expect(spreadOf(100)).toBeCloseTo(Math.sqrt(6));
    const dense = lattice([undefined]).map(({ x, y }) => ({ x: x / 3, y: y / 3 }));
    const bare = cityOf(dense).cells.sigma[0] as number;
    const told = cityOf([...dense, { x: 4000, y: 0, azimuth: 10 }]).cells.sigma[0] as number;
    expect(bare).toBeGreaterThan(1.2 * told);
  });

  it("reaches as far as the plan says, else as far as the rivals that it knows", () => {
    expect(reachOf(800, 500, true)).toBe(800);
    expect(reachOf(Number.NaN, 20, false)).toBe(100);
    expect(reachOf(Number.NaN, 700, false)).toBe(700);
    expect(reachOf(Number.NaN, 700, true)).toBe(10_000);
    expect(reachOf(Number.NaN, Number.NaN, false)).toBe(1000);
  });
});

/** How often mast 0 is the strongest: 40 dB a decade, 8 dB of shadowing correlated by a half, from a fixed sequence. */
function drawnShare(antennas: readonly Antenna[], x: number, y: number): number {
  let state = 12_345;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const draws = 6000;
  let won = 0;
  for (let draw = 0; draw < draws; draw++) {
    let best = Number.NEGATIVE_INFINITY;
    let winner = -1;
    for (const [row, antenna] of antennas.entries()) {
      const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
      // The half of the shadowing that all masts share moves them alike, so only the other half is drawn.
      const power = -20 * Math.log10((antenna.x - x) ** 2 + (antenna.y - y) ** 2 + 900) + 8 * Math.SQRT1_2 * normal;
      if (power > best) [best, winner] = [power, row];
    }
    if (winner === 0) won++;
  }
  return won / draws;
}
