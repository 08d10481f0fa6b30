import { describe, expect, test } from "vitest";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import { resolveOptions } from "../../src/simulate/option-check.js";
import type { PartialOptions } from "../../src/simulate/options.js";
import type { Person } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Population } from "../../src/simulate/population.js";
import { Travel } from "../../src/simulate/travel.js";

const plan = guangzhou();
const places = new Places(plan);
const travel = new Travel(places);

function peopleOf(given: PartialOptions): readonly Person[] {
  return new Population(plan, places, travel, resolveOptions({ subscribers: 600, ...given })).people;
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}

describe("the people of a city", () => {
  test("are the same for the same seed", () => {
    expect(peopleOf({ seed: 4 })).toEqual(peopleOf({ seed: 4 }));
    expect(peopleOf({ seed: 5 })).not.toEqual(peopleOf({ seed: 4 }));
  });

  test("have roles by their weights, and none of weight 0", () => {
    const usual = peopleOf({});
    expect(share(usual, ({ role }) => role === "office")).toBeGreaterThan(0.2);
    const without = peopleOf({ roles: { office: 0 } });
    expect(share(without, ({ role }) => role === "office")).toBe(0);
  });

  test("live next door to the venues asked for, within the distance asked for", () => {
    const nextDoor = { nextDoorShare: 1, nextDoorM: 200, nextDoorTo: ["university"] as const, aboveOfficeShare: 0 };
    const beside = peopleOf({ confounders: nextDoor, roles: { visitor: 0, student: 0 } });
    for (const { home } of beside) {
      const estate = places.venue(home.venue);
      const edges = places
        .all("university")
        .map((index) => places.venue(index))
        .map(({ x, y, radiusM }) => Math.hypot(x - estate.x, y - estate.y) - radiusM);
      expect(Math.min(...edges)).toBeLessThanOrEqual(200);
    }
  });

  test("work later by the hours asked for, but schools keep theirs", () => {
    const usual = peopleOf({});
    const later = peopleOf({ habits: { laterHours: 0.5 } });
    usual.forEach(({ role, dutyFrom, dutyTo }, i) => {
      const moved = role === "pupil" || role === "student" || role === "teacher" ? 0 : 0.5;
      expect(later[i]?.dutyFrom).toBeCloseTo(dutyFrom + moved, 9);
      expect(later[i]?.dutyTo).toBeCloseTo(dutyTo + moved, 9);
    });
  });

  test("have more likings with more fans, and switch off at night in the share asked for", () => {
    const flyers = (people: readonly Person[]): number => share(people, ({ habits }) => habits.flights > 0.3);
    expect(flyers(peopleOf({ habits: { fans: 4 } }))).toBeGreaterThan(2 * flyers(peopleOf({})));
    const silent = peopleOf({ traffic: { nightOffShare: 0.6 } });
    expect(share(silent, ({ phoneOffAtNight }) => phoneOffAtNight)).toBeCloseTo(0.6, 1);
  });
});
