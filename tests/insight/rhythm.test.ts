import { expect, test } from "vitest";
import { weekRhythm } from "../../src/insight/rhythm.js";
import { createCalendar } from "../../src/time/calendar.js";

const calendar = createCalendar("Asia/Shanghai", new Map());
const at = (text: string) => Date.parse(`${text}+08:00`) / 1000;

test("a stay over midnight counts on both days, and the hours are means over days with stays", () => {
  // 2026-01-05 and 2026-01-12 are Mondays.
  const week = weekRhythm(
    [
      { startSec: at("2026-01-05T20:00"), endSec: at("2026-01-06T06:00"), at: "home" },
      { startSec: at("2026-01-12T09:00"), endSec: at("2026-01-12T17:00"), at: "day" },
    ],
    calendar,
  );
  expect(week[0]).toEqual({ weekday: 1, days: 2, home: 2, day: 4, other: 0 });
  expect(week[1]).toEqual({ weekday: 2, days: 1, home: 6, day: 0, other: 0 });
  expect(week[6]).toEqual({ weekday: 7, days: 0, home: 0, day: 0, other: 0 });
});
