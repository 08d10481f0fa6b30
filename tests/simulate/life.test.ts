import { beforeEach, describe, expect, test } from "vitest";
import { dayOfDate, dayStartMs, HOUR_MS, MINUTE_MS } from "../../src/simulate/calendar.js";
import { visit } from "../../src/simulate/day-context.js";
import { guangzhou } from "../../src/simulate/guangzhou/city.js";
import { Life } from "../../src/simulate/life.js";
import type { Person, Purpose, Visit } from "../../src/simulate/person.js";
import { Places } from "../../src/simulate/places.js";
import { Random } from "../../src/simulate/random.js";
import { Simulation } from "../../src/simulate/simulation.js";
import { Travel } from "../../src/simulate/travel.js";

const places = new Places(guangzhou());
const travel = new Travel(places);
const day = dayOfDate("2025-03-03");
const beginMs = dayStartMs(day);
const model = new Simulation({ subscribers: 200, days: 1 }).people;

interface Rest {
  readonly purpose: Purpose;
  readonly fromHour: number;
  readonly minutes: number;
}

let rests: Rest[];
let modes: string[];
let person: Person;
beforeEach(() => {
  rests = [];
  modes = [];
  person = { ...(model.find(({ role, commute }) => role === "office" && commute === "metro") as Person) };
});

function live(visits: Visit[]): void {
  const life = new Life(person, beginMs, travel, {
    stay: (_, { purpose }, startMs, endMs) => {
      rests.push({ purpose, fromHour: (startMs - beginMs) / HOUR_MS, minutes: (endMs - startMs) / MINUTE_MS });
    },
    trip: (_, from, to, mode) => modes.push(`${from.purpose} ${mode} ${to.purpose}`),
  });
  const sleep = { sleepFromMs: beginMs + 23 * HOUR_MS, sleepToMs: beginMs + 31 * HOUR_MS };
  life.follow({ visits, ...sleep }, new Random(1));
  life.finish(beginMs + 24 * HOUR_MS);
}

function at(place: Person["home"], fromHour: number, minutes: number, purpose: Purpose): Visit {
  const startMs = beginMs + fromHour * HOUR_MS;
  return visit(place, startMs, startMs + minutes * MINUTE_MS, purpose);
}

describe("whoever brings a child", () => {
  const gateOf = (one: Person): Person["home"] => {
    return places.gate(places.nearest("school", one.home.x, one.home.y), new Random(2));
  };

  test("leaves the gate when the stop is over, and goes on to work by the usual way", () => {
    const work = person.work as Person["home"];
    live([at(gateOf(person), 7.7, 5, "gate"), at(work, 8.4, 500, "work")]);
    const [gate] = rests.filter(({ purpose }) => purpose === "gate");
    expect(gate?.minutes).toBeLessThan(10);
    expect(rests.map(({ purpose }) => purpose)).toEqual(["home", "gate", "work", "home"]);
    expect(modes[1]).toMatch(/^gate (metro|car) work$/);
  });

  test("goes home in between when there is time", () => {
    live([at(gateOf(person), 7.7, 5, "gate"), at(person.work as Person["home"], 11, 400, "work")]);
    expect(rests.map(({ purpose }) => purpose)).toEqual(["home", "gate", "home", "work", "home"]);
    expect(rests[1]?.minutes).toBeLessThan(10);
  });
});

test("a life has no gaps, whatever is planned", () => {
  const life = new Life(person, beginMs, travel, { stay: () => undefined, trip: () => undefined });
  const random = new Random(3);
  for (let i = 0; i < 5; i++) {
    const visits = [8, 10, 12, 15, 19].map((hour) => {
      const place = places.spot(random.pick(places.all("restaurant")), random);
      return at(place, 24 * i + hour + random.next(), 30, random.chance(0.5) ? "gate" : "leisure");
    });
    life.follow({ visits, sleepFromMs: 0, sleepToMs: 0 }, random);
  }
  for (let i = 1; i < life.segments.length; i++) {
    const gapMs = (life.segments[i]?.startMs ?? 0) - (life.segments[i - 1]?.endMs ?? 0);
    expect(Math.abs(gapMs)).toBeLessThan(0.01);
  }
  expect(life.segments.at(-1)?.endMs).toBe(Number.POSITIVE_INFINITY);
});

describe("whoever works on wheels", () => {
  const stops = (): Visit[] => {
    const near = places.spot(places.nearest("mall", person.home.x, person.home.y), new Random(3));
    const far = places.spot(places.nearest("hospital", person.home.x, person.home.y), new Random(4));
    return [at(near, 9, 5, "errand"), at(far, 10.5, 5, "errand"), at(near, 12, 5, "errand")];
  };

  test("drives about until the next stop and does not wait at the kerb", () => {
    person = { ...person, role: "taxi" };
    live(stops());
    const minutes = rests.filter(({ purpose }) => purpose === "errand").map((rest) => Math.round(rest.minutes));
    expect(minutes).toEqual([5, 5, 5]);
  });

  test("and nobody else: others stay until it is time to go", () => {
    live(stops());
    const [first] = rests.filter(({ purpose }) => purpose === "errand");
    expect(first?.minutes).toBeGreaterThan(20);
  });
});
