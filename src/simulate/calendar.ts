/**
 * The calendar of the demo city: local days counted from 1970-01-01, China Standard Time (UTC+8, no daylight saving since 1991), and the
 * official holidays and make-up working days of 2025 and 2026 (notices of the General Office of the State Council).
 */
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * HOUR_MS;
const OFFSET_MS = 8 * HOUR_MS;

/** Holidays, with make-up working days after `+`. */
const OFFICIAL = [
  "2025-01-01",
  "2025-01-28..2025-02-04 + 2025-01-26 2025-02-08",
  "2025-04-04..2025-04-06",
  "2025-05-01..2025-05-05 + 2025-04-27",
  "2025-05-31..2025-06-02",
  "2025-10-01..2025-10-08 + 2025-09-28 2025-10-11",
  "2026-01-01..2026-01-03 + 2026-01-04",
  "2026-02-15..2026-02-23 + 2026-02-14 2026-02-28",
  "2026-04-04..2026-04-06",
  "2026-05-01..2026-05-05 + 2026-05-09",
  "2026-06-19..2026-06-21",
  "2026-09-25..2026-09-27",
  "2026-10-01..2026-10-07 + 2026-09-20 2026-10-10",
];

const KINDS = parseOfficial();

function parseOfficial(): ReadonlyMap<number, "holiday" | "workday"> {
  const kinds = new Map<number, "holiday" | "workday">();
  for (const line of OFFICIAL) {
    const [range = "", workdays] = line.split(" + ");
    const [first = "", last = first] = range.split("..");
    for (let day = dayOfDate(first); day <= dayOfDate(last); day++) kinds.set(day, "holiday");
    for (const date of workdays?.split(" ") ?? []) kinds.set(dayOfDate(date), "workday");
  }
  return kinds;
}

/** Local day number of `YYYY-MM-DD`; NaN when it is no date. */
export function dayOfDate(date: string): number {
  return /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) / DAY_MS : Number.NaN;
}

export function dateOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Epoch ms of local midnight. */
export function dayStartMs(day: number): number {
  return day * DAY_MS - OFFSET_MS;
}

export function dayOfMs(ms: number): number {
  return Math.floor((ms + OFFSET_MS) / DAY_MS);
}

/** 0 Sunday .. 6 Saturday. */
export function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

export function isWorkingDay(day: number): boolean {
  const kind = KINDS.get(day);
  if (kind !== undefined) return kind === "workday";
  const of = weekday(day);
  return of !== 0 && of !== 6;
}

/** Text of `holidays.csv`. */
export function holidaysCsv(): string {
  const days = [...KINDS.keys()].sort((a, b) => a - b);
  return `date,kind\n${days.map((day) => `${dateOfDay(day)},${KINDS.get(day)}\n`).join("")}`;
}

const MINUTES_KEPT_MAX = 4096;
const minuteText = new Map<number, string>();

/** `2025-03-03T08:15:02.123+08:00`. */
export function isoLocal(ms: number): string {
  const minute = Math.floor(ms / MINUTE_MS);
  let text = minuteText.get(minute);
  if (text === undefined) {
    if (minuteText.size >= MINUTES_KEPT_MAX) minuteText.clear();
    text = new Date(minute * MINUTE_MS + OFFSET_MS).toISOString().slice(0, 17);
    minuteText.set(minute, text);
  }
  const rest = Math.floor(ms - minute * MINUTE_MS);
  const milliseconds = rest % 1000;
  const seconds = (rest - milliseconds) / 1000;
  return `${text}${seconds < 10 ? "0" : ""}${seconds}.${String(milliseconds).padStart(3, "0")}+08:00`;
}
