import { type City, NONE, toLat, toLon } from "../../src/geo/city.js";
import type { AnchorFact, StayFact } from "../../src/score/facts.js";
import type { EventBatch } from "../../src/signal/batch.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Source } from "../../src/source/source.js";
import type { Calendar } from "../../src/time/calendar.js";

/** A stay lasts at least this (CIRCLES.md, "What counts"). */
const STAY_MS_MIN = 10 * 60_000;
const HOUR_SEC = 3600;
const NIGHT_TO_SEC = 6 * HOUR_SEC;
const WORK_FROM_SEC = 9 * HOUR_SEC;
const WORK_TO_SEC = 17 * HOUR_SEC;

interface Event {
  readonly ms: number;
  readonly cell: number;
}

/**
 * What anybody would write first, so that it stands beside what the engine reaches: home is the cell heard most from midnight to six, the
 * day place the one heard most from nine to five on working days, and a stay ten minutes or more in which one cell alone is heard;
 * all of them are where the plan says that the antenna is.
 */
export class ObviousWay {
  readonly #city: City;
  readonly #calendar: Calendar;
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #events = new Map<string, Event[]>();

  /** Hears what happens between the two times, epoch ms: a spoilt clock names others. */
  constructor(city: City, calendar: Calendar, fromMs: number, toMs: number) {
    this.#city = city;
    this.#calendar = calendar;
    this.#fromMs = fromMs;
    this.#toMs = toMs;
  }

  /** The same source, each of whose batches is heard as it passes. */
  hearing(source: Source): Source {
    const hear = (batch: EventBatch) => this.#hear(batch);
    return {
      ...source,
      async *deliveries(after) {
        for await (const delivery of source.deliveries(after)) {
          if (delivery.batch !== null) hear(delivery.batch);
          yield delivery;
        }
      },
    };
  }

  #hear({ count, baseMs, offsetMs, subscriber, cell, cells }: EventBatch): void {
    for (let i = 0; i < count; i++) {
      const ms = baseMs + (offsetMs[i] as number);
      const at = 2 * (cell[i] as number);
      const row = this.#city.cells.find(cells[at + 1] as number, cells[at] as number);
      if (row === NONE || ms < this.#fromMs || ms >= this.#toMs) continue;
      const name = formatPseudonym(subscriber[2 * i + 1] as number, subscriber[2 * i] as number);
      const known = this.#events.get(name);
      if (known === undefined) this.#events.set(name, [{ ms, cell: row }]);
      else known.push({ ms, cell: row });
    }
  }

  stays(): StayFact[] {
    const stays: StayFact[] = [];
    for (const [subscriber, events] of this.#events) {
      events.sort((a, b) => a.ms - b.ms);
      let first = 0;
      for (let i = 1; i <= events.length; i++) {
        const { ms: startMs, cell } = events[first] as Event;
        if (events[i]?.cell === cell) continue;
        const endMs = (events[i - 1] as Event).ms;
        if (endMs - startMs >= STAY_MS_MIN) stays.push({ subscriber, startMs, endMs, ...this.#position(cell) });
        first = i;
      }
    }
    return stays;
  }

  anchors(): AnchorFact[] {
    const anchors: AnchorFact[] = [];
    for (const [subscriber, events] of this.#events)
      for (const kind of ["home", "day"] as const) {
        const cell = mostHeard(events.filter(({ ms }) => this.#isTime(kind, ms / 1000)));
        if (cell !== NONE) anchors.push({ subscriber, kind, ...this.#position(cell) });
      }
    return anchors;
  }

  #isTime(kind: "home" | "day", sec: number): boolean {
    const second = this.#calendar.secondOfDay(sec);
    if (kind === "home") return second < NIGHT_TO_SEC;
    return second >= WORK_FROM_SEC && second < WORK_TO_SEC && this.#calendar.isWorkingDay(this.#calendar.day(sec));
  }

  #position(cell: number): { lon: number; lat: number } {
    const { plane, cells } = this.#city;
    return { lon: toLon(plane, cells.siteX[cell] as number), lat: toLat(plane, cells.siteY[cell] as number) };
  }
}

/** The cell of most of the events, NONE where there is no event. */
function mostHeard(events: readonly Event[]): number {
  const counts = new Map<number, number>();
  let most: number = NONE;
  for (const { cell } of events) {
    const count = (counts.get(cell) ?? 0) + 1;
    counts.set(cell, count);
    if (count > (counts.get(most) ?? 0)) most = cell;
  }
  return most;
}
