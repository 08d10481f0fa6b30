import { describe, expect, test } from "vitest";
import { dayOfDate } from "../../src/simulate/calendar.js";
import { mergeOptions } from "../../src/simulate/option-check.js";
import { ROLES } from "../../src/simulate/person.js";
import { SCENARIOS, type Scenario, scenarioNamed } from "../../src/simulate/scenarios.js";
import { Simulation } from "../../src/simulate/simulation.js";

const PEOPLE = 80;

/** Circles and roles of each person of a small edition of the city, without its signalling. */
function truthOf({ options }: Scenario): { circles: Map<string, Set<string>>; roles: Map<string, Set<string>> } {
  const small = { subscribers: PEOPLE, traffic: { eventsPerDayMax: 0 } };
  const simulation = new Simulation(mergeOptions(options, small));
  for (const day of simulation.days()) expect(day.rows).toBe(0);
  const lastDay = dayOfDate(simulation.options.start) + simulation.options.days - 1;
  return { circles: collect(simulation.truth.circles(lastDay)), roles: collect(simulation.roles()) };
}

function collect(lines: Iterable<string>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of lines) {
    const [subscriber = "", value = ""] = line.trimEnd().split(",");
    const values = found.get(subscriber) ?? new Set();
    found.set(subscriber, values.add(value));
  }
  return found;
}

describe("in the test city", () => {
  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    "%s there are members and people who are taken for them",
    (_, scenario) => {
      const { circles, roles } = truthOf(scenario);
      for (const circle of scenario.circles) {
        const isMember = (who: string): boolean =>
          [...(circles.get(who) ?? [])].some((one) => (circle.endsWith(":") ? one.startsWith(circle) : one === circle));
        const people = [...roles.keys()];
        const taken = people.filter((who) => scenario.confounders.some((role) => roles.get(who)?.has(role)));
        expect(people.filter(isMember).length, `members of ${circle}`).toBeGreaterThanOrEqual(4);
        expect(taken.filter((who) => !isMember(who)).length, `others than ${circle}`).toBeGreaterThanOrEqual(
          PEOPLE / 8,
        );
        for (const role of scenario.confounders)
          expect(
            [...roles.values()].some((own) => own.has(role)),
            role,
          ).toBe(true);
      }
    },
  );
});

test("each scenario has a name of its own and is found by it; another name is refused with all names", () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  for (const scenario of SCENARIOS) expect(scenarioNamed(scenario.name)).toBe(scenario);
  expect(() => scenarioNamed("campus")).toThrow(/campus is no scenario\n {2}mend: give one of .*campus-neighbours/);
});

test("a scenario has only the roles that it names", () => {
  const { people } = new Simulation(
    mergeOptions(scenarioNamed("office-couriers").options, { subscribers: 50, days: 1 }),
  );
  expect(new Set(people.map(({ role }) => role))).toEqual(new Set(["office", "courier"]));
  for (const { confounders } of SCENARIOS)
    for (const name of confounders) expect(name.includes("_") || ROLES.some((role) => role === name)).toBe(true);
});
