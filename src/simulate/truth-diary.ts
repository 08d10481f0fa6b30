import { dayOfMs, dayStartMs, HOUR_MS, isWorkingDay, MINUTE_MS } from "./calendar.js";
import { shiftOf } from "./duty.js";
import type { Mode, Person, Visit } from "./person.js";

export interface Entry {
  readonly day: number;
  readonly visit: Visit;
  readonly startMs: number;
  readonly endMs: number;
  readonly wakingMs: number;
}

/** Days of the window that counts for the circles. */
export const WINDOW_DAYS = 28;

const DUTY_MIN_MS = 6 * HOUR_MS;

/** What one person did in the last days: rests with their purposes, and working days with how they went. */
export class Diary {
  readonly person: Person;
  #entries: Entry[] = [];
  /** Days with a commute by metro or by bus at a peak, and days lived nine to five. */
  readonly commuteDays = { metro: new Set<number>(), bus: new Set<number>() };
  /** Local day to hours of duty that day at usual times, summed over the parts before and after lunch. */
  readonly #usual = new Map<number, { fromMs: number; toMs: number; ms: number }>();
  /** Days on which the person left home before duty, straight to it or by way of a school gate or the like. */
  readonly #left = new Set<number>();

  constructor(person: Person) {
    this.person = person;
  }

  stay(visit: Visit, startMs: number, endMs: number, wakingMs: number): void {
    const day = dayOfMs(startMs);
    this.#entries.push({ day, visit, startMs, endMs, wakingMs });
    if (!isDuty(visit)) return;
    const known = this.#usual.get(day);
    if (known === undefined) this.#usual.set(day, { fromMs: startMs, toMs: endMs, ms: endMs - startMs });
    else {
      known.toMs = endMs;
      known.ms += endMs - startMs;
    }
  }

  trip(from: Visit, to: Visit, mode: Mode, departMs: number, arriveMs: number): void {
    const day = dayOfMs(departMs);
    if (from.purpose === "home" && !this.#usual.has(day)) this.#left.add(day);
    const outward = isDomestic(from) && isDuty(to);
    const back = isDuty(from) && isDomestic(to);
    if (!outward && !back) return;
    const hour = (departMs - dayStartMs(day)) / HOUR_MS;
    const arriveHour = (arriveMs - dayStartMs(day)) / HOUR_MS;
    const peak = outward ? arriveHour > 6.5 && arriveHour < 10.25 : hour > 16 && hour < 20.5;
    if (peak && (mode === "metro" || mode === "bus")) this.commuteDays[mode].add(day);
  }

  /** Forgets what lies before the window that ends with `day`. */
  forget(day: number): void {
    const first = day - WINDOW_DAYS;
    if (this.#entries.length > 0 && (this.#entries[0] as Entry).day <= first) {
      this.#entries = this.#entries.filter((entry) => entry.day > first);
    }
    for (const days of [this.commuteDays.metro, this.commuteDays.bus, this.#left])
      for (const one of days) if (one <= first) days.delete(one);
    for (const one of this.#usual.keys()) if (one <= first) this.#usual.delete(one);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Whether the person came to duty from home and left it at the usual hours: there by 10, until 16 to 19:30, six hours at least. */
  nineToFive(day: number): boolean {
    const duty = this.#usual.get(day);
    if (duty === undefined || !isWorkingDay(day) || !this.#left.has(day)) return false;
    const base = dayStartMs(day);
    const from = (duty.fromMs - base) / HOUR_MS;
    const to = (duty.toMs - base) / HOUR_MS;
    return from > 6.75 && from < 10.1 && to > 16 && to < 19.6 && duty.ms >= DUTY_MIN_MS;
  }

  /** Shifts begun in the window, and how many of them were nights. */
  shifts(): { all: number; nights: number } {
    let all = 0;
    let nights = 0;
    for (const [day, duty] of this.#usual) {
      if (duty.ms < 2 * HOUR_MS) continue;
      all++;
      if (shiftOf(this.person, day)?.night === true) nights++;
    }
    return { all, nights };
  }

  /** Days on which some of the daytime was spent in the city. */
  daysInCity(): Set<number> {
    const days = new Set<number>();
    for (const { startMs, endMs } of this.#entries) {
      for (let day = dayOfMs(startMs); day <= dayOfMs(endMs - 1); day++) {
        const base = dayStartMs(day);
        const ms = Math.min(endMs, base + 19 * HOUR_MS) - Math.max(startMs, base + 8 * HOUR_MS);
        if (ms > 30 * MINUTE_MS) days.add(day);
      }
    }
    return days;
  }
}

function isDuty({ purpose }: Visit): boolean {
  return purpose === "work" || purpose === "study";
}

/** Home, or the gate to which a child is brought on the way from home or to it. */
function isDomestic({ purpose }: Visit): boolean {
  return purpose === "home" || purpose === "gate";
}
