import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hearing } from "../../src/score/hearing.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const dayOf = (timeMs: number) => Math.floor(timeMs / DAY_MS);
const stay = (subscriber: string, fromHour: number, toHour: number, events = 0) => ({
  subscriber,
  startMs: fromHour * HOUR_MS,
  endMs: toHour * HOUR_MS,
  lon: 113,
  lat: 23,
  events,
});
const limits = (observedDaysMin: number, eventsPerDayMin: number) => ({ observedDaysMin, eventsPerDayMin });

describe("by events", () => {
  test("somebody is observed with enough days and enough events on the mean of them", () => {
    const hearing = new Hearing([stay("1", 0, 240)], dayOf);
    for (let day = 0; day < 7; day++) for (let i = 0; i < 10; i++) hearing.hear(0, 1, day * DAY_MS + i);
    expect(hearing.isObserved("1", limits(7, 10))).toBe(true);
    expect(hearing.isObserved("1", limits(8, 10))).toBe(false);
    expect(hearing.isObserved("1", limits(7, 11))).toBe(false);
    hearing.hear(0, 1, 7 * DAY_MS);
    expect(hearing.isObserved("1", limits(7, 10))).toBe(false);
  });

  test("times outside what the truth is about do not count, and nobody unheard is observed", () => {
    const hearing = new Hearing([stay("1", 24, 48)], dayOf);
    hearing.hear(0, 1, 0);
    hearing.hear(0, 1, 3 * DAY_MS);
    expect(hearing.isObserved("1", limits(1, 0))).toBe(false);
    expect(hearing.isObserved("7", limits(1, 0))).toBe(false);
    expect(hearing.isObserved("7", limits(0, 0))).toBe(true);
    expect(hearing.isObserved("7", limits(0, 1))).toBe(false);
  });

  test("pseudonyms of 64 bits are told apart, and people of no truth file are observed too", () => {
    const hearing = new Hearing([stay("4294967296", 0, 24)], dayOf);
    hearing.hear(1, 0, HOUR_MS);
    hearing.hear(0xffffffff, 0xffffffff, HOUR_MS);
    expect(hearing.isObserved("4294967296", limits(1, 1))).toBe(true);
    expect(hearing.isObserved("18446744073709551615", limits(1, 1))).toBe(true);
    expect(hearing.isObserved("0", limits(1, 1))).toBe(false);
  });

  test("unheard are the true stays in which no event lies, as looking at each with each finds", () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), { minLength: 1 });
    fc.assert(
      fc.property(gaps, fc.array(fc.integer({ min: 0, max: 60 })), (pairs, hours) => {
        let at = 0;
        const stays = pairs.map(([gap, length]) => {
          at += gap + length;
          return stay("1", at - length, at);
        });
        const hearing = new Hearing(stays, dayOf);
        for (const hour of hours) hearing.hear(0, 1, hour * HOUR_MS);
        const end = stays.at(-1)?.endMs ?? 0;
        const times = hours.map((hour) => hour * HOUR_MS).filter((timeMs) => timeMs < end);
        const unheard = stays.filter((one) => !times.some((timeMs) => timeMs >= one.startMs && timeMs <= one.endMs));
        expect(hearing.unheardShare(new Set(["1"]))).toBeCloseTo(unheard.length / stays.length);
      }),
    );
  });
});

test("by found stays: their events, on the days that they touch within the truth", () => {
  const hearing = new Hearing([stay("1", 0, 72)], dayOf);
  hearing.hearStays([stay("1", 20, 49, 25), stay("1", 71, 100, 5)]);
  expect(hearing.source).toBe("stays");
  expect(hearing.isObserved("1", limits(3, 10))).toBe(true);
  expect(hearing.isObserved("1", limits(4, 0))).toBe(false);
  expect(hearing.isObserved("1", limits(3, 10.1))).toBe(false);
  expect(hearing.unheardShare(new Set(["1"]))).toBeNaN();
});
