import { describe, expect, test } from "vitest";
import type { Anchor, LifeFacts, PlaceFacts } from "../../src/anchor/anchors.js";
import { knownAnchors, placedLife } from "../../src/circle/own-anchors.js";
import { bestCells, venueCity, venueNamed } from "./venue-city.js";

const CITY = venueCity([
  { venue: "flats", category: "residential", tier: "mid", x: 0, y: 0, half: 150 },
  { venue: "hostel", category: "dormitory", x: 1500, y: 0, half: 120 },
  { venue: "ward", category: "hospital", x: 3000, y: 0, half: 120 },
]);
const VENUES = ["flats", "hostel", "ward"] as const;

const place = (number: number, books: Partial<PlaceFacts> = {}): PlaceFacts => ({
  place: number,
  x: 1500 * number + 120,
  y: 60,
  sigma: 100,
  cell: 0,
  nights: 0,
  recentNights: 0,
  workdays: 0,
  nightMinutes: 0,
  workMinutes: 0,
  wakingMinutes: 3000,
  seenDay: 20_000,
  ...books,
});
const lifeAt = (...places: PlaceFacts[]): LifeFacts => ({
  observedDays: 28,
  nightsObserved: 28,
  recentNightsObserved: 7,
  workdaysObserved: 20,
  wakingMinutes: 15_000,
  nightObservations: 100,
  workObservations: 200,
  places,
});
const anchor = (kind: Anchor["kind"], at: number, more: Partial<Anchor> = {}): Anchor => ({
  kind,
  rank: 1,
  place: at,
  rule: kind === "home" ? "nights" : "working-days",
  days: 20,
  share: 0.9,
  confidence: 0.9,
  ...more,
});
const cellsOf = (at: number) => bestCells(CITY, 1500 * at, 0, 3).map((row, i) => ({ row, weight: 30 - i }));
const told = (life: LifeFacts, anchors: readonly Anchor[]) =>
  knownAnchors(CITY, life, anchors, cellsOf).map(
    ({ anchor: one }) => `${one.kind} ${one.rank} at ${VENUES[one.place]} by ${one.rule}`,
  );

describe("what the places are decides what they are for", () => {
  test("days at home in a dormitory are days on the campus; days at home in an estate are none", () => {
    const days = anchor("day", 1, { rule: "day-at-home", confidence: 0.3 });
    expect(told(lifeAt(place(1, { nights: 28, workdays: 20 })), [anchor("home", 1), days])).toEqual([
      "home 1 at hostel by nights",
      "day 1 at hostel by campus",
    ]);
    const at = (number: number) => ({ ...days, place: number });
    expect(told(lifeAt(place(0, { nights: 28, workdays: 20 })), [anchor("home", 0), at(0)])).toEqual([
      "home 1 at flats by nights",
      "day 1 at flats by day-at-home",
    ]);
  });

  test("a second home that nobody lives in is where the nights are worked", () => {
    const life = lifeAt(place(0, { nights: 28, workdays: 20 }), place(2, { nights: 14, wakingMinutes: 1400 }));
    const homes = [anchor("home", 0), anchor("home", 2, { rank: 2, confidence: 0.6 })];
    const weak = anchor("day", 0, { rule: "day-at-home", confidence: 0.3 });
    expect(told(life, [...homes, weak])).toEqual(["home 1 at flats by nights", "day 1 at ward by turns"]);
    expect(told(life, [...homes, anchor("day", 1)])).toHaveLength(3);
  });

  test("a second home on no venue of the map may be one: nobody knows what it is", () => {
    const away = (at: number) => bestCells(CITY, at === 2 ? -2500 : 1500 * at, at === 2 ? -2500 : 0, 3);
    const life = lifeAt(place(0, { nights: 28, workdays: 20 }), place(2, { nights: 14, wakingMinutes: 1400 }));
    const anchors = [anchor("home", 0), anchor("home", 2, { rank: 2 }), anchor("day", 0, { rule: "day-at-home" })];
    const known = knownAnchors(CITY, life, anchors, (at) => away(at).map((row) => ({ row, weight: 10 })));
    expect(known.map(({ anchor: one }) => one)).toEqual(anchors);
  });

  test("a few waking hours where only staff spends any are sure enough, and elsewhere are not", () => {
    const life = lifeAt(place(0, { nights: 28 }), place(2, { wakingMinutes: 2000, workMinutes: 300 }));
    const hours = anchor("day", 2, { rule: "waking-hours", confidence: 0.35 });
    const [, atWard] = knownAnchors(CITY, life, [anchor("home", 0), hours], cellsOf);
    expect(atWard?.anchor.confidence).toBeGreaterThan(0.6);
    const [, atFlats] = knownAnchors(CITY, lifeAt(place(0)), [anchor("home", 1), { ...hours, place: 0 }], cellsOf);
    expect(atFlats?.anchor.confidence).toBe(0.35);
  });
});

test("home lies where its venue says, other places where their cells are", () => {
  const life = lifeAt(place(0, { nights: 28 }), place(1));
  const placed = placedLife(CITY, life, knownAnchors(CITY, life, [anchor("home", 0)], cellsOf));
  const flats = venueNamed(CITY, "flats");
  const away = ({ x, y }: PlaceFacts) => Math.hypot(x - (CITY.venues.x[flats] ?? 0), y - (CITY.venues.y[flats] ?? 0));
  expect(away(placed.places[0] as PlaceFacts)).toBeLessThan(away(life.places[0] as PlaceFacts) / 2);
  expect(placed.places[1]).toEqual(life.places[1]);
});
