import { createCalendar } from "../time/calendar.js";

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;
const EPOCH_MS_FORM = /^\d{11,14}$/;

/** Reads a time as epoch ms; NaN where it is none. */
export type TimeReader = (text: string) => number;

/**
 * A reader of the times of reference data: ISO 8601 with an offset, the same without one (then in the city's time zone), a date alone
 * (its midnight there), or epoch milliseconds.
 *
 * @throws RangeError when the runtime does not know the time zone
 */
export function createTimeReader(timeZone: string): TimeReader {
  const calendar = createCalendar(timeZone, new Map());
  const offset = (sec: number): number => calendar.day(sec) * 86_400 + calendar.secondOfDay(sec) - sec;
  const read = (text: string): number => {
    if (EPOCH_MS_FORM.test(text)) return Number(text);
    const match = FORM.exec(text);
    if (match === null) return Number.NaN;
    const wallMs = wallClock(match);
    const zone = match[8];
    if (zone !== undefined) return wallMs - zoneMs(zone);
    const wall = wallMs / 1000;
    // The offset at the guessed instant settles what the offset at the wall time, taken as UTC, only approaches.
    return Number.isNaN(wall) ? wall : wallMs - 1000 * offset(wall - offset(wall));
  };
  // The rows of one plan share few times: the last one read is most often the next one.
  let lastText = "";
  let lastMs = Number.NaN;
  return (text) => {
    if (text === lastText) return lastMs;
    lastText = text;
    lastMs = read(text);
    return lastMs;
  };
}

function wallClock(match: RegExpExecArray): number {
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const ms = Number((match[7] ?? "0").padEnd(3, "0"));
  if (!isDate(`${match[1]}-${match[2]}-${match[3]}`)) return Number.NaN;
  if ((hour as number) > 24 || (minute as number) > 59 || (second as number) > 59) return Number.NaN;
  return Date.UTC(year as number, (month as number) - 1, day, hour, minute, second, ms);
}

function zoneMs(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone[0] === "-" ? -1 : 1) * minutes * 60_000;
}

/** Whether the text is `YYYY-MM-DD` and names a day that exists. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
