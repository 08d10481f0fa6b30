import { formatPseudonym } from "../signal/identity.js";
import { entryOf, type FoundStay, type StayFact } from "./facts.js";
import { share } from "./statistics.js";

const DAY_MS = 86_400_000;

interface Person {
  readonly days: Set<number>;
  events: number;
  /** True stays in order, and which of them hold an event. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  readonly isHeard: Uint8Array;
}

/** Least observation of the people whom a score is about. */
export interface ObservationLimits {
  readonly observedDaysMin: number;
  /** Mean over the observed days. */
  readonly eventsPerDayMin: number;
}

/**
 * How well each person was heard over the time that the true stays are about (a spoilt clock names days outside it): events, city days
 * with one, and which true stays hold one. Holds a few numbers a person and a byte a true stay, however many events go by.
 */
export class Hearing {
  /** Events or, where nobody read them, what the found stays say of theirs. */
  source: "events" | "stays" = "events";
  readonly #people = new Map<string, Person>();
  /** By the words of the pseudonym, so that an event makes no text. */
  readonly #byWords = new Map<number, Map<number, Person>>();
  readonly #dayOf: (timeMs: number) => number;
  readonly #fromMs: number = Number.POSITIVE_INFINITY;
  readonly #toMs: number = Number.NEGATIVE_INFINITY;

  /** @param dayOf number of the city day that holds an instant */
  constructor(stays: readonly StayFact[], dayOf: (timeMs: number) => number) {
    this.#dayOf = dayOf;
    const own = new Map<string, StayFact[]>();
    for (const stay of stays) {
      entryOf(own, stay.subscriber).push(stay);
      this.#fromMs = Math.min(this.#fromMs, stay.startMs);
      this.#toMs = Math.max(this.#toMs, stay.endMs);
    }
    for (const [subscriber, list] of own) this.#add(subscriber, list);
  }

  #add(subscriber: string, stays: readonly StayFact[]): Person {
    const sorted = stays.toSorted((a, b) => a.startMs - b.startMs);
    const person: Person = {
      days: new Set(),
      events: 0,
      startMs: Float64Array.from(sorted, (stay) => stay.startMs),
      endMs: Float64Array.from(sorted, (stay) => stay.endMs),
      isHeard: new Uint8Array(sorted.length),
    };
    this.#people.set(subscriber, person);
    return person;
  }

  /** Takes one event. */
  hear(hi: number, lo: number, timeMs: number): void {
    if (timeMs < this.#fromMs || timeMs >= this.#toMs) return;
    const person = this.#byWords.get(hi)?.get(lo) ?? this.#meet(hi, lo);
    person.events++;
    person.days.add(this.#dayOf(timeMs));
    const at = lastNotAfter(person.startMs, timeMs);
    if (at >= 0 && timeMs <= (person.endMs[at] as number)) person.isHeard[at] = 1;
  }

  #meet(hi: number, lo: number): Person {
    const subscriber = formatPseudonym(hi, lo);
    const person = this.#people.get(subscriber) ?? this.#add(subscriber, []);
    const sameHi = this.#byWords.get(hi) ?? new Map<number, Person>();
    this.#byWords.set(hi, sameHi.set(lo, person));
    return person;
  }

  /** Takes found stays instead of events: their events, on the days that they touch. */
  hearStays(stays: readonly FoundStay[]): void {
    this.source = "stays";
    for (const { subscriber, startMs, endMs, events } of stays) {
      const from = Math.max(startMs, this.#fromMs);
      const to = Math.min(endMs, this.#toMs);
      if (to <= from) continue;
      const person = this.#people.get(subscriber) ?? this.#add(subscriber, []);
      person.events += events;
      for (let timeMs = from; timeMs < to; timeMs += DAY_MS) person.days.add(this.#dayOf(timeMs));
      person.days.add(this.#dayOf(to - 1));
    }
  }

  /** Whether somebody was heard on enough days, and often enough on the mean of them. */
  isObserved(subscriber: string, { observedDaysMin, eventsPerDayMin }: ObservationLimits): boolean {
    const person = this.#people.get(subscriber);
    if (person === undefined) return observedDaysMin <= 0 && eventsPerDayMin <= 0;
    const days = person.days.size;
    return days >= observedDaysMin && person.events >= eventsPerDayMin * days && (days > 0 || eventsPerDayMin <= 0);
  }

  /** Share of the true stays of these people in which they were not heard once; NaN where no events were read. */
  unheardShare(people: ReadonlySet<string>): number {
    let stays = 0;
    let heard = 0;
    for (const [subscriber, { isHeard }] of this.#people) {
      if (!people.has(subscriber)) continue;
      stays += isHeard.length;
      for (const one of isHeard) heard += one;
    }
    return this.source === "stays" ? Number.NaN : share(stays - heard, stays);
  }
}

/** Index of the last of the ascending values that is not above `value`; -1 where all are. */
function lastNotAfter(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
