import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { type CompiledCircle, compileRules } from "../../src/circle/compile-rules.js";
import { LEG, TOUCH } from "../../src/circle/diary.js";
import { scoreOf as scoreOfCircle } from "../../src/circle/rule-circles.js";
import { parseRules } from "../../src/config/rules.js";
import { evidence, FIRST_DAY, LAST_DAY, type Life, portraitOf, score, type Visit } from "./conditions.js";
import { venueCity } from "./venue-city.js";

const CITY = venueCity(
  [
    { venue: "home", category: "residential", tier: "high", x: 0, y: 0, half: 100 },
    { venue: "cheap", category: "residential", tier: "low", x: 0, y: 800, half: 100 },
    { venue: "hospital", category: "hospital", x: 3000, y: 0, half: 100 },
    { venue: "clinic", category: "hospital", x: 3000, y: 2000, half: 100 },
    { venue: "office", category: "office", tier: "high", x: 5000, y: 0, half: 100 },
    { venue: "hall", category: "concert_hall", x: 0, y: 4000, half: 100 },
    { venue: "fair", category: "exhibition", x: 0, y: 6000, half: 100 },
    { venue: "airport", category: "airport", x: 9000, y: 0, half: 500 },
    { venue: "school", category: "school", x: 1000, y: 1000, half: 60 },
    { venue: "nursery", category: "kindergarten", x: 150, y: 0, half: 30 },
  ],
  [
    "e1,hall,music,jazz,2026-01-09T19:30,2026-01-09T21:30,Trio",
    "e2,hall,music,rock,2026-01-16T19:30,2026-01-16T21:30,Band",
    "e3,fair,expo,auto,2026-01-12T09:00,2026-01-14T17:00,Cars",
    "e4,fair,expo,food,2026-01-20T09:00,2026-01-22T17:00,Food",
  ],
);

const HOME = { kind: "home", venue: "home" } as const;
const OFFICE = { kind: "day", venue: "office" } as const;
const scoreOf = (rule: string, life: Life) => score(CITY, rule, portraitOf(CITY, life));
const visit = (day: number, from: number, to: number, venue: string, probability = 1): Visit => ({
  day,
  from,
  to,
  at: { [venue]: probability },
});

test("a visit counts with the probability that it was there", () => {
  const rule = "all: [{ visits: { category: hospital } }]";
  expect(scoreOf(rule, {})).toBe(0);
  expect(scoreOf(rule, { visits: [visit(3, 9, 10, "hospital", 0.7)] })).toBeCloseTo(0.7, 2);
  expect(scoreOf(rule, { visits: [{ day: 3, from: 9, to: 10, at: { hospital: 0.4, clinic: 0.3 } }] })).toBeCloseTo(
    0.7,
    2,
  );
});

test("ten doubtful visits of one venue are no surer than one, for what stands beside it is heard alike; of two venues they are", () => {
  const rule = "all: [{ visits: { category: hospital } }]";
  const often = Array.from({ length: 10 }, (_, day) => visit(day, 9, 10, "hospital", 0.3));
  expect(scoreOf(rule, { visits: often })).toBeCloseTo(0.3, 1);
  const two = [visit(1, 9, 10, "hospital", 0.5), visit(2, 9, 10, "clinic", 0.5)];
  expect(scoreOf(rule, { visits: two })).toBeCloseTo(0.75, 2);
});

test("length, hours and number of visits are asked of each", () => {
  const long = "all: [{ visits: { category: hospital, minutes: { min: 60 } } }]";
  expect(scoreOf(long, { visits: [visit(3, 9, 11, "hospital")] })).toBeGreaterThan(0.99);
  expect(scoreOf(long, { visits: [visit(3, 9, 9.5, "hospital")] })).toBe(0);
  expect(scoreOf(long, { visits: [{ ...visit(3, 9, 10, "hospital"), errorMinutes: 20 }] })).toBeCloseTo(0.5, 1);
  const evening = "all: [{ visits: { category: hospital, slot: evening, minutes: { min: 60 } } }]";
  expect(scoreOf(evening, { visits: [visit(3, 15, 18.5, "hospital")] })).toBe(0);
  expect(scoreOf(evening, { visits: [visit(3, 17, 20, "hospital")] })).toBeGreaterThan(0.99);
  const twice = "all: [{ visits: { category: hospital, days: 2 } }]";
  expect(scoreOf(twice, { visits: [visit(3, 9, 10, "hospital"), visit(3, 15, 16, "hospital")] })).toBe(0);
  expect(scoreOf(twice, { visits: [visit(3, 9, 10, "hospital"), visit(4, 9, 10, "hospital")] })).toBeGreaterThan(0.98);
});

test("hours over midnight belong to the day on which they begin", () => {
  const rule = "all: [{ visits: { category: hospital, slot: night, minutes: { min: 300 }, days: 2 } }]";
  const nights = [visit(3, 23, 24, "hospital"), visit(4, 0, 6, "hospital")];
  expect(scoreOf(rule, { visits: nights })).toBe(0);
  expect(scoreOf(rule, { visits: [visit(3, 22.5, 30, "hospital"), visit(4, 22.5, 30, "hospital")] })).toBeGreaterThan(
    0.98,
  );
});

test("a share is asked of the days on which the phone was heard, so a phone that was off is no absence", () => {
  const rule = "all: [{ visits: { category: office, share: 0.8, own_places: true } }]";
  const days = [0, 1, 2, 3, 4];
  const visits = days.map((day) => visit(day, 9, 17, "office"));
  expect(scoreOf(rule, { visits })).toBe(0);
  expect(scoreOf(rule, { visits, heard: days })).toBeGreaterThan(0.98);
});

test("stays at home or at the day place are no visits, unless the rule says so", () => {
  const visits = [{ ...visit(3, 9, 10, "hospital"), x: 100 }];
  expect(scoreOf("all: [{ visits: { category: hospital } }]", { visits, anchors: [HOME] })).toBe(0);
  expect(
    scoreOf("all: [{ visits: { category: hospital, own_places: true } }]", { visits, anchors: [HOME] }),
  ).toBeGreaterThan(0.99);
  expect(scoreOf("all: [{ visits: { at: home } }]", { visits, anchors: [HOME] })).toBeGreaterThan(0.99);
  expect(scoreOf("all: [{ visits: { at: day } }]", { visits, anchors: [HOME, OFFICE] })).toBe(0);
});

test("staff are told from patients by their day place", () => {
  const rule = "all: [{ visits: { category: hospital } }], none: [{ anchor: { kind: day, category: hospital } }]";
  const visits = [visit(3, 9, 10, "hospital")];
  expect(scoreOf(rule, { visits, anchors: [HOME, OFFICE] })).toBeGreaterThan(0.99);
  expect(scoreOf(rule, { visits, anchors: [HOME, { kind: "day", venue: "clinic" }] })).toBeLessThan(0.1);
});

test("an anchor counts with its confidence and what it probably is", () => {
  const rule = "all: [{ anchor: { kind: home, category: residential, tier: high } }]";
  expect(scoreOf(rule, { anchors: [{ ...HOME, probability: 0.6 }] })).toBeCloseTo(0.95 * 0.6, 5);
  expect(scoreOf(rule, { anchors: [{ kind: "home", venue: "cheap" }] })).toBe(0);
  expect(scoreOf("all: [{ anchor: { kind: day, rule: [night-shift] } }]", { anchors: [OFFICE] })).toBe(0);
});

test("who lives beside a venue is told by the distance", () => {
  const rule = (metres: number) => `all: [{ lives_near: { category: concert_hall, metres: ${metres} } }]`;
  expect(scoreOf(rule(3800), { anchors: [HOME] })).toBe(0);
  expect(scoreOf(rule(4000), { anchors: [HOME] })).toBe(1);
});

test("an event is attended by who was there for most of it; by genre, once, or time after time", () => {
  const jazz = "all: [{ attended: { category: music, genre: jazz } }]";
  expect(scoreOf(jazz, { visits: [visit(4, 19, 22, "hall", 0.9)] })).toBeCloseTo(0.9, 1);
  expect(scoreOf(jazz, { visits: [visit(4, 21, 23, "hall")] })).toBeLessThan(0.05);
  expect(scoreOf(jazz, { visits: [visit(11, 19, 22, "hall")] })).toBe(0);
  const every = "all: [{ attended: { category: expo, share: 0.9, at_least: 2 } }]";
  expect(scoreOf(every, { visits: [visit(8, 9, 17, "fair")] })).toBe(0);
  expect(scoreOf(every, { visits: [visit(8, 9, 17, "fair"), visit(16, 9, 17, "fair")] })).toBeGreaterThan(0.95);
});

const WORKING_DAYS = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21, 22, 23, 24, 25];
const working = (from: number, to: number): Visit[] =>
  WORKING_DAYS.flatMap((day) => [
    { day, from: 0, to: from - 1, x: 0 },
    { day, from, to, x: 5000, at: { office: 1 } },
  ]);

test("nine to five asks for the hours on most days; who comes at noon is not in it", () => {
  const rule =
    'all: [{ regular_hours: { arrive: { from: "06:45", to: "10:00" }, leave: { from: "16:00", to: "19:30" }, minutes_min: 360, share: 0.6 } }]';
  expect(scoreOf(rule, { visits: working(9, 18), anchors: [HOME, OFFICE] })).toBeGreaterThan(0.95);
  expect(scoreOf(rule, { visits: working(13, 22), anchors: [HOME, OFFICE] })).toBe(0);
});

test("two working days tell no habit, however regular they were", () => {
  const days = (most: number) => working(9, 18).filter(({ day }) => day <= most);
  const rule =
    'all: [{ regular_hours: { arrive: { from: "06:45", to: "10:00" }, leave: { from: "16:00", to: "19:30" }, minutes_min: 360, share: 0.6 } }]';
  expect(scoreOf(rule, { visits: days(1), anchors: [HOME, OFFICE] })).toBe(0);
  expect(scoreOf(rule, { visits: days(2), anchors: [HOME, OFFICE] })).toBeGreaterThan(0.9);
});

test("who was heard on one day for a moment is no visitor; who was seen there for hours is", () => {
  const rule = "all: [{ sojourn: { days_max: 7, gap_days: 2, stay_hours_min: 6 } }]";
  const stay = (hours: number) => ({ heard: [10], visits: [{ day: 10, from: 9, to: 9 + hours, x: 0 }] });
  expect(scoreOf(rule, stay(1))).toBe(0);
  expect(scoreOf(rule, stay(8))).toBeGreaterThan(0.9);
});

test("night shifts are nights at the workplace, not nights away or nights unheard", () => {
  const rule = 'all: [{ night_shifts: { from: "22:00", to: "06:00", minutes_min: 240, nights: 6, share: 0.5 } }]';
  const nights = WORKING_DAYS.slice(0, 10).map((day) => ({ day, from: 20, to: 32, x: 5000 }));
  expect(scoreOf(rule, { visits: nights, anchors: [HOME, OFFICE] })).toBeGreaterThan(0.95);
  expect(scoreOf(rule, { visits: nights.map((one) => ({ ...one, x: 20_000 })), anchors: [HOME, OFFICE] })).toBe(0);
  expect(scoreOf(rule, { visits: working(9, 18), anchors: [HOME, OFFICE] })).toBe(0);
  expect(scoreOf(rule, { anchors: [HOME, OFFICE] })).toBe(0);
});

test("a visitor comes for some days and goes; who was there when the stream began, or stays on, is none", () => {
  const rule = "all: [{ sojourn: { days_max: 7, gap_days: 2 } }]";
  expect(scoreOf(rule, { heard: [10, 11, 12] })).toBeGreaterThan(0.9);
  expect(scoreOf(rule, { heard: [3, 4, 15, 16, 17] })).toBeGreaterThan(0.9);
  expect(scoreOf(rule, { heard: [25, 26, 27] })).toBeGreaterThan(0.6);
  expect(scoreOf(rule, { heard: [25, 26, 27], knownSince: LAST_DAY - 2 })).toBe(0);
  expect(scoreOf(rule, { heard: [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27] })).toBe(0);
  expect(scoreOf(rule, { heard: [0, 1, 2, 3], knownSince: FIRST_DAY })).toBeGreaterThan(0.9);
});

test("somebody heard at both ends of what is known lives there and was away; so may whoever was heard before the stream broke off", () => {
  const rule = "all: [{ sojourn: { days_max: 7, gap_days: 2 } }]";
  expect(scoreOf(rule, { heard: [0, 1, 2, 26, 27], knownSince: FIRST_DAY })).toBe(0);
  expect(scoreOf(rule, { heard: [3, 4, 5, 26, 27], knownSince: FIRST_DAY })).toBeGreaterThan(0.6);
  expect(scoreOf(rule, { heard: [3, 4, 5, 26, 27], knownSince: FIRST_DAY + 26 })).toBe(0);
});

test("a roamer is known by the home network", () => {
  expect(scoreOf("all: [{ home_network: { foreign: true } }]", { isForeign: true })).toBe(1);
  expect(scoreOf("all: [{ home_network: { foreign: true } }]", {})).toBe(0);
});

test("ways between home and day place at the peaks tell the mode of a commuter, other ways do not", () => {
  const rule = "all: [{ commute: { mode: metro } }]";
  const ways = (metro: number, hour: number): Visit[] =>
    WORKING_DAYS.flatMap((day) => [
      { day, from: 0, to: hour, x: 0 },
      { day, from: hour, to: hour + 0.7, kind: LEG, metro },
      { day, from: hour + 0.7, to: 18, x: 5000 },
    ]);
  expect(scoreOf(rule, { visits: ways(3, 8), anchors: [HOME, OFFICE] })).toBeGreaterThan(0.9);
  expect(scoreOf(rule, { visits: ways(-2, 8), anchors: [HOME, OFFICE] })).toBeLessThan(0.1);
  expect(scoreOf(rule, { visits: ways(3, 11), anchors: [HOME, OFFICE] })).toBe(0);
});

test("what was touched on the way counts where the rule says so", () => {
  const touched = [1, 9, 20].map((day) => ({ ...visit(day, 9, 9.1, "airport", 0.9), kind: TOUCH }) as const);
  expect(scoreOf("all: [{ visits: { category: airport, days: 3 } }]", { visits: touched })).toBe(0);
  expect(
    scoreOf("all: [{ visits: { category: airport, days: 3, on_the_way: true } }]", { visits: touched }),
  ).toBeGreaterThan(0.8);
});

describe("brief stops", () => {
  const morning = '{ from: "07:00", to: "09:00" }';
  const run = `all: [{ stops: { category: school, slot: ${morning}, share: 0.5 } }]`;
  const heard = (days: readonly number[], from: number, probability = 0.8): Visit[] =>
    days.map((day) => ({ ...visit(day, from, from + 0.1, "school", probability), kind: TOUCH }));

  it("are believed when a few were heard in the hours and none outside, since most are not heard", () => {
    expect(scoreOf(run, { visits: heard([0, 2, 7, 9, 15], 7.8) })).toBeGreaterThan(0.9);
    expect(scoreOf(run, { visits: heard([2], 7.8) })).toBeLessThan(0.3);
    expect(scoreOf(run, {})).toBe(0);
  });

  it("are not believed of who lives next door for one that was heard in the hours and one at another", () => {
    const { rules } = parseRules(readFileSync("config/circles.yaml", "utf8"));
    const { enter = 0 } = rules?.circles.find(({ circle }) => circle === "school-run") ?? {};
    const bring = run.replace("school", "kindergarten");
    const stop = (day: number, from: number): Visit => ({ ...visit(day, from, from + 0.1, "nursery"), kind: TOUCH });
    const scoreNextDoor = (...visits: Visit[]) => scoreOf(bring, { visits, anchors: [HOME] });
    expect(scoreNextDoor(stop(2, 7.8), stop(3, 12))).toBeLessThan(enter);
    expect(scoreNextDoor(stop(2, 7.8), stop(7, 7.8))).toBeGreaterThan(enter);
  });

  it("are none of somebody who is heard there at any hour", () => {
    const mornings = [0, 2, 7, 9, 15];
    const evenings = [1, 3, 8, 10, 16];
    expect(scoreOf(run, { visits: heard(mornings, 7.8).flatMap((one) => [one, ...heard([one.day], 19)]) })).toBe(0);
    expect(scoreOf(run, { visits: heard(evenings, 19) })).toBe(0);
  });

  it("are counted once a day, as short stays too, but long ones and the own places aside", () => {
    const again = heard([2, 2, 2, 2, 2], 7.8);
    expect(scoreOf(run, { visits: again })).toBe(scoreOf(run, { visits: heard([2], 7.8) }));
    const stays = [0, 2, 7, 9, 15].map((day) => visit(day, 7.6, 7.9, "school", 0.8));
    expect(scoreOf(run, { visits: stays })).toBe(scoreOf(run, { visits: heard([0, 2, 7, 9, 15], 7.8) }));
    expect(scoreOf(run, { visits: stays.map((one) => ({ ...one, to: 12 })) })).toBe(0);
    expect(scoreOf(run, { visits: stays.map((one) => ({ ...one, x: 5000 })), anchors: [HOME, OFFICE] })).toBe(0);
  });

  it("are told with their days, what was asked, what was heard, and the venue", () => {
    const portrait = portraitOf(CITY, { visits: heard([0, 2, 7, 9, 15], 7.8) });
    expect(evidence(CITY, run, portrait)).toMatchObject({
      facts: [
        {
          what: "brief stops at school",
          asked: 10,
          found: 4,
          days: ["2026-01-05", "2026-01-07", "2026-01-12", "2026-01-14", "2026-01-20"],
          venues: ["school"],
        },
      ],
    });
  });
});

test("evidence names the days, counts, minutes and venues", () => {
  const portrait = portraitOf(CITY, { visits: [visit(3, 9, 10, "hospital", 0.8), visit(5, 9, 9.5, "clinic", 0.9)] });
  expect(evidence(CITY, "all: [{ visits: { category: hospital, count: 2 } }]", portrait)).toEqual({
    rule: "tried",
    facts: [
      {
        what: "visits of hospital",
        chance: expect.closeTo(0.72, 2),
        asked: 2,
        found: 1.7,
        minutes: 90,
        days: ["2026-01-08", "2026-01-10"],
        venues: ["hospital", "clinic"],
      },
    ],
  });
});

test("a family has a circle for each genre, and a circle comes after those that it names", () => {
  const { rules } = parseRules(`
defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
circles:
  - { circle: fan, dimension: preference, all: [{ circle: keen }] }
  - { circle: keen, dimension: preference, all: [{ home_network: { foreign: false } }] }
  - { circle: "music:$genre", for: { genre: music }, dimension: preference, all: [{ attended: { genre: $genre } }] }
`);
  if (rules === null) throw new Error("faults");
  expect(compileRules(rules, CITY).circles.map((circle) => circle.id)).toEqual([
    "keen",
    "fan",
    "music:jazz",
    "music:rock",
  ]);
});

test("who stops at many places day after day works on wheels; who once had a busy day does not", () => {
  const rule = "all: [{ on_the_move: { stays: 4, days: 4 } }]";
  const busy = (days: readonly number[]): Visit[] =>
    days.flatMap((day) => [8, 10, 12, 14, 16].map((hour) => ({ day, from: hour, to: hour + 1, x: 9000 + 700 * hour })));
  expect(scoreOf(rule, { visits: busy([1, 2, 3, 4, 7, 8]), anchors: [HOME] })).toBeGreaterThan(0.9);
  expect(scoreOf(rule, { visits: busy([1, 9]), anchors: [HOME] })).toBe(0);
  const atHome = busy([1, 2, 3, 4, 7, 8]).map((one) => ({ ...one, x: 0 }));
  expect(scoreOf(rule, { visits: atHome, anchors: [HOME] })).toBe(0);
});

test("an airport is likelier passed by who is silent before or after, as in the air", () => {
  const rule = "all: [{ visits: { category: airport } }]";
  const flight = [visit(3, 9, 11, "airport", 0.5), { day: 5, from: 9, to: 10 }];
  const calls = [{ day: 2, from: 18, to: 32 }, visit(3, 9, 11, "airport", 0.5), { day: 3, from: 11.5, to: 23 }];
  expect(scoreOf(rule, { visits: flight })).toBeGreaterThan(0.85);
  expect(scoreOf(rule, { visits: calls })).toBeLessThan(0.5);
});

test("whoever leaves town at an airport is told from those who work or wait there", () => {
  const rule = "all: [{ visits: { category: airport, days: 3, on_the_way: true, leaves_town: true } }]";
  const night = (day: number) => ({ day, from: 20, to: 32 });
  const flights = [1, 5, 9].flatMap((day) => [night(day - 1), visit(day, 9, 11, "airport", 0.95)]);
  const waits = [1, 5, 9].flatMap((day) => [
    night(day - 1),
    visit(day, 9, 11, "airport", 0.95),
    { day, from: 11.5, to: 20 },
  ]);
  expect(scoreOf(rule, { visits: flights })).toBeGreaterThan(0.85);
  expect(scoreOf(rule, { visits: waits })).toBeLessThan(0.1);
});

test("the catalogue tells who flies often from who brings others to the airport between many stops", () => {
  const { rules } = parseRules(readFileSync("config/circles.yaml", "utf8"));
  if (rules === null) throw new Error("config/circles.yaml has faults");
  const flyer = compileRules(rules, CITY).circles.find(({ id }) => id === "frequent-flyer") as CompiledCircle;
  const flights = [1, 5, 9].flatMap((day) => [{ day: day - 1, from: 20, to: 32 }, visit(day, 9, 11, "airport", 0.95)]);
  const fares = [2, 3, 6, 7, 10, 13, 14].flatMap((day) =>
    [7, 9, 11, 13, 15, 17].map((hour) => ({ day, from: hour, to: hour + 1, x: 12_000 + 700 * hour })),
  );
  const byTime = (a: Visit, b: Visit) => a.day - b.day || a.from - b.from;
  expect(scoreOfCircle(flyer, portraitOf(CITY, { visits: flights, anchors: [HOME] }))).toBeGreaterThan(flyer.enter);
  const driver = { visits: [...flights, ...fares].sort(byTime), anchors: [HOME] };
  expect(scoreOfCircle(flyer, portraitOf(CITY, driver))).toBeLessThan(flyer.leave);
});

test("who is in a hospital for hours on many days works there, and comes to another as a patient", () => {
  const rule = "all: [{ visits: { category: hospital, minutes: { min: 30 }, count: 3 } }]";
  const shifts = [1, 2, 3, 6, 7, 8].map((day) => visit(day, 10, 18, "hospital", 0.9));
  const patient = [1, 2, 3, 6, 7, 8].map((day) => visit(day, 18, 20, "clinic", 0.9));
  expect(scoreOf(rule, { visits: shifts })).toBe(0);
  expect(scoreOf(rule, { visits: shifts.flatMap((shift, at) => [shift, patient[at] as Visit]) })).toBeGreaterThan(0.7);
  expect(scoreOf(rule, { visits: shifts.slice(0, 3) })).toBeGreaterThan(0.7);
});
