import { type City, NONE, toLat, toLon } from "../../src/geo/city.js";
import type { AnchorFact, StayFact } from "../../src/score/facts.js";
import type { Calendar } from "../../src/time/calendar.js";
import type { KeptEvent } from "./kept-events.js";

/** A stay lasts at least this (CIRCLES.md, "What counts"). */
export const STAY_MS_MIN = 10 * 60_000;
const HOUR_SEC = 3600;
const NIGHT_TO_SEC = 6 * HOUR_SEC;
const WORK_FROM_SEC = 9 * HOUR_SEC;
const WORK_TO_SEC = 17 * HOUR_SEC;

type People = ReadonlyMap<string, readonly KeptEvent[]>;

/**
 * What anybody would write first, so that it stands beside what the engine reaches: home is the cell heard most from midnight to six, the
 * day place the one heard most from nine to five on working days, where the plan says that the antenna is.
 */
export function obviousAnchors(people: People, city: City, calendar: Calendar): AnchorFact[] {
  const anchors: AnchorFact[] = [];
  for (const [subscriber, events] of people)
    for (const kind of ["home", "day"] as const) {
      const cell = mostHeard(events.filter(({ ms }) => isTime(kind, ms / 1000, calendar)));
      if (cell !== NONE) anchors.push({ subscriber, kind, ...antenna(city, cell) });
    }
  return anchors;
}

/** The obvious stays: ten minutes or more in which one cell alone is heard. */
export function obviousStays(people: People, city: City): StayFact[] {
  const stays: StayFact[] = [];
  for (const [subscriber, events] of people) {
    let first = 0;
    for (let i = 1; i <= events.length; i++) {
      const { ms: startMs, cell } = events[first] as KeptEvent;
      if (events[i]?.cell === cell) continue;
      const endMs = (events[i - 1] as KeptEvent).ms;
      if (endMs - startMs >= STAY_MS_MIN) stays.push({ subscriber, startMs, endMs, ...antenna(city, cell) });
      first = i;
    }
  }
  return stays;
}

function isTime(kind: "home" | "day", sec: number, calendar: Calendar): boolean {
  const second = calendar.secondOfDay(sec);
  if (kind === "home") return second < NIGHT_TO_SEC;
  return second >= WORK_FROM_SEC && second < WORK_TO_SEC && calendar.isWorkingDay(calendar.day(sec));
}

function antenna({ plane, cells }: City, cell: number): { lon: number; lat: number } {
  return { lon: toLon(plane, cells.siteX[cell] as number), lat: toLat(plane, cells.siteY[cell] as number) };
}

/** The cell of most of the events, NONE where there is no event. */
function mostHeard(events: readonly KeptEvent[]): number {
  const counts = new Map<number, number>();
  let most: number = NONE;
  for (const { cell } of events) {
    const count = (counts.get(cell) ?? 0) + 1;
    counts.set(cell, count);
    if (count > (counts.get(most) ?? 0)) most = cell;
  }
  return most;
}
