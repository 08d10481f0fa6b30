import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findAnchors, type LifeFacts, type PlaceFacts } from "../../src/anchor/anchors.js";
import { OPTIONS } from "../derivation.js";
import { loadSound } from "../geo/city-files.js";
import type { TestEvent } from "../property/running.js";
import { anchorsAfter, dayOf, days, fourPlaces, isWeekend } from "./lives.js";

const HOME = 0;
const WORK = 1;
const OTHER = 2;

/** Asleep and in the evening at one place, at work from nine to six; at home on weekends. */
const worker = (home: number) => (day: number) =>
  isWeekend(day) ? dayOf(day, [0, 24, home]) : dayOf(day, [0, 8, home, 120], [9, 18, WORK], [19, 24, home]);
/** At work from eight in the evening to eight in the morning, asleep by day and seldom heard then; two nights off a week. */
const nightWorker = (awakeEvery: number, asleepEvery: number) => (day: number) => {
  const isOff = (d: number) => d % 7 >= 5;
  const morning = isOff(day - 1) ? ([0, 9, HOME, asleepEvery] as const) : ([0, 8, WORK, awakeEvery] as const);
  const evening = isOff(day) ? ([19, 24, HOME] as const) : ([20, 24, WORK, awakeEvery] as const);
  return dayOf(day, morning, [9, 17, HOME, isOff(day - 1) ? 30 : asleepEvery], [17, 19, HOME], evening);
};

describe("somebody who works by day", () => {
  test("has a home by the nights and a day place by the working days", async () => {
    const { told, rows } = await anchorsAfter(days(0, 14, worker(HOME)));
    expect(told).toEqual(["day 1 at 1 by working-days", "home 1 at 0 by nights"]);
    for (const row of rows) {
      expect(row.share).toBeGreaterThan(0.9);
      expect(row.confidence).toBeGreaterThan(0.8);
    }
    expect(rows.find(({ kind }) => kind === "day")?.days).toBe(10);
  });

  test("is surer the longer it is observed", async () => {
    const home = async (until: number) =>
      (await anchorsAfter(days(0, until, worker(HOME)))).rows.find(({ kind }) => kind === "home")?.confidence ?? 0;
    expect(await home(12)).toBeGreaterThan(await home(4));
  });

  test("has its day place by working days alone: weekends elsewhere do not count", async () => {
    const outing = (day: number) =>
      isWeekend(day) ? dayOf(day, [0, 8, HOME], [9, 20, OTHER], [21, 24, HOME]) : worker(HOME)(day);
    expect((await anchorsAfter(days(0, 14, outing))).told).toEqual([
      "day 1 at 1 by working-days",
      "home 1 at 0 by nights",
    ]);
  });

  test("keeps home and day place while the phone is off for two weeks", async () => {
    const { told } = await anchorsAfter([...days(0, 14, worker(HOME)), ...days(28, 30, worker(HOME))]);
    expect(told).toEqual(["day 1 at 1 by working-days", "home 1 at 0 by nights"]);
  });
});

describe("a holiday", () => {
  test("is no working day: days off at home on weekdays do not weaken the day place", async () => {
    const off = (day: number) => (day >= 7 && day < 12 ? dayOf(day, [0, 24, HOME]) : worker(HOME)(day));
    const week = days(0, 14, off);
    const without = await anchorsAfter(week, withHolidays([]));
    const withOff = await anchorsAfter(week, withHolidays([9, 10, 11, 12, 13].map((d) => [d, "holiday"])));
    const share = ({ rows }: { rows: { kind: string; share: number }[] }) =>
      rows.find(({ kind }) => kind === "day")?.share;
    expect(share(without)).toBeCloseTo(0.5, 1);
    expect(share(withOff)).toBeCloseTo(1, 1);
  });

  test("that is worked for counts: a make-up working day on a weekend is a day at work", async () => {
    const makeUp = (day: number) =>
      day === 5 ? worker(HOME)(4).map((e) => ({ ...e, timeMs: e.timeMs + 86_400_000 })) : worker(HOME)(day);
    const events = days(0, 7, makeUp);
    const dayCount = async (holidays: [number, string][]) =>
      (await anchorsAfter(events, withHolidays(holidays))).rows.find(({ kind }) => kind === "day")?.days;
    expect(await dayCount([])).toBe(5);
    expect(await dayCount([[7, "workday"]])).toBe(6);
  });
});

/** The four places in a city whose calendar has these days of March 2026. */
function withHolidays(kinds: readonly (readonly [number, string])[]) {
  const { cells } = fourPlaces();
  const small = loadSound({
    "holidays.csv": ["date,kind", ...kinds.map(([d, kind]) => `2026-03-${String(d).padStart(2, "0")},${kind}`)].join(
      "\n",
    ),
  });
  return { ...fourPlaces(), cells, holidays: small.holidays };
}

describe("a second home", () => {
  const weekendHouse = (day: number) => {
    const night = (d: number) => (d % 7 === 5 || d % 7 === 4 ? OTHER : HOME);
    return isWeekend(day)
      ? dayOf(day, [0, 9, night(day - 1)], [9, 20, OTHER], [20, 24, night(day)])
      : dayOf(day, [0, 8, night(day - 1), 60], [9, 18, WORK], [19.5, 24, night(day)]);
  };

  test("is where every other weekend night is spent; it does not become the day place", async () => {
    const { told } = await anchorsAfter(days(0, 28, weekendHouse));
    expect(told).toEqual(["day 1 at 1 by working-days", "home 1 at 0 by nights", "home 2 at 2 by nights"]);
  });

  test("is not made by one night away", async () => {
    const once = (day: number) =>
      day === 12
        ? dayOf(day, [0, 9, HOME], [10, 24, OTHER])
        : day === 13
          ? dayOf(day, [0, 9, OTHER], [10, 24, HOME])
          : worker(HOME)(day);
    expect((await anchorsAfter(days(0, 21, once))).told).toEqual([
      "day 1 at 1 by working-days",
      "home 1 at 0 by nights",
    ]);
  });
});

describe("a move", () => {
  test("makes the new place home within a week, while the old one still has more nights", async () => {
    const { told, all } = await anchorsAfter([...days(0, 18, worker(HOME)), ...days(18, 27, worker(OTHER))]);
    expect(told).toContain("home 1 at 2 by moved");
    expect(told).toContain("day 1 at 1 by working-days");
    const homes = all.filter(({ kind, rank }) => kind === "home" && rank === 1).map(({ rule }) => rule);
    expect(homes.indexOf("moved")).toBeGreaterThan(homes.indexOf("nights"));
  });

  test("is not made by some nights away", async () => {
    const trip = (day: number) => (day >= 18 && day < 21 ? dayOf(day, [0, 24, OTHER]) : worker(HOME)(day));
    expect((await anchorsAfter(days(0, 28, trip))).told).toContain("home 1 at 0 by nights");
  });
});

describe("a night worker", () => {
  test("lives where the days are slept through and works where the nights are waked through", async () => {
    const { told, rows } = await anchorsAfter(days(0, 21, nightWorker(20, 120)));
    expect(told).toEqual(["day 1 at 1 by night-shift", "home 1 at 0 by night-shift"]);
    for (const row of rows) expect(row.days).toBeLessThanOrEqual(28);
  });

  test("is nobody who is silent at night and busy by day, though the nights are spent elsewhere", async () => {
    const { told } = await anchorsAfter(days(0, 21, nightWorker(120, 20)));
    expect(told.join()).not.toContain("night-shift");
    expect(told).toContain("home 1 at 1 by nights");
  });

  test("is nobody whose nights are missing: a phone that is off at night says nothing of work", async () => {
    const nightOff = (day: number) => dayOf(day, [9, 22, HOME, 20]);
    const fewNights = (day: number) =>
      day % 5 === 0 ? dayOf(day, [0, 5, WORK, 240], [9, 22, HOME, 20]) : nightOff(day);
    for (const life of [nightOff, fewNights])
      expect((await anchorsAfter(days(0, 21, life))).told.join()).not.toContain("night-shift");
  });

  test("is nobody who is hardly heard at all: of a few signs a day nobody knows when they are awake", async () => {
    const { told } = await anchorsAfter(days(0, 21, nightWorker(360, 360)));
    expect(told.join()).not.toContain("night-shift");
  });

  test("is nobody who stays up at home", async () => {
    const owl = (day: number) => dayOf(day, [0, 4, HOME, 15], [4, 12, HOME, 120], [12, 24, HOME]);
    expect((await anchorsAfter(days(0, 14, owl))).told).toEqual(["day 1 at 0 by day-at-home", "home 1 at 0 by nights"]);
  });
});

describe("too little observed", () => {
  test("is an answer: on two days nobody has an anchor, on the fourth everybody who sleeps at home does", async () => {
    expect((await anchorsAfter(days(0, 2, worker(HOME)))).all).toEqual([]);
    expect((await anchorsAfter(days(0, 4, worker(HOME)))).told).toContain("home 1 at 0 by nights");
  });

  test("of the nights leaves a home by the evenings, less sure than one by nights", async () => {
    const evenings = (day: number) =>
      isWeekend(day) ? dayOf(day, [15, 21, HOME]) : dayOf(day, [15, 18, WORK], [19, 21, HOME]);
    const thin = await anchorsAfter(days(0, 14, evenings));
    expect(thin.told).toContain("home 1 at 0 by evenings");
    const full = await anchorsAfter(days(0, 14, worker(HOME)));
    const sure = ({ rows }: typeof thin) => rows.find(({ kind }) => kind === "home")?.confidence ?? 0;
    expect(sure(thin)).toBeLessThan(sure(full));
  });

  test("of somebody who is never twice at one place gives no home", async () => {
    const wanderer: TestEvent[] = days(0, 4, (day) => dayOf(day, [10, 14, day % 4]));
    expect((await anchorsAfter(wanderer)).told.filter((anchor) => anchor.startsWith("home"))).toEqual([]);
  });
});

describe("of any facts", () => {
  const minutes = fc.integer({ min: 0, max: 65_535 });
  const mask = fc.integer({ min: 0, max: 28 });
  const place = fc.record<Omit<PlaceFacts, "place">>({
    x: fc.constant(0),
    y: fc.constant(0),
    sigma: fc.constant(100),
    cell: fc.nat({ max: 9 }),
    nights: mask,
    recentNights: fc.integer({ min: 0, max: 7 }),
    workdays: mask,
    nightMinutes: minutes,
    workMinutes: minutes,
    wakingMinutes: minutes,
    seenDay: fc.constant(20_000),
  });
  const facts = fc
    .record({
      places: fc.array(place, { maxLength: 5 }),
      observedDays: fc.integer({ min: 0, max: 28 }),
      night: minutes,
      work: minutes,
    })
    .map(({ places, observedDays, night, work }): LifeFacts => {
      const within = places.map((one, i) => {
        const nights = Math.min(one.nights, observedDays);
        return {
          ...one,
          place: i,
          nights,
          recentNights: Math.min(one.recentNights, nights),
          workdays: Math.min(one.workdays, observedDays),
        };
      });
      const most = (value: (one: PlaceFacts) => number) => Math.max(0, ...within.map(value));
      return {
        observedDays,
        nightsObserved: most((one) => one.nights),
        recentNightsObserved: most((one) => one.recentNights),
        workdaysObserved: most((one) => one.workdays),
        wakingMinutes: Math.min(
          65_535,
          within.reduce((sum, one) => sum + one.wakingMinutes, 0),
        ),
        nightObservations: night,
        workObservations: work,
        places: within,
      };
    });

  test("days lie within the observed days, confidence and share are numbers, and no seat is given twice", () => {
    fc.assert(
      fc.property(facts, (life) => {
        const anchors = findAnchors(life, OPTIONS.anchors);
        for (const { days: count, confidence, share } of anchors) {
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(Math.max(1, life.observedDays));
          expect(confidence).toBeGreaterThan(0);
          expect(confidence).toBeLessThan(1);
          expect(share).toBeGreaterThanOrEqual(0);
        }
        const seats = anchors.map(({ kind, rank }) => `${kind} ${rank}`);
        expect(new Set(seats).size).toBe(seats.length);
        if (life.observedDays < OPTIONS.anchors.observedDaysMin) expect(anchors).toEqual([]);
      }),
    );
  });
});
