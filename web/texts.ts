/** Numbers, times and words as somebody reads them; one object a language and city. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { fill, type Language, type Words, wordsOf } from "./words.js";

const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", zh: "zh-CN" };

export interface Texts {
  readonly language: Language;
  readonly words: Words;
  say(word: keyof Words, values?: Readonly<Record<string, string | number>>): string;
  number(value: number): string;
  /** At most so many digits: 12,300 or 1.2M. */
  short(value: number): string;
  percent(share: number, digits?: number): string;
  /** A difference with its sign. */
  signed(value: number): string;
  /** Date and time of the city. */
  time(value: number | string): string;
  date(value: number | string): string;
  /** Day of a calendar, as 2026-01-05. */
  calendarDay(day: string): string;
  /** 1 is Monday. */
  weekday(day: number): string;
  /** Days, hours, minutes or seconds. */
  span(ms: number): string;
}

/** 2024-01-01 was a Monday. */
const A_MONDAY_MS = Date.UTC(2024, 0, 1);
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

export function createTexts(language: Language, timeZone: string): Texts {
  const locale = LOCALES[language];
  const words = wordsOf(language);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 });
  const sign = new Intl.NumberFormat(locale, { signDisplay: "exceptZero" });
  const minute = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone });
  const utc = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  return {
    language,
    words,
    say: (word, values = {}) => fill(words[word], values),
    number: (value) => whole.format(value),
    short: (value) => (value < 100_000 ? whole.format(value) : compact.format(value)),
    percent: (share, digits = 0) =>
      new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }).format(share),
    signed: (value) => sign.format(value),
    time: (value) => minute.format(new Date(value)),
    date: (value) => date.format(new Date(value)),
    calendarDay: (day) => utc.format(new Date(`${day}T00:00:00Z`)),
    weekday: (day) => weekday.format(new Date(A_MONDAY_MS + (day - 1) * 86_400_000)),
    span(ms) {
      const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ["second", 1000];
      return new Intl.NumberFormat(locale, {
        style: "unit",
        unit,
        unitDisplay: "long",
        maximumFractionDigits: 0,
      }).format(ms / unitMs);
    },
  };
}

export const TextsContext = createContext<Texts>(createTexts("en", "UTC"));

export function useTexts(): Texts {
  return useContext(TextsContext);
}
