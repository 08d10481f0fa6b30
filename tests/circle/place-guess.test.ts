import { describe, expect, it } from "vitest";
import { guessPlaceVenues } from "../../src/circle/place-guess.js";
import type { PlaceHours } from "../../src/circle/place-habits.js";
import { venueMapOf } from "../../src/circle/venue-map.js";
import { CATEGORIES } from "../../src/geo/city.js";
import { affinity } from "../../src/geo/radio.js";
import { bestCells, venueCity, venueNamed } from "./venue-city.js";

const CITY = venueCity([
  { venue: "villas", category: "residential", tier: "high", x: 250, y: 60, half: 70 },
  { venue: "flats", category: "residential", tier: "low", x: 420, y: -120, half: 70 },
  { venue: "tower", category: "office", tier: "high", x: 300, y: 90, half: 50 },
  { venue: "bureau", category: "government", x: 270, y: -40, half: 40 },
]);
const HOURS: PlaceHours = {
  nights: 20,
  nightsObserved: 24,
  workdays: 15,
  workdaysObserved: 18,
  nightMinutes: 9000,
  workMinutes: 6000,
  wakingMinutes: 8000,
};
const heard = (x: number, y: number, count: number) =>
  bestCells(CITY, x, y, count).map((row, i) => ({ row, weight: 30 - i }));
const guess = (kind: "home" | "day" | "other", x = 280, y = 40, count = 3) =>
  guessPlaceVenues(
    venueMapOf(CITY),
    { kind, cells: heard(x, y, count), hours: { ...HOURS, nights: kind === "home" ? 20 : 0 } },
    9,
  );
const idOf = (found: ReturnType<typeof guess>) => CITY.venues.id[found.venues[0]?.venue ?? -1];

describe("the venue of a place of many days", () => {
  it("is an estate for a home and an office or bureau for a day place, from the same cells", () => {
    expect(idOf(guess("home"))).toBe("villas");
    expect(["tower", "bureau"]).toContain(idOf(guess("day")));
  });

  it("sums categories and tiers over all venues", () => {
    for (const kind of ["home", "day", "other"] as const) {
      const found = guess(kind);
      const sum = (ids: readonly string[]) =>
        found.venues
          .filter(({ venue }) => ids.includes(CITY.venues.id[venue] as string))
          .reduce((total, { probability }) => total + probability, 0);
      expect(found.category("residential")).toBeCloseTo(sum(["villas", "flats"]), 9);
      expect(found.tier("high")).toBeCloseTo(sum(["villas", "tower"]), 9);
      expect(found.tier("mid")).toBe(0);
      const all = CATEGORIES.reduce((total, category) => total + found.category(category), 0);
      expect(all).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it("is narrowed down by more cells of the same place", () => {
    // A first cell that serves both estates alike, and second ones that serve one estate better than the other.
    const towards = (id: string, other: string) => (row: number) => {
      const share = (at: string) => {
        const venue = venueNamed(CITY, at);
        return affinity(CITY.cells, row, CITY.venues.x[venue] as number, CITY.venues.y[venue] as number);
      };
      return share(id) - share(other);
    };
    const near = bestCells(CITY, 335, -30, 8);
    const both = [...near].sort(
      (a, b) => Math.abs(towards("villas", "flats")(a)) - Math.abs(towards("villas", "flats")(b)),
    )[0] as number;
    for (const [id, other] of [
      ["villas", "flats"],
      ["flats", "villas"],
    ] as const) {
      const telling = [...near].sort((a, b) => towards(id, other)(b) - towards(id, other)(a))[0] as number;
      const chance = (rows: readonly number[]) =>
        guessPlaceVenues(
          venueMapOf(CITY),
          { kind: "home", cells: rows.map((row) => ({ row, weight: 10 })), hours: HOURS },
          9,
        ).venues.find(({ venue }) => venue === venueNamed(CITY, id))?.probability ?? 0;
      expect(chance([both, telling])).toBeGreaterThan(chance([both]) + 0.1);
    }
  });

  it("is none without cells", () => {
    const found = guessPlaceVenues(venueMapOf(CITY), { kind: "home", cells: [], hours: HOURS });
    expect(found.venues).toEqual([]);
    expect(found.category("residential")).toBe(0);
    expect(found.tier("high")).toBe(0);
  });
});
