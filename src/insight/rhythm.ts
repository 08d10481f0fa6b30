/** A week's rhythm: where somebody is on a mean Monday, Tuesday, and so on. */
import type { Calendar } from "../time/calendar.js";

export interface RhythmStay {
  /** Epoch seconds; end is exclusive. */
  readonly startSec: number;
  readonly endSec: number;
  readonly at: "home" | "day" | "other";
}

export interface WeekdayHours {
  /** ISO 8601: 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** Days of this weekday with any stay; the hours are means over them. */
  readonly days: number;
  readonly home: number;
  readonly day: number;
  readonly other: number;
}

const DAYS_A_WEEK = 7;
const HOUR_SEC = 3600;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;

/** Seven rows, Monday first. A stay over midnight counts on both days; overlapping stays both count. */
export function weekRhythm(stays: readonly RhythmStay[], calendar: Calendar): WeekdayHours[] {
  const seconds = Array.from({ length: DAYS_A_WEEK }, () => ({ home: 0, day: 0, other: 0 }));
  const days = Array.from({ length: DAYS_A_WEEK }, () => new Set<number>());
  for (const { startSec, endSec, at } of stays) {
    for (let day = calendar.day(startSec); calendar.dayStart(day) < endSec; day++) {
      const inDay = Math.min(endSec, calendar.dayStart(day + 1)) - Math.max(startSec, calendar.dayStart(day));
      const weekday = (day + FIRST_WEEKDAY) % DAYS_A_WEEK;
      (seconds[weekday] as Record<RhythmStay["at"], number>)[at] += inDay;
      days[weekday]?.add(day);
    }
  }
  return seconds.map((sums, weekday) => {
    const count = days[weekday]?.size ?? 0;
    const hours = (sum: number) => (count === 0 ? 0 : Math.round((sum / count / HOUR_SEC) * 10) / 10);
    return {
      weekday: weekday + 1,
      days: count,
      home: hours(sums.home),
      day: hours(sums.day),
      other: hours(sums.other),
    };
  });
}
