import type { Calendar } from "../time/calendar.js";

/** City days that an evaluation looks at, with what is asked of them again and again. */
export interface DayWindow {
  readonly firstDay: number;
  readonly lastDay: number;
  /** First instant of each day and of the day after the last, epoch seconds. */
  readonly starts: Float64Array;
  readonly working: Uint8Array;
}

/** The days from `firstDay` to `lastDay`. */
export function dayWindow(calendar: Calendar, firstDay: number, lastDay: number): DayWindow {
  const count = lastDay - firstDay + 1;
  const starts = new Float64Array(count + 1);
  const working = new Uint8Array(count);
  for (let i = 0; i <= count; i++) {
    starts[i] = calendar.dayStart(firstDay + i);
    if (i < count) working[i] = calendar.isWorkingDay(firstDay + i) ? 1 : 0;
  }
  return { firstDay, lastDay, starts, working };
}

/** Number of the day in the window that holds the instant; -1 before it, the count of days after it. */
export function indexOfDay(window: DayWindow, sec: number): number {
  const { starts } = window;
  const count = starts.length - 1;
  if (sec < (starts[0] as number)) return -1;
  // A day is 23 to 25 hours long, so the guess is at most one off.
  let at = Math.min(count, Math.floor((sec - (starts[0] as number)) / 86_400));
  while (at < count && sec >= (starts[at + 1] as number)) at++;
  while (at > 0 && sec < (starts[at] as number)) at--;
  return at;
}

/** Hours of the day; seconds after the day began, `toSecond` beyond midnight where they reach into the next day. */
export interface Hours {
  readonly days: "working" | "off" | "any";
  readonly fromSecond: number;
  readonly toSecond: number;
}

/** A day on which the hours begin. */
function hoursBegin(window: DayWindow, day: number, hours: Hours): boolean {
  return hours.days === "any" || ((window.working[day] as number) === 1) === (hours.days === "working");
}

/** Seconds of an interval within the hours that begin on a day of the window. */
export function secondsWithin(window: DayWindow, day: number, hours: Hours, startSec: number, endSec: number): number {
  if (!hoursBegin(window, day, hours)) return 0;
  const base = window.starts[day] as number;
  return Math.max(0, Math.min(endSec, base + hours.toSecond) - Math.max(startSec, base + hours.fromSecond));
}

/** "07:30" as seconds after midnight. */
export function secondsOfClock(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60;
}

/** Hours as the rules say them; `to` at or before `from` lies on the next day. */
export function hoursOf(form: { days?: Hours["days"]; from?: string | undefined; to?: string | undefined }): Hours {
  const fromSecond = form.from === undefined ? 0 : secondsOfClock(form.from);
  const to = form.to === undefined ? 86_400 : secondsOfClock(form.to);
  return { days: form.days ?? "any", fromSecond, toSecond: to <= fromSecond ? to + 86_400 : to };
}

/** Dates are asked for again and again, of the days of a window. */
const DATES = new Map<number, string>();
const DATES_MAX = 400;

/** City day as its date, YYYY-MM-DD. */
export function dateOf(day: number): string {
  let date = DATES.get(day);
  if (date === undefined) {
    date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    if (DATES.size >= DATES_MAX) DATES.clear();
    DATES.set(day, date);
  }
  return date;
}
