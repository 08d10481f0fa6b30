import { describe, expect, it } from "vitest";
import { busHabit, habitMode, type ModeEvidence, modeOf, readMode, Ways } from "../../src/circle/travel-mode.js";
import { venueMapOf } from "../../src/circle/venue-map.js";
import type { StayLeg } from "../../src/stay/stays.js";
import { bestCells, indoorCellOf, venueCity } from "./venue-city.js";

/** Metro stations and bus stops at both ends of a way of four kilometres, and a station half-way. */
const CITY = venueCity([
  { venue: "west", category: "metro_station", x: -2000, y: 300, half: 60, indoor: true },
  { venue: "middle", category: "metro_station", x: 0, y: 300, half: 60, indoor: true },
  { venue: "east", category: "metro_station", x: 2000, y: 300, half: 60, indoor: true },
  { venue: "stop-west", category: "bus_station", x: -2000, y: -200, half: 20 },
  { venue: "stop-east", category: "bus_station", x: 2000, y: -200, half: 20 },
]);
const MAP = venueMapOf(CITY);
const station = (id: string): number => indoorCellOf(CITY, id);
const [STREET = 0] = bestCells(CITY, 0, -100, 1);

function leg(minutes: number, rows: readonly number[], ends: Partial<StayLeg> = {}): StayLeg {
  const events = rows.map((row, i) => ({ row, timeSec: (60 * minutes * (i + 1)) / (rows.length + 1) }));
  return { fromX: -2000, fromY: 0, toX: 2000, toY: 0, startSec: 0, endSec: 60 * minutes, events, ...ends };
}

const chances = (one: StayLeg) => modeOf(readMode(MAP, one));

/** Ways of a habit that took half an hour each. */
function waysOf(modes: readonly ModeEvidence[], minutes = 30, errorMin = 8): Ways {
  const ways = new Ways();
  for (const { metro, bus } of modes) ways.add(metro, bus, minutes, errorMin);
  return ways;
}

const habit = (...legs: readonly StayLeg[]) =>
  habitMode(waysOf(legs.map((one) => readMode(MAP, one))), Number.NEGATIVE_INFINITY);

describe("the mode of a way", () => {
  it("is the metro where its stations were heard, the surer the more of them", () => {
    const one = chances(leg(30, [station("west")])).metro;
    const two = chances(leg(30, [station("west"), station("middle")])).metro;
    expect(one).toBeGreaterThan(0.6);
    expect(two).toBeGreaterThan(0.95);
    expect(chances(leg(30, [])).metro).toBeLessThan(0.4);
  });

  it("is less likely the metro the more of the way was seen from the street", () => {
    const quiet = chances(leg(30, [])).metro;
    expect(chances(leg(30, [STREET])).metro).toBeLessThan(quiet);
    expect(chances(leg(30, [STREET, STREET, STREET])).metro).toBeLessThan(0.05);
  });

  it("is hardly read from the cells of a station beside a stay, which are heard without riding", () => {
    const beside = leg(30, [station("west")], { fromX: -2000, fromY: 280 });
    expect(chances(beside).metro).toBeLessThan(chances(leg(30, [station("west")])).metro - 0.15);
  });

  it("cannot be what no station within a walk allows, unless it was heard", () => {
    const off = { fromX: -2000, fromY: -4000 };
    expect(chances(leg(30, [], off))).toEqual({ metro: 0, bus: 0, other: 1 });
    expect(chances(leg(30, [station("middle"), station("east")], off)).metro).toBeGreaterThan(0.9);
    expect(chances(leg(8, [], { toX: -1700 }))).toEqual({ metro: 0, bus: 0, other: 1 });
  });

  it("leans to the bus where the way took as long as one takes, and never surely", () => {
    const slow = chances(leg(34, [])).bus;
    const fast = chances(leg(18, [])).bus;
    expect(slow).toBeGreaterThan(1.5 * fast);
    expect(slow).toBeLessThan(0.5);
    expect(chances(leg(34, [station("west"), station("east")])).bus).toBeLessThan(0.05);
  });

  it("of a habit becomes sure with many ways, which a single odd one does not overturn", () => {
    const ride = leg(30, [station("west"), station("middle")]);
    const silent = leg(30, []);
    const impossible = leg(30, [], { toX: 9000 });
    expect(habit(ride, silent, ride, silent, silent).metro).toBeGreaterThan(0.95);
    expect(habit(ride, ride, ride, impossible).metro).toBeGreaterThan(0.9);
    expect(habit(...Array.from({ length: 20 }, () => silent)).metro).toBeLessThan(0.05);
    expect(habit()).toEqual({ metro: 0, bus: 0, other: 1 });
  });

  it("has chances that add up to one", () => {
    const two = [readMode(MAP, leg(40, [STREET])), readMode(MAP, leg(25, [station("east")]))];
    for (const { metro, bus, other } of [chances(leg(20, [])), habitMode(waysOf(two), 1)])
      expect(metro + bus + other).toBeCloseTo(1, 9);
  });

  it("of a habit is the bus where the ways mostly take as long as one, and the car where they take as long as that", () => {
    const trip = { fromX: -2000, fromY: 0, toX: 2000, toY: 0 };
    const untold = Array.from({ length: 20 }, () => ({ metro: 0, bus: 0 }));
    const often = (minutes: number, errorMin = 8) => waysOf(untold, minutes, errorMin);
    const mostly = often(26);
    mostly.add(0, 0, 90, 8);
    expect(busHabit(MAP, trip, often(26))).toBeGreaterThan(1);
    expect(busHabit(MAP, trip, often(18))).toBeLessThan(-0.5);
    expect(Math.abs(busHabit(MAP, trip, often(26, 60)))).toBeLessThan(busHabit(MAP, trip, often(26)));
    expect(busHabit(MAP, trip, mostly)).toBeCloseTo(busHabit(MAP, trip, often(26)), 0);
    expect(busHabit(MAP, { ...trip, fromY: -6000 }, often(26))).toBe(Number.NEGATIVE_INFINITY);
    expect(busHabit(MAP, { ...trip, toX: -1500 }, often(26))).toBe(Number.NEGATIVE_INFINITY);
    expect(busHabit(MAP, trip, new Ways())).toBe(Number.NEGATIVE_INFINITY);
  });

  it("of a habit whose usual time is known takes the bus from that and the metro from its ways", () => {
    const ways = Array.from({ length: 10 }, () => readMode(MAP, leg(26, [])));
    expect(habitMode(waysOf(ways), 3).bus).toBeGreaterThan(0.6);
    expect(habitMode(waysOf(ways), -3).bus).toBeLessThan(0.1);
    const heard = ways.map(() => readMode(MAP, leg(26, [station("west"), station("middle")])));
    expect(habitMode(waysOf(heard), 3).metro).toBeGreaterThan(0.9);
  });
});
