import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellLikelihood, type HeardCell } from "../../src/circle/cell-likelihood.js";
import { venueMapOf } from "../../src/circle/venue-map.js";
import { bestCells, indoorCellOf, venueCity, venueNamed } from "./venue-city.js";

const CITY = venueCity([
  { venue: "campus", category: "university", x: 0, y: 0, half: 400 },
  { venue: "east", category: "office", x: 500, y: 0, half: 50 },
  { venue: "west", category: "office", x: -500, y: 0, half: 50 },
  { venue: "mall", category: "mall", x: 480, y: 130, half: 60, indoor: true },
]);
const MAP = venueMapOf(CITY);

function likelihoods(cells: readonly HeardCell[]): Map<string, number> {
  const { venues, values, count } = cellLikelihood(MAP, cells);
  return new Map(
    Array.from({ length: count }, (_, i) => [CITY.venues.id[venues[i] as number] as string, values[i] as number]),
  );
}

const heard = (rows: readonly number[], weight = 1): HeardCell[] => rows.map((row) => ({ row, weight }));

describe("how probable cells are at venues", () => {
  it("is the mean over the points of a venue of the product over its cells", () => {
    const outdoor = bestCells(CITY, 300, 0, 8);
    fc.assert(
      fc.property(fc.subarray(outdoor, { minLength: 1, maxLength: 4 }), (rows) => {
        const found = likelihoods(heard(rows));
        for (const id of ["campus", "east", "west"]) expect(found.get(id) ?? 1).toBeCloseTo(slow(rows, id), 6);
      }),
    );
  });

  it("counts a cell once however often it was heard", () => {
    const [row = 0] = bestCells(CITY, 500, 0, 1);
    expect(likelihoods(heard([row], 100)).get("east")).toBeCloseTo(likelihoods(heard([row])).get("east") ?? 0, 9);
  });

  it("is lower at a venue whose own cells were not heard, the more so the more was heard", () => {
    const [row = 0] = bestCells(CITY, 490, 60, 1);
    const ratio = (weight: number) => {
      const found = likelihoods(heard([row], weight));
      return (found.get("mall") ?? 0) / (found.get("east") ?? 1);
    };
    expect(ratio(1)).toBeLessThan(0.5);
    expect(ratio(20)).toBeLessThan(0.3 * ratio(1));
  });

  it("is far higher at the venue of an indoor cell than beside it", () => {
    const found = likelihoods(heard([indoorCellOf(CITY, "mall")], 3));
    expect(found.get("mall") ?? 0).toBeGreaterThan(30 * (found.get("east") ?? 1));
  });

  it("leaves nothing behind for the next question", () => {
    const rows = bestCells(CITY, 300, 0, 3);
    const first = likelihoods(heard(rows));
    likelihoods(heard([indoorCellOf(CITY, "mall"), ...bestCells(CITY, -400, 100, 4)]));
    expect(likelihoods(heard(rows))).toEqual(first);
  });

  it("has no more open ground for two cells than for one of them", () => {
    const rows = bestCells(CITY, 150, 80, 2);
    const perPeak = (chosen: readonly number[]) => {
      const { anywhere } = cellLikelihood(MAP, heard(chosen));
      return anywhere / Math.exp(chosen.reduce((sum, row) => sum + 0.75 * MAP.servedBy(row).peak, 0));
    };
    expect(perPeak(rows)).toBeLessThan(perPeak(rows.slice(0, 1)));
    expect(cellLikelihood(MAP, []).count).toBe(0);
    expect(cellLikelihood(MAP, []).anywhere).toBe(0);
  });
});

/** The same by brute force; 0.75 is how far a cell is trusted. */
function slow(rows: readonly number[], id: string): number {
  const venue = venueNamed(CITY, id);
  const from = MAP.venuePoints.first[venue] as number;
  const count = MAP.venuePoints.count[venue] as number;
  let sum = 0;
  let reached = 0;
  for (let point = from; point < from + count; point++) {
    let gain = 0;
    for (const row of rows) {
      const { start, end } = MAP.servedBy(row);
      for (let i = start; i < end; i++) if (MAP.points[i] === point) gain += 0.75 * (MAP.gains[i] as number);
    }
    if (gain > 0) reached++;
    sum += gain > 0 ? Math.exp(gain) : 0;
  }
  return reached === 0 ? 1 : sum / count;
}
