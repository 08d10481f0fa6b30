import { expect, test } from "vitest";
import { planDay } from "../../src/simulate/agenda.js";
import { DAY_MS, dayOfDate, dayStartMs, HOUR_MS } from "../../src/simulate/calendar.js";
import type { DayContext } from "../../src/simulate/day-context.js";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import type { Visit } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Random } from "../../src/simulate/random.js";
import { Simulation } from "../../src/simulate/simulation.js";

const places = new Places(guangzhou());
const first = dayOfDate("2025-03-03");
const people = new Simulation({ subscribers: 250, days: 1 }).people;

function visitsOf(day: number, homeOfficeShare: number): { role: string; visit: Visit }[] {
  return people.flatMap((person) => {
    const random = new Random(1, `${day} ${person.index}`);
    const context: DayContext = {
      day,
      baseMs: dayStartMs(day),
      places,
      events: [],
      random,
      hoursSigmaMs: 0,
      homeOfficeShare,
    };
    return planDay(person, context, 0).visits.map((visit) => ({ role: person.role, visit }));
  });
}

test("office workers who work at home are in no office, and all others are where they work", () => {
  const atWork = (share: number, role: string): number =>
    visitsOf(first, share).filter((one) => one.role === role && one.visit.purpose === "work").length;
  expect(atWork(0, "office")).toBeGreaterThan(50);
  expect(atWork(1, "office")).toBe(0);
  expect(atWork(1, "civil_servant")).toBe(atWork(0, "civil_servant"));
});

test("citizens come to a government building in its hours on working days only", () => {
  let errands = 0;
  for (let day = first; day < first + 7; day++) {
    for (const { role, visit } of visitsOf(day, 0)) {
      const government = places.venue(Math.max(0, visit.place.venue)).category === "government";
      if (visit.purpose !== "errand" || !government || role === "courier") continue;
      errands++;
      const hour = (visit.arriveMs - dayStartMs(day)) / HOUR_MS;
      expect(day).toBeLessThan(first + 5);
      expect(hour).toBeGreaterThan(8.4);
      expect(hour).toBeLessThan(16.6);
      expect(visit.departMs - visit.arriveMs).toBeLessThan(DAY_MS / 10);
    }
  }
  expect(errands).toBeGreaterThan(3);
});
