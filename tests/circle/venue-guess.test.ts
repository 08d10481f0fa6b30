import { describe, expect, it } from "vitest";
import { guessVenues } from "../../src/circle/venue-guess.js";
import { venueMapOf } from "../../src/circle/venue-map.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { at, bestCells, calendarOf, indoorCellOf, type TestVenue, venueCity, venueNamed } from "./venue-city.js";

/** An estate, an office, a school, a cinema and a restaurant side by side: no cell tells them apart. */
const TOGETHER: readonly TestVenue[] = [
  { venue: "estate", category: "residential", x: 260, y: 60, half: 60 },
  { venue: "office", category: "office", x: 300, y: 90, half: 40 },
  { venue: "school", category: "school", x: 320, y: 40, half: 50 },
  { venue: "cinema", category: "cinema", x: 280, y: 20, half: 40 },
  { venue: "hall", category: "concert_hall", x: 300, y: 60, half: 40 },
];
const CITY = venueCity(
  [...TOGETHER, { venue: "other-estate", category: "residential", x: -400, y: 300, half: 60 }],
  ["concert,hall,music,pop,2026-03-06T19:30,2026-03-06T21:30,A"],
);

function guess(city: LoadedCity, rows: readonly number[], from: string, to: string, weight = 3, most = 3) {
  const cells = rows.map((row) => ({ row, weight }));
  return guessVenues(venueMapOf(city), calendarOf(city), { cells, startSec: at(from), endSec: at(to) }, most).map(
    ({ venue, probability }) => ({ id: city.venues.id[venue], probability }),
  );
}

const HERE = bestCells(CITY, 290, 55, 2);
const best = (from: string, to: string): string | undefined => guess(CITY, HERE, from, to)[0]?.id;

describe("the venue of a stay", () => {
  it("goes by hours and length where the cells tell nothing", () => {
    expect(best("2026-03-04T08:50", "2026-03-04T18:10")).toBe("office");
    expect(best("2026-03-04T19:00", "2026-03-05T07:30")).toBe("estate");
    expect(best("2026-03-04T07:45", "2026-03-04T08:00")).toBe("school");
    expect(best("2026-03-07T19:10", "2026-03-07T21:15")).toBe("cinema");
  });

  it("goes by the event that runs there", () => {
    expect(best("2026-03-06T19:15", "2026-03-06T21:40")).toBe("hall");
    expect(best("2026-03-13T19:15", "2026-03-13T21:40")).not.toBe("hall");
  });

  it("goes by the cells where the hours tell nothing", () => {
    const there = bestCells(CITY, -400, 300, 2);
    expect(guess(CITY, there, "2026-03-04T19:00", "2026-03-05T07:30")[0]?.id).toBe("other-estate");
    expect(guess(CITY, HERE, "2026-03-04T19:00", "2026-03-05T07:30")[0]?.id).toBe("estate");
  });

  it("is all but certain from an indoor cell", () => {
    const city = venueCity([...TOGETHER, { venue: "mall", category: "mall", x: 290, y: 200, half: 60, indoor: true }]);
    const [first] = guess(city, [indoorCellOf(city, "mall")], "2026-03-07T15:00", "2026-03-07T17:00");
    expect(first?.id).toBe("mall");
    expect(first?.probability).toBeGreaterThan(0.95);
    // The same stay heard in outdoor cells alone was hardly in the mall.
    const outside = guess(city, bestCells(city, 290, 180, 2), "2026-03-07T15:00", "2026-03-07T17:00", 10, 9);
    expect(outside.find(({ id }) => id === "mall")?.probability ?? 0).toBeLessThan(0.5);
  });

  it("names at most as many as asked, best first, with probabilities that leave something for elsewhere", () => {
    const all = guess(CITY, HERE, "2026-03-04T12:10", "2026-03-04T13:00", 3, 99);
    expect(all.length).toBeGreaterThanOrEqual(TOGETHER.length);
    expect(all.map(({ probability }) => probability)).toEqual(
      all.map(({ probability }) => probability).sort((a, b) => b - a),
    );
    const sum = all.reduce((total, { probability }) => total + probability, 0);
    expect(sum).toBeLessThan(1);
    expect(sum).toBeGreaterThan(0.5);
    expect(guess(CITY, HERE, "2026-03-04T12:10", "2026-03-04T13:00", 3, 2)).toEqual(all.slice(0, 2));
  });

  it("is none in a city without venues, and without cells", () => {
    expect(guess(venueCity([]), [0], "2026-03-04T12:10", "2026-03-04T13:00")).toEqual([]);
    expect(guess(CITY, [], "2026-03-04T12:10", "2026-03-04T13:00")).toEqual([]);
  });

  it("does not hang on the order in which venues are listed", () => {
    const turned = venueCity([...TOGETHER].reverse());
    const rows = bestCells(turned, 290, 55, 2);
    const told = (city: LoadedCity) =>
      guess(city, rows, "2026-03-04T12:10", "2026-03-04T13:00", 3, 9).map(({ id }) => id);
    expect(told(turned)).toEqual(told(venueCity(TOGETHER)));
    expect(venueNamed(turned, "hall")).toBe(0);
  });
});
