import { beforeAll, expect, test } from "vitest";
import { NONE, toLat, toLon } from "../../src/geo/city.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { affinity } from "../../src/geo/radio.js";
import { fenceArea } from "../../src/trigger/fence-area.js";
import { FenceChances } from "../../src/trigger/fence-chance.js";
import { type Fence, triggerForm } from "../../src/trigger/trigger.js";
import { indoorCellOf, venueCity } from "../circle/venue-city.js";

let city: LoadedCity;
let chances: FenceChances;
beforeAll(() => {
  city = venueCity([
    { venue: "mall", category: "mall", x: 300, y: 200, half: 80, indoor: true },
    { venue: "park", category: "park", x: -900, y: 500, half: 300 },
  ]);
  chances = new FenceChances(city);
});

function fence(where: object): Exclude<Fence, { kind: "region" }> {
  const { where: parsed } = triggerForm.parse({ trigger: "t", on: "enter", where });
  if (parsed.kind === "circle" || parsed.kind === "region") throw new Error("no fence");
  return parsed;
}

function chancesOf(where: object): Map<number, number> {
  const area = fenceArea(city, fence(where));
  if ("unknown" in area) throw new Error(area.unknown);
  return new Map(chances.of(area, 0).map(({ row, chance }) => [row, chance]));
}

/** The same by brute force: the share of a cell that lies inside, over a fine grid around the fence and far beyond. */
function byGrid(row: number, contains: (x: number, y: number) => boolean): number {
  let inside = 0;
  let all = 0;
  for (let x = -2600; x <= 2600; x += 40) {
    for (let y = -2600; y <= 2600; y += 40) {
      const share = Math.exp(affinity(city.cells, row, x, y));
      all += share;
      if (contains(x, y)) inside += share;
    }
  }
  return inside / all;
}

const lonLat = (x: number, y: number) => ({ lon: toLon(city.plane, x), lat: toLat(city.plane, y) });

/** Outdoor rows in the middle of the city, where the lattice has no rim. */
function middleRows(): number[] {
  const { cells } = city;
  return Array.from({ length: cells.count }, (_, row) => row).filter(
    (row) => cells.radio.masts.mast[row] !== NONE && Math.hypot(cells.x[row] as number, cells.y[row] as number) < 1000,
  );
}

test.each([
  [150, 0.03],
  [400, 0.06],
  [1200, 0.08],
])("a circle of %d m holds the part of each footprint that a fine grid finds there, within %d", (metres, within) => {
  const of = chancesOf({ kind: "around", ...lonLat(100, -50), metres });
  const rows = middleRows();
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const expected = byGrid(row, (x, y) => Math.hypot(x - 100, y + 50) <= metres);
    expect(Math.abs((of.get(row) ?? 0) - expected)).toBeLessThan(within);
  }
});

test("the cell of a mall's own is inside it nearly surely, and the cells of the street around it are not", () => {
  const of = chancesOf({ kind: "venue", venue: "mall" });
  expect(of.get(indoorCellOf(city, "mall"))).toBeGreaterThan(0.8);
  for (const row of middleRows()) expect(of.get(row) ?? 0).toBeLessThan(0.3);
});

test("a polygon and the venue of the same ground say the same", () => {
  const ring = [
    [-300, -300],
    [300, -300],
    [300, 300],
    [-300, 300],
    [-300, -300],
  ].map(([dx = 0, dy = 0]) => [toLon(city.plane, dx - 900), toLat(city.plane, dy + 500)]);
  const polygon = chancesOf({ kind: "polygon", polygons: [[ring]] });
  const venue = chancesOf({ kind: "venue", venue: "park" });
  expect(Math.max(...polygon.values())).toBeGreaterThan(0.4);
  for (const [row, chance] of polygon) expect(Math.abs((venue.get(row) ?? 0) - chance)).toBeLessThan(0.06);
});

test("a fence that holds the whole city is sure for each of its cells, and one far away for none", () => {
  const whole = chancesOf({ kind: "around", ...lonLat(0, 0), metres: 50_000 });
  expect(whole.size).toBe(city.cells.count);
  expect(Math.min(...whole.values())).toBeGreaterThan(0.999);
  expect(chancesOf({ kind: "around", ...lonLat(60_000, 0), metres: 500 }).size).toBe(0);
});

test("what the city has not is named", () => {
  expect(fenceArea(city, fence({ kind: "venue", venue: "zoo" }))).toEqual({ unknown: "venue zoo" });
});
