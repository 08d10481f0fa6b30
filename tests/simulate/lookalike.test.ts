import { describe, expect, test } from "vitest";
import { dayOfDate, dayStartMs, HOUR_MS, isWorkingDay } from "../../src/simulate/calendar.js";
import type { DayContext } from "../../src/simulate/day-context.js";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import { homeAboveOffices, longTripEndMs, lookalikeOf, planLookalike } from "../../src/simulate/lookalike.js";
import { type ConfounderOptions, DEFAULT_OPTIONS } from "../../src/simulate/options.js";
import type { Lookalike, Person, Role, Visit } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Random } from "../../src/simulate/random.js";
import { Simulation } from "../../src/simulate/simulation.js";

const places = new Places(guangzhou());
const first = dayOfDate("2025-03-03");
const WEEKS = Array.from({ length: 28 }, (_, i) => first + i);
const ALL: ConfounderOptions = {
  ...DEFAULT_OPTIONS.confounders,
  aboveOfficeShare: 1,
  longTripShare: 1,
  campusParentShare: 1,
  officialBusinessShare: 1,
  officeCallerShare: 1,
  promenadeShare: 1,
  bedsideShare: 1,
  stayUpShare: 1,
};
const model = new Simulation({ subscribers: 200, days: 1 }).people;

function personOf(role: Role, options: ConfounderOptions, more: Partial<Person> = {}): Person {
  const one = { ...(model.find((each) => each.role === role) as Person), gate: null, ...more };
  return { ...one, lookalike: lookalikeOf(one, first, options, places, new Random(1)) };
}

function contextOf(day: number): DayContext {
  const random = new Random(3, `day ${day}`);
  return { day, baseMs: dayStartMs(day), places, events: [], random, hoursSigmaMs: 0, homeOfficeShare: 0 };
}

/** What four weeks hold of one habit, with no duty at all. */
function visitsOf(person: Person, habit: keyof Lookalike): Visit[] {
  const without = Object.fromEntries(Object.keys(person.lookalike).map((key) => [key, key === "lateHours" ? 0 : null]));
  const alone = { ...person, lookalike: { ...without, [habit]: person.lookalike[habit] } as unknown as Lookalike };
  return WEEKS.flatMap((day) => {
    const visits: Visit[] = [];
    planLookalike(alone, contextOf(day), visits, null);
    return visits;
  });
}

describe("a lookalike", () => {
  const freelancer = personOf("freelancer", ALL);

  test("is nobody when all shares are zero, and everybody whom it suits when they are one", () => {
    const none = Object.fromEntries(
      Object.entries(ALL).map(([key, value]) => [key, typeof value === "number" ? 0 : value]),
    );
    const { lookalike } = personOf("freelancer", none as unknown as ConfounderOptions);
    expect(Object.values(lookalike).every((value) => value === null || value === 0)).toBe(true);
    expect(Object.values(freelancer.lookalike).every((value) => value !== null && value !== 0)).toBe(true);
    for (const role of ["visitor", "student", "pupil"] as const)
      expect(personOf(role, ALL).lookalike).toEqual(lookalike);
  });

  test("goes on errands to one government building, in working hours of working days, several times", () => {
    const visits = visitsOf(freelancer, "counter");
    expect(visits.length).toBeGreaterThanOrEqual(4);
    for (const { arriveMs, departMs, place, purpose } of visits) {
      const day = Math.floor((arriveMs - dayStartMs(0)) / 86_400_000);
      expect(isWorkingDay(day)).toBe(true);
      expect((arriveMs - dayStartMs(day)) / HOUR_MS).toBeGreaterThanOrEqual(9);
      expect((departMs - dayStartMs(day)) / HOUR_MS).toBeLessThan(17.5);
      expect([places.venue(place.venue).category, purpose]).toEqual(["government", "errand"]);
    }
  });

  test.each([
    ["campus", "university", "leisure"],
    ["client", "office", "errand"],
    ["bedside", "hospital", "hospital"],
  ] as const)("by its %s comes to the same %s again and again, never for work", (habit, category, purpose) => {
    const visits = visitsOf(freelancer, habit);
    expect(visits.length).toBeGreaterThanOrEqual(4);
    expect(new Set(visits.map(({ place }) => place.venue)).size).toBe(1);
    for (const visit of visits) {
      expect([places.venue(visit.place.venue).category, visit.purpose]).toEqual([category, purpose]);
      expect(visit.departMs - visit.arriveMs).toBeLessThan(5 * HOUR_MS);
    }
  });

  test("spends evenings beside a stadium or hall, outside of it", () => {
    const visits = visitsOf(freelancer, "promenade");
    expect(visits.length).toBeGreaterThanOrEqual(8);
    for (const { place } of visits) {
      expect(place.venue).toBe(-1);
      const venues = [...places.all("stadium"), ...places.all("concert_hall")].map((index) => places.venue(index));
      const edges = venues.map(({ x, y, radiusM }) => Math.hypot(x - place.x, y - place.y) - radiusM);
      expect(Math.min(...edges.map(Math.abs))).toBeLessThan(100);
    }
  });

  test("on a long trip is gone once, for ten days or more", () => {
    const ends = WEEKS.map((day) => longTripEndMs(freelancer, contextOf(day)));
    const begun = ends.findIndex((end) => end !== null);
    expect(begun).toBeGreaterThanOrEqual(2);
    expect(((ends[begun] ?? 0) - dayStartMs(first + begun)) / 86_400_000).toBeGreaterThanOrEqual(10);
    expect(ends.slice(begun + 3).every((end) => end === null)).toBe(true);
  });

  test("stays up only where no duty and no child calls in the morning", () => {
    expect(personOf("mall_staff", ALL, { dutyFrom: 13 }).lookalike.lateHours).toBeGreaterThan(3);
    expect(personOf("mall_staff", ALL, { dutyFrom: 9.5 }).lookalike.lateHours).toBe(0);
    expect(personOf("office", ALL).lookalike.lateHours).toBe(0);
    const gate = places.gate(places.all("school")[0] ?? -1, new Random(1));
    expect(personOf("homemaker", ALL, { gate }).lookalike.lateHours).toBe(0);
  });

  test("lives above offices in an office building, unless it works in one", () => {
    const home = homeAboveOffices("retired", ALL, places, new Random(1));
    expect(places.venue(home?.venue ?? -1).category).toBe("office");
    for (const role of ["office", "cleaner", "night_guard", "visitor", "student"] as const)
      expect(homeAboveOffices(role, ALL, places, new Random(1))).toBeNull();
  });
});

test("people who gain no lookalike live the same days as in a city without any", () => {
  const run = (shares: Partial<ConfounderOptions>): Map<string, string> => {
    const stays = new Map<string, string>();
    const options = { subscribers: 60, days: 3, traffic: { eventsPerDayMax: 0 } };
    const simulation = new Simulation({ ...options, confounders: shares });
    for (const day of simulation.days()) expect(day.rows).toBe(0);
    for (const line of simulation.truth.takeStays()) {
      const [who = ""] = line.split(",");
      stays.set(who, (stays.get(who) ?? "") + line);
    }
    return stays;
  };
  const without = run({ bedsideShare: 0, promenadeShare: 0 });
  const withSome = run({ bedsideShare: 0, promenadeShare: 1 });
  const others = [...without].filter(([who, text]) => withSome.get(who) === text).length;
  expect(others).toBeGreaterThan(40);
  expect(others).toBeLessThan(without.size);
});
