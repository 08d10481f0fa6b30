import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCalendar, type HolidayKind } from "../../src/time/calendar.js";

const DAY_SECONDS = 86_400;
const NO_HOLIDAYS: ReadonlyMap<string, HolidayKind> = new Map();
const FROM_SEC = Date.UTC(2016, 0, 1) / 1000;
const TO_SEC = Date.UTC(2027, 0, 1) / 1000;

/** Zones that change at UTC hours and half hours, at local midnight, by half an hour, or never, and lie on both sides of Greenwich. */
const ZONES = [
  "Asia/Shanghai",
  "Asia/Kathmandu",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Adelaide",
  "Australia/Lord_Howe",
  "America/St_Johns",
  "America/Havana",
  "America/Santiago",
  "Africa/Cairo",
  "Pacific/Chatham",
  "UTC",
];

const formats = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }),
  ]),
);

/** The oracle: the local clock that `Intl` prints, as if it were UTC, in epoch seconds. */
function localSeconds(zone: string, sec: number): number {
  const field: Record<string, number> = {};
  for (const { type, value } of formats.get(zone)?.formatToParts(sec * 1000) ?? []) field[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = field;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** Where the local clock of a zone was changed, to the second. */
function changes(zone: string): number[] {
  const shift = (sec: number) => localSeconds(zone, sec) - sec;
  const found: number[] = [];
  for (let sec = FROM_SEC; sec < TO_SEC; sec += 7 * DAY_SECONDS) {
    let low = sec;
    let high = sec + 7 * DAY_SECONDS;
    if (shift(low) === shift(high)) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (shift(middle) === shift(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

const CALENDARS = new Map(ZONES.map((zone) => [zone, createCalendar(zone, NO_HOLIDAYS)]));
const CHANGES = new Map(ZONES.map((zone) => [zone, changes(zone)]));

/** A zone and an instant, every second one within two days of a change of the clock where the zone has any. */
const instants = fc.constantFrom(...ZONES).chain((zone) => {
  const known = CHANGES.get(zone) ?? [];
  const anywhere = fc.integer({ min: FROM_SEC, max: TO_SEC });
  if (known.length === 0) return fc.tuple(fc.constant(zone), anywhere);
  const nearChange = fc
    .tuple(fc.constantFrom(...known), fc.integer({ min: -2 * DAY_SECONDS, max: 2 * DAY_SECONDS }))
    .map(([change, offset]) => change + offset);
  return fc.tuple(fc.constant(zone), fc.oneof(anywhere, nearChange));
});

describe("a calendar", () => {
  test("tells the local day and the second of it as Intl does, whatever the zone and its changes of the clock", () => {
    fc.assert(
      fc.property(instants, ([zone, sec]) => {
        const calendar = CALENDARS.get(zone);
        const local = localSeconds(zone, sec);
        expect(calendar?.day(sec)).toBe(Math.floor(local / DAY_SECONDS));
        expect(calendar?.secondOfDay(sec)).toBe(local % DAY_SECONDS);
      }),
      { numRuns: 3000 },
    );
  });

  test("tells the first instant of a day: it is of the day, and the second before it is not", () => {
    fc.assert(
      fc.property(instants, ([zone, sec]) => {
        const day = Math.floor(localSeconds(zone, sec) / DAY_SECONDS);
        const start = CALENDARS.get(zone)?.dayStart(day) ?? Number.NaN;
        expect(Math.floor(localSeconds(zone, start) / DAY_SECONDS)).toBe(day);
        expect(Math.floor(localSeconds(zone, start - 1) / DAY_SECONDS)).toBe(day - 1);
      }),
      { numRuns: 3000 },
    );
  });

  test("tells the same in the seconds around every change of the clock", () => {
    for (const [zone, known] of CHANGES) {
      for (const sec of known.flatMap((change) => [change - 1, change, change + 1]))
        expect([zone, CALENDARS.get(zone)?.secondOfDay(sec)]).toEqual([zone, localSeconds(zone, sec) % DAY_SECONDS]);
    }
    expect(CHANGES.get("Australia/Adelaide")?.some((change) => change % 3600 !== 0)).toBe(true);
  });

  test("starts the day with the change where the clock skips midnight", () => {
    const havana = createCalendar("America/Havana", NO_HOLIDAYS);
    const change = Date.parse("2025-03-09T05:00:00Z") / 1000;
    const day = Date.UTC(2025, 2, 9) / 1000 / DAY_SECONDS;
    expect(havana.dayStart(day)).toBe(change);
    expect(havana.secondOfDay(change)).toBe(3600);
  });

  test("in Kathmandu is five hours and three quarters ahead", () => {
    const kathmandu = createCalendar("Asia/Kathmandu", NO_HOLIDAYS);
    const day = Date.UTC(2026, 4, 1) / 1000 / DAY_SECONDS;
    expect(kathmandu.dayStart(day)).toBe(Date.parse("2026-05-01T00:00:00+05:45") / 1000);
    expect(kathmandu.secondOfDay(Date.parse("2026-05-01T12:34:56+05:45") / 1000)).toBe(45_296);
  });

  test("refuses a time zone that the runtime does not know", () => {
    expect(() => createCalendar("Asia/Atlantis", NO_HOLIDAYS)).toThrow(RangeError);
  });
});

describe("a working day", () => {
  const dayOf = (date: string) => Date.parse(`${date}T00:00:00Z`) / 1000 / DAY_SECONDS;

  test("is Monday to Friday", () => {
    const calendar = createCalendar("Asia/Shanghai", NO_HOLIDAYS);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (day) => {
        const weekday = new Date(day * DAY_SECONDS * 1000).getUTCDay();
        expect(calendar.isWorkingDay(day)).toBe(weekday >= 1 && weekday <= 5);
      }),
    );
  });

  test("is not a holiday, and is a weekend day on which work is made up", () => {
    const calendar = createCalendar(
      "Asia/Shanghai",
      new Map<string, HolidayKind>([
        ["2026-10-01", "holiday"],
        ["2026-10-10", "workday"],
      ]),
    );
    expect(new Date("2026-10-01").getUTCDay()).toBe(4);
    expect(calendar.isWorkingDay(dayOf("2026-10-01"))).toBe(false);
    expect(calendar.isWorkingDay(dayOf("2026-10-02"))).toBe(true);
    expect(calendar.isWorkingDay(dayOf("2026-10-10"))).toBe(true);
    expect(calendar.isWorkingDay(dayOf("2026-10-11"))).toBe(false);
  });
});
