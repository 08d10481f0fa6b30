import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accountDwell, dwellMinutes, isWorkingTime, observationKind, rollDay } from "../../src/stay/dwell.js";
import {
  LINE_DAY_16,
  LINE_NIGHT_OBSERVATIONS_16,
  LINE_NIGHTS_OBSERVED,
  LINE_OBSERVED_DAYS,
  LINE_WORK_OBSERVATIONS_16,
  PLACE_ACTIVE_8,
  PLACE_CELL,
  PLACE_NIGHT_MINUTES_16,
  PLACE_NIGHTS,
  PLACE_SEEN_DAY_16,
  PLACE_WAKING_MINUTES_16,
  PLACE_WORK_MINUTES_16,
  PLACE_WORKDAYS,
  packCell,
  REST_WORDS,
} from "../../src/stay/record.js";
import type { Stays } from "../../src/stay/stays.js";
import { DAY, HOME, HOUR, MINUTE, MONDAY, OPTIONS, placeCells, tracking } from "./tracking.js";

/** Books that are open on the city day of an instant, with one place. */
function books(sec = MONDAY, ...zone: Parameters<typeof tracking>): Stays {
  const { stays } = tracking(...zone);
  const home = stays.table.ownPlace(0, 0);
  stays.table.words[home + PLACE_CELL] = packCell(HOME, 5);
  rollDay(stays, 0, stays.calendar.day(sec));
  return stays;
}

interface Entered {
  readonly night: number;
  readonly work: number;
  readonly waking: number;
  readonly nights: number;
  readonly workdays: number;
}

function entered({ table }: Stays): Entered {
  const { words, halves } = table;
  const at = table.placeWord(0, 0);
  return {
    night: halves[at * 2 + PLACE_NIGHT_MINUTES_16] as number,
    work: halves[at * 2 + PLACE_WORK_MINUTES_16] as number,
    waking: halves[at * 2 + PLACE_WAKING_MINUTES_16] as number,
    nights: words[at + PLACE_NIGHTS] as number,
    workdays: words[at + PLACE_WORKDAYS] as number,
  };
}

/** The books after dwell from hour to hour after MONDAY. */
function dwelt(from: number, to: number, stays = books(MONDAY + from * HOUR)): Entered {
  accountDwell(stays, 0, 0, MONDAY + from * HOUR, MONDAY + to * HOUR);
  return entered(stays);
}

describe("dwell", () => {
  test("on a working day is of the night, of the working hours and of the waking hours, which overlap", () => {
    expect(dwelt(0, 24)).toEqual({ night: 8 * 60, work: 8 * 60, waking: 16 * 60, nights: 1, workdays: 1 });
  });

  test("on a Saturday, and on a holiday, is of no working hours", () => {
    expect(dwelt(5 * 24 + 8, 5 * 24 + 18)).toMatchObject({ work: 0, waking: 600, workdays: 0 });
    const holiday = books(MONDAY, "Asia/Shanghai", new Map([["2026-03-02", "holiday" as const]]));
    expect(dwelt(8, 18, holiday)).toMatchObject({ work: 0, workdays: 0 });
  });

  test("over midnight enters both days' nights", () => {
    const { night, nights } = dwelt(21, 30);
    expect(nights).toBe(0b11);
    // The first day's two hours have faded by a day of the window.
    expect(night).toBeGreaterThan(6 * 60 + 110);
    expect(night).toBeLessThan(8 * 60);
  });

  test("of less than an hour makes no night, and two halves of an hour make one", () => {
    expect(dwelt(0, 0.9).nights).toBe(0);
    const stays = books();
    dwelt(0, 0.5, stays);
    expect(dwelt(3, 3.6, stays).nights).toBe(1);
  });

  test("entered late, after the day has turned, is of the day before", () => {
    const stays = books(MONDAY);
    stays.table.lines[LINE_OBSERVED_DAYS] = 1;
    rollDay(stays, 0, stays.calendar.day(MONDAY) + 1);
    expect(dwelt(20, 24, stays)).toMatchObject({ night: 120, nights: 0b10 });
    expect(stays.table.lines[LINE_NIGHTS_OBSERVED]).toBe(0b10);
  });

  test("in a zone with summer time is counted by the local clock: the night of the change is an hour shorter, or longer", () => {
    const midnight = (date: string) => Date.parse(date) / 1000;
    const dwellOf = (from: string, to: string) => {
      const stays = books(midnight(from), "Europe/Berlin");
      accountDwell(stays, 0, 0, midnight(from), midnight(to));
      const { night, waking } = entered(stays);
      return { night, waking };
    };
    const usual = { night: 8 * 60, waking: 16 * 60 };
    expect(dwellOf("2026-03-22T00:00:00+01:00", "2026-03-23T00:00:00+01:00")).toEqual(usual);
    const shorter = { ...usual, night: 7 * 60 };
    expect(dwellOf("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")).toEqual(shorter);
    const longer = { ...usual, night: 9 * 60 };
    expect(dwellOf("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")).toEqual(longer);
  });

  test("is the same however it is cut within a day, to a minute a cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: DAY }), { maxLength: 6 }), (cuts) => {
        const stays = books();
        const at = [0, ...cuts.toSorted((a, b) => a - b), DAY];
        for (let i = 1; i < at.length; i++)
          accountDwell(stays, 0, 0, MONDAY + (at[i - 1] as number), MONDAY + (at[i] as number));
        const whole = dwelt(0, 24);
        const cut = entered(stays);
        for (const kind of ["night", "work", "waking"] as const)
          expect(Math.abs(cut[kind] - whole[kind])).toBeLessThanOrEqual(at.length);
        expect(cut.nights & cut.workdays).toBe(1);
      }),
    );
  });
});

describe("a new day", () => {
  test("moves the masks on and lets minutes fade, once for each day on which the subscriber was observed", () => {
    const stays = books();
    dwelt(0, 24, stays);
    const { night } = entered(stays);
    const day = stays.calendar.day(MONDAY);
    rollDay(stays, 0, day + 1);
    expect(entered(stays)).toMatchObject({ nights: 0b10, workdays: 0b10 });
    expect(entered(stays).night).toBe(Math.floor(night * (1 - 1 / OPTIONS.windowDays)));
    const before = entered(stays);
    rollDay(stays, 0, day + 9);
    expect(entered(stays)).toEqual(before);
  });

  test("forgets a night when the window has passed it", () => {
    const stays = books();
    dwelt(0, 24, stays);
    const day = stays.calendar.day(MONDAY);
    for (let i = 1; i <= OPTIONS.windowDays; i++) {
      expect(entered(stays).nights).not.toBe(0);
      stays.table.lines[LINE_OBSERVED_DAYS] = (stays.table.lines[LINE_OBSERVED_DAYS] as number) | 1;
      rollDay(stays, 0, day + i);
    }
    expect(entered(stays).nights).toBe(0);
  });

  test("unites places that are one, but not the one for which dwell is being entered", () => {
    const stays = books();
    const { table } = stays;
    const day = stays.calendar.day(MONDAY);
    for (const [place, minutes] of [
      [0, 600],
      [2, 100],
    ] as const) {
      const at = table.ownPlace(0, place);
      table.words[at + PLACE_CELL] = packCell(HOME, 5);
      table.halves[at * 2 + PLACE_NIGHT_MINUTES_16] = minutes;
      table.halves[at * 2 + PLACE_SEEN_DAY_16] = day;
    }
    table.lines[LINE_OBSERVED_DAYS] = 1;
    accountDwell(stays, 0, 2, MONDAY + 23 * HOUR, MONDAY + 25 * HOUR);
    const minutes = [0, 2].map((place) => dwellMinutes(table.halves, table.placeWord(0, place) * 2));
    expect(minutes).toEqual([
      Math.floor(600 * (1 - 1 / OPTIONS.windowDays)),
      Math.floor(160 * (1 - 1 / OPTIONS.windowDays)) + 60,
    ]);
    rollDay(stays, 0, day + 2);
    expect(placeCells({ stays, told: [] })).toEqual([HOME, -1, -1, -1, -1]);
    // What is read for who has no rest, or no place, is nobody's.
    expect(table.words.subarray(0, REST_WORDS).every((word) => word === 0)).toBe(true);
  });

  test("after a long absence forgets what was lived, but not what circles were told of", () => {
    const stays = books();
    dwelt(0, 24, stays);
    const at = stays.table.placeWord(0, 0);
    stays.table.bytes[at * 4 + PLACE_ACTIVE_8] = 0b11;
    rollDay(stays, 0, stays.calendar.day(MONDAY) + OPTIONS.absenceDaysMax);
    expect(dwellMinutes(stays.table.halves, at * 2)).toBeGreaterThan(0);
    rollDay(stays, 0, stays.calendar.day(MONDAY) + 2 * OPTIONS.absenceDaysMax + 1);
    expect(entered(stays)).toEqual({ night: 0, work: 0, waking: 0, nights: 0, workdays: 0 });
    expect(stays.table.lines[LINE_OBSERVED_DAYS]).toBe(0);
    expect(stays.table.bytes[at * 4 + PLACE_ACTIVE_8]).toBe(0b11);
    expect(stays.table.halves[at * 2 + PLACE_SEEN_DAY_16]).toBe(stays.calendar.day(MONDAY));
    expect(placeCells({ stays, told: [] })[0]).toBe(HOME);
    expect(stays.table.lineHalves[LINE_DAY_16]).toBe(stays.calendar.day(MONDAY) + 2 * OPTIONS.absenceDaysMax + 1);
  });
});

test("observations are of the night, of working hours, or of neither", () => {
  const stays = books();
  const at = [0, 5.9, 6, 8.9, 9, 16.9, 17, 21.9, 22, 5 * 24 + 10];
  const kinds = at.map((hour) => observationKind(stays, Math.round(MONDAY + hour * HOUR)));
  expect(kinds.filter((kind) => kind === LINE_NIGHT_OBSERVATIONS_16)).toHaveLength(3);
  expect(kinds.filter((kind) => kind === LINE_WORK_OBSERVATIONS_16)).toHaveLength(2);
  expect(isWorkingTime(stays, MONDAY + 17 * HOUR - MINUTE)).toBe(true);
  expect(isWorkingTime(stays, MONDAY + 17 * HOUR)).toBe(false);
});
