/** Events of the city that somebody attended. */
import type { City, CityEvent } from "../geo/city.js";
import { attendance, type Visit } from "./attendance.js";
import { Counts } from "./chance.js";
import type { Condition } from "./condition.js";
import { CANDIDATES_MAX, STAY } from "./diary.js";
import { AT_DAY_PLACE, AT_HOME, type Portrait } from "./portrait.js";
import type { AttendedForm } from "./rule-schema.js";
import { listOf } from "./venue-set.js";
import { dateOf, indexOfDay } from "./window.js";

const COUNTS = new Counts();
const SHOWN_MIN = 0.2;

interface Attended {
  readonly event: CityEvent;
  readonly chance: number;
}

export function attendedCondition(form: AttendedForm, city: City): Condition {
  const genres = new Set(listOf(form.genre));
  const ids = new Set(listOf(form.venue));
  const events = city.events.filter(
    (event) =>
      (form.category === undefined || event.category === form.category) &&
      (genres.size === 0 || genres.has(event.genre)) &&
      (ids.size === 0 || ids.has(city.venues.id[event.venue] as string)),
  );
  const byVenue = new Map<number, CityEvent[]>();
  let needs = 0;
  for (const event of events) {
    needs |= 1 << (city.venues.category[event.venue] as number);
    const list = byVenue.get(event.venue);
    if (list === undefined) byVenue.set(event.venue, [event]);
    else list.push(event);
  }
  const least = (portrait: Portrait) =>
    form.share === undefined
      ? form.times
      : Math.max(form.at_least ?? 1, Math.ceil(form.share * eventsHeld(events, portrait) - 1e-9));
  const chance = (portrait: Portrait) => chanceOf(attended(portrait, byVenue, form), least(portrait));
  return {
    needs: needs === 0 ? 1 << 23 : needs,
    chance,
    fact: (portrait) => {
      const found = attended(portrait, byVenue, form).filter((one) => one.chance >= SHOWN_MIN);
      return {
        what: `attended ${form.category ?? "an event"} ${[...genres].join(" or ")}`.trim(),
        chance: chance(portrait),
        asked: least(portrait),
        found: Math.round(found.reduce((sum, one) => sum + one.chance, 0) * 10) / 10,
        days: found.map(({ event }) =>
          dateOf(portrait.window.firstDay + indexOfDay(portrait.window, event.startMs / 1000)),
        ),
        venues: found.map(({ event }) => `${event.title || event.id} (${city.venues.name[event.venue]})`),
      };
    },
    seen: (portrait) =>
      attended(portrait, byVenue, form)
        .filter((one) => one.chance >= SHOWN_MIN)
        .reduce((last, { event }) => Math.max(last, indexOfDay(portrait.window, event.startMs / 1000)), -1),
  };
}

/** Events of the kind in the window on days on which the subscriber was heard. */
function eventsHeld(events: readonly CityEvent[], portrait: Portrait): number {
  let held = 0;
  for (const event of events) {
    const day = indexOfDay(portrait.window, event.startMs / 1000);
    if (day >= 0 && day < portrait.window.working.length && portrait.wasHeard(day)) held++;
  }
  return held;
}

/** Each event that a stay may have been at, with the chance that it was attended. */
function attended(
  portrait: Portrait,
  byVenue: ReadonlyMap<number, readonly CityEvent[]>,
  form: AttendedForm,
): Attended[] {
  const { view, window } = portrait;
  const from = form.within_days === undefined ? 0 : window.working.length - form.within_days;
  const visits = new Map<CityEvent, Visit[]>();
  for (let i = 0; i < view.count; i++) {
    if (view.kind[i] !== STAY || (portrait.day[i] as number) < from) continue;
    if (((portrait.own[i] as number) & (AT_HOME | AT_DAY_PLACE)) !== 0) continue;
    for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
      for (const event of byVenue.get(view.venue[c] as number) ?? []) {
        const [startSec, endSec] = [view.startSec[i] as number, view.endSec[i] as number];
        if (event.startMs >= endSec * 1000 || event.endMs <= startSec * 1000) continue;
        const visit = {
          startSec,
          endSec,
          arrivalErrorSec: view.arrivalErrorSec[i] as number,
          departureErrorSec: view.departureErrorSec[i] as number,
          probability: view.probability[c] as number,
        };
        const known = visits.get(event);
        if (known === undefined) visits.set(event, [visit]);
        else known.push(visit);
      }
    }
  }
  return [...visits].map(([event, of]) => ({ event, chance: attendance(event, of) }));
}

/** Events at one venue hang together, as visits do: see `chanceOfCount` of condition-visits.ts. */
function chanceOf(found: readonly Attended[], least: number): number {
  if (least <= 0) return 1;
  if (found.length < least) return 0;
  COUNTS.begin(least);
  const byVenue = new Map<number, number[]>();
  for (const { event, chance } of found) {
    const chances = byVenue.get(event.venue);
    if (chances === undefined) byVenue.set(event.venue, [chance]);
    else chances.push(chance);
  }
  for (const chances of byVenue.values()) {
    const surest = Math.max(...chances);
    if (surest <= 0) continue;
    COUNTS.addTogether(
      surest,
      chances.map((chance) => chance / surest),
      0,
      chances.length,
    );
  }
  return COUNTS.atLeastCap;
}
