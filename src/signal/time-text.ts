const EPOCH_MS = /^-?\d{1,16}$/;
const ISO_8601 =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)$/i;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Epoch ms of a time in text: epoch milliseconds in digits, or ISO 8601 in the extended form with an offset
 * (`2012-08-16T02:00:00.831Z`, `2012-08-16 10:00+08:00`); what is finer than a millisecond is cut off. NaN when it is neither, when
 * the calendar has no such day, or when the offset is missing.
 */
export function parseTime(text: string): number {
  if (EPOCH_MS.test(text)) return Number(text);
  const match = ISO_8601.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second = "0", fraction = "", , sign, offsetHour = "0", offsetMinute = "0"] =
    match;
  const dayMs = utcDayMs(Number(year), Number(month), Number(day));
  const inDay = [hour, minute, second, offsetHour, offsetMinute].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [h, m, s, oh, om] = inDay;
  if (Number.isNaN(dayMs) || h > 23 || m > 59 || s > 59 || oh > 23 || om > 59) return Number.NaN;
  const offsetMs = (oh * HOUR_MS + om * MINUTE_MS) * (sign === "-" ? -1 : 1);
  return dayMs + h * HOUR_MS + m * MINUTE_MS + s * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0")) - offsetMs;
}

/** Epoch ms of the start of a day in UTC; NaN when the calendar has no such day. */
export function utcDayMs(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : Number.NaN;
}
