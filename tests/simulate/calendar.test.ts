import { expect, test } from "vitest";
import {
  dateOfDay,
  dayOfDate,
  dayOfMs,
  dayStartMs,
  isoLocal,
  isWorkingDay,
  weekday,
} from "../../src/simulate/calendar.js";

test("local days begin at midnight of China Standard Time", () => {
  const day = dayOfDate("2025-03-03");
  expect(new Date(dayStartMs(day)).toISOString()).toBe("2025-03-02T16:00:00.000Z");
  expect(dayOfMs(dayStartMs(day))).toBe(day);
  expect(dayOfMs(dayStartMs(day) - 1)).toBe(day - 1);
  expect(dateOfDay(day)).toBe("2025-03-03");
  expect(weekday(day)).toBe(1);
});

test("holidays are off, make-up working days on, whatever their weekday", () => {
  expect(isWorkingDay(dayOfDate("2025-05-01"))).toBe(false);
  expect(isWorkingDay(dayOfDate("2025-04-27"))).toBe(true);
  expect(isWorkingDay(dayOfDate("2025-04-26"))).toBe(false);
  expect(isWorkingDay(dayOfDate("2025-04-28"))).toBe(true);
});

test("times are written with their offset and milliseconds", () => {
  expect(isoLocal(Date.parse("2025-03-03T00:15:02.007Z"))).toBe("2025-03-03T08:15:02.007+08:00");
  expect(isoLocal(Date.parse("1970-01-01T00:00:00.000Z"))).toBe("1970-01-01T08:00:00.000+08:00");
});

test("what is no date is no day", () => {
  expect(dayOfDate("2025-3-3")).toBeNaN();
  expect(dayOfDate("2025-13-40")).toBeNaN();
});
