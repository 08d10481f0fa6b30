import { describe, expect, it } from "vitest";
import { eventsDuring, INDOORS, LEAST_LOG, VenueMap, venueMapOf } from "../../src/circle/venue-map.js";
import { affinity } from "../../src/geo/radio.js";
import { at, bestCells, indoorCellOf, venueCity, venueNamed } from "./venue-city.js";

const CITY = venueCity(
  [
    { venue: "estate", category: "residential", x: 100, y: 50, half: 120 },
    { venue: "office", category: "office", x: 420, y: 60, half: 50 },
    { venue: "mall", category: "mall", x: -300, y: 100, half: 100, indoor: true },
    { venue: "cinema", category: "cinema", x: -330, y: 120, half: 20 },
    { venue: "hall", category: "concert_hall", x: 0, y: 900, half: 60 },
    { venue: "far", category: "residential", x: 2300, y: 0, half: 100 },
  ],
  [
    "late,hall,music,pop,2026-03-02T19:30,2026-03-02T21:30,B",
    "early,hall,music,jazz,2026-03-01T19:30,2026-03-01T21:30,A",
  ],
);

/** Venue to the gains of its points. */
function gainsOf(map: VenueMap, row: number): Map<number, number[]> {
  const { start, end } = map.servedBy(row);
  const gains = new Map<number, number[]>();
  for (let i = start; i < end; i++) {
    const venue = map.venuePoints.venue[map.points[i] as number] as number;
    gains.set(venue, [...(gains.get(venue) ?? []), map.gains[i] as number]);
  }
  return gains;
}

describe("the venue map", () => {
  it("gives the radio model's probability at each point of the venues about, above the least", () => {
    const map = venueMapOf(CITY);
    for (const row of bestCells(CITY, 200, 60, 5)) {
      const { start, end } = map.servedBy(row);
      const known = new Map<number, number>();
      for (let i = start; i < end; i++) known.set(map.points[i] as number, map.gains[i] as number);
      expect(known.size).toBeGreaterThan(0);
      const least = Math.exp(LEAST_LOG);
      for (const [point, gain] of known) {
        const { x, y } = map.venuePoints;
        const chance = Math.exp(affinity(CITY.cells, row, x[point] as number, y[point] as number));
        expect(gain).toBeCloseTo(Math.log(least + (1 - least) * chance) - LEAST_LOG, 4);
      }
    }
  });

  it("takes an indoor cell as all but sure in its venue, likely in a cinema within, and rare before the door", () => {
    const gains = gainsOf(venueMapOf(CITY), indoorCellOf(CITY, "mall"));
    const of = (id: string) => Math.exp(Math.max(...(gains.get(venueNamed(CITY, id)) ?? [0])) + LEAST_LOG);
    expect(of("mall")).toBeCloseTo(INDOORS, 2);
    expect(of("cinema")).toBeGreaterThan(0.2);
    expect(of("cinema")).toBeLessThan(INDOORS);
    expect(of("estate")).toBeLessThan(0.05);
    expect(gains.has(venueNamed(CITY, "far"))).toBe(false);
  });

  it("answers the same with room for one cell as with room for all", () => {
    const [wide, narrow] = [new VenueMap(CITY), new VenueMap(CITY, 1)];
    for (const row of [...bestCells(CITY, 0, 0, 6), ...bestCells(CITY, 0, 0, 6), indoorCellOf(CITY, "mall")])
      expect(gainsOf(narrow, row)).toEqual(gainsOf(wide, row));
  });

  it("knows which venues have cells of their own", () => {
    const map = venueMapOf(CITY);
    expect(map.indoorGenerations[venueNamed(CITY, "mall")]).not.toBe(0);
    expect(map.indoorGenerations[venueNamed(CITY, "estate")]).toBe(0);
  });

  it("finds the events of a venue that overlap an interval, in order", () => {
    const hall = venueNamed(CITY, "hall");
    const during = (from: string, to: string) =>
      eventsDuring(venueMapOf(CITY), hall, at(from), at(to)).map((event) => event.id);
    expect(during("2026-03-01T20:00", "2026-03-02T20:00")).toEqual(["early", "late"]);
    expect(during("2026-03-02T20:00", "2026-03-02T20:10")).toEqual(["late"]);
    expect(during("2026-03-02T21:30", "2026-03-02T23:00")).toEqual([]);
    expect(eventsDuring(venueMapOf(CITY), venueNamed(CITY, "mall"), 0, 4e9)).toEqual([]);
  });
});
