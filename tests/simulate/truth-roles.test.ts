import { describe, expect, test } from "vitest";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import type { Person, Place } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Random } from "../../src/simulate/random.js";
import { Simulation } from "../../src/simulate/simulation.js";
import { NEIGHBOURED, rolesOf } from "../../src/simulate/truth-roles.js";

const plan = guangzhou();
const places = new Places(plan);
const simulation = new Simulation({ subscribers: 150, days: 1 });
const someone = simulation.people.find(({ role }) => role === "retired") as Person;
const FIRST_DAY = someone.firstDay + 1;
const NOWHERE: Place = { x: 0, y: 0, venue: -1 };

function roles(changes: Partial<Person>): string[] {
  return rolesOf({ ...someone, gate: null, work: null, ...changes }, FIRST_DAY, plan, places);
}

describe("the roles of a person", () => {
  test("begin with the one that the person lives by", () => {
    for (const person of simulation.people) expect(rolesOf(person, FIRST_DAY, plan, places)[0]).toBe(person.role);
  });

  test("name the neighbours of a campus up to 200 m from its edge, and not who lives on it", () => {
    const campus = plan.venues.findIndex(({ category }) => category === "university");
    const { x, y, radiusM } = places.venue(campus);
    const away = (metres: number): Place => ({ x: x - radiusM - metres, y, venue: -1 });
    expect(roles({ home: away(190) })).toContain("lives_by_university");
    expect(roles({ home: places.spot(campus, new Random(1)) })).not.toContain("lives_by_university");
    const dormitory = places.nearest("dormitory", x, y);
    expect(roles({ home: places.spot(dormitory, new Random(1)) })).not.toContain("lives_by_university");
  });

  test("agree with a search through all venues", () => {
    const random = new Random(5);
    for (let i = 0; i < 40; i++) {
      const home = places.spot(random.pick(places.all("residential")), random);
      const near = NEIGHBOURED.filter((category) =>
        plan.venues.some(
          (venue) =>
            venue.category === category && Math.hypot(venue.x - home.x, venue.y - home.y) <= venue.radiusM + 200,
        ),
      );
      expect(roles({ home }).filter((role) => role.startsWith("lives_by_"))).toEqual(
        near.map((one) => `lives_by_${one}`),
      );
    }
  });

  test("tell new residents from those who were always there, and visitors from both", () => {
    expect(roles({ firstDay: FIRST_DAY - 1 })).not.toContain("new_resident");
    expect(roles({ firstDay: FIRST_DAY + 3 })).toContain("new_resident");
    expect(roles({ firstDay: FIRST_DAY + 3, resident: false })).not.toContain("new_resident");
  });

  test("name every habit that makes a lookalike, and a home above offices", () => {
    const all = roles({
      home: places.spot(places.all("office")[0] ?? -1, new Random(1)),
      lookalike: {
        campus: NOWHERE,
        counter: NOWHERE,
        client: NOWHERE,
        promenade: NOWHERE,
        bedside: { place: NOWHERE, firstDay: 0, days: 1 },
        longTrip: { firstDay: 0, nights: 12 },
        lateHours: 4,
      },
    });
    expect(all).toEqual(
      expect.arrayContaining([
        "lives_above_offices",
        "visits_child_on_campus",
        "official_business",
        "calls_on_offices",
        "evenings_beside_venue",
        "nurses_in_hospital",
        "back_from_long_trip",
        "stays_up_at_home",
      ]),
    );
  });

  test("are written one a line, every person at least once", () => {
    const lines = [...simulation.roles()];
    expect(lines.every((line) => /^\d+,[a-z_]+\n$/.test(line))).toBe(true);
    expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(150);
  });
});
