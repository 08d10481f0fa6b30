/**
 * Calendar questions in a city's time zone. A city day is the number of its local date since 1970-01-01; seconds are epoch seconds.
 */
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const QUARTER_SECONDS = 900;
const QUARTERS_A_DAY = DAY_SECONDS / QUARTER_SECONDS;

export type HolidayKind = "holiday" | "workday";

export interface Calendar {
  /** City day that holds the instant. */
  day(sec: number): number;
  /** Seconds of the local clock since local midnight, 0..86399. */
  secondOfDay(sec: number): number;
  /** First instant of a city day, epoch seconds. */
  dayStart(day: number): number;
  /** Monday to Friday, unless the holiday table says otherwise. */
  isWorkingDay(day: number): boolean;
}

/**
 * Builds the calendar of an IANA time zone. Offsets are asked from `Intl` once a quarter of an hour of event time and remembered, since a
 * zone's offset changes only on the quarter (on the half hour of UTC in Adelaide, for one).
 *
 * @param holidays local date `YYYY-MM-DD` to its kind
 * @throws RangeError when the runtime does not know the time zone
 */
export function createCalendar(timeZone: string, holidays: ReadonlyMap<string, HolidayKind>): Calendar {
  const offsetOf = offsetTable(timeZone);
  const exceptions = new Map<number, boolean>();
  for (const [date, kind] of holidays)
    exceptions.set(Date.parse(`${date}T00:00:00Z`) / 1000 / DAY_SECONDS, kind === "workday");

  const day = (sec: number): number => Math.floor((sec + offsetOf(sec)) / DAY_SECONDS);
  return {
    day,
    secondOfDay: (sec) => {
      const local = sec + offsetOf(sec);
      return local - Math.floor(local / DAY_SECONDS) * DAY_SECONDS;
    },
    dayStart: remembered(KNOWN_DAYS_MAX, (cityDay) => {
      const guess = cityDay * DAY_SECONDS - offsetOf(cityDay * DAY_SECONDS);
      // The offset may differ between UTC midnight and local midnight; one correction settles it.
      const corrected = cityDay * DAY_SECONDS - offsetOf(guess);
      // Where the clock skips midnight (Havana, Santiago), that lies before the change, and the day begins with the change.
      return day(corrected) < cityDay ? guess : corrected;
    }),
    isWorkingDay: (cityDay) => exceptions.get(cityDay) ?? (cityDay + 3) % 7 < 5,
  };
}

/** More than any window looks back. */
const KNOWN_DAYS_MAX = 400;

/** Answers are kept, the oldest of them given up when there are more than `entriesMax`. */
function remembered<Answer>(entriesMax: number, ask: (number: number) => Answer): (number: number) => Answer {
  const known = new Map<number, Answer>();
  return (number) => {
    let answer = known.get(number);
    if (answer === undefined) {
      answer = ask(number);
      known.set(number, answer);
      if (known.size > entriesMax) known.delete(known.keys().next().value as number);
    }
    return answer;
  };
}

/** Seconds east of UTC by instant. Each UTC day has the offsets of its quarters, asked for when first needed. */
function offsetTable(timeZone: string): (sec: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const quartersOf = remembered(KNOWN_DAYS_MAX, () => new Int32Array(QUARTERS_A_DAY).fill(UNKNOWN));
  let lastDay = Number.NaN;
  let quarters = new Int32Array(0);
  // Events come in order of time: most questions are about the quarter of the one before.
  let fromSec = Number.NaN;
  let lastOffset = 0;
  return (sec) => {
    if (sec >= fromSec && sec < fromSec + QUARTER_SECONDS) return lastOffset;
    const utcDay = Math.floor(sec / DAY_SECONDS);
    if (utcDay !== lastDay) {
      lastDay = utcDay;
      quarters = quartersOf(utcDay);
    }
    const quarter = Math.floor((sec - utcDay * DAY_SECONDS) / QUARTER_SECONDS);
    if (quarters[quarter] === UNKNOWN)
      quarters[quarter] = parseOffset(format.format((utcDay * QUARTERS_A_DAY + quarter) * QUARTER_SECONDS * 1000));
    fromSec = utcDay * DAY_SECONDS + quarter * QUARTER_SECONDS;
    lastOffset = quarters[quarter] as number;
    return lastOffset;
  };
}

/** No offset: they lie within a day. */
const UNKNOWN = 2 ** 30;

/** Seconds east of UTC from the text that `longOffset` prints: `GMT+08:00`, `GMT-03:30`, or `GMT`. */
function parseOffset(text: string): number {
  const match = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(text);
  if (match === null || match[1] === undefined) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * HOUR_SECONDS + Number(match[3]) * 60);
}
