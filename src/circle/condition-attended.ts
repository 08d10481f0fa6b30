/** Events of the city that somebody attended. */
import type { City, CityEvent } from "../geo/city.js";
import { attendance, type Visit } from "./attendance.js";
import { Counts, mostOf } from "./chance.js";
import { type Condition, oncePerPortrait } from "./condition.js";
import { CANDIDATES_MAX, STAY } from "./diary.js";
import type { Portrait } from "./portrait.js";
import type { AttendedForm } from "./rule-schema.js";
import { listOf } from "./venue-set.js";
import { dateOf, indexOfDay } from "./window.js";

const COUNTS = new Counts();
const SHOWN_MIN = 0.2;

/** An event that stays may have been at; how probable it is that it was attended is worked out when somebody asks. */
class Attended {
  readonly event: CityEvent;
  readonly visits: Visit[] = [];
  private known = -1;

  constructor(event: CityEvent) {
    this.event = event;
  }

  get chance(): number {
    if (this.known < 0) this.known = attendance(this.event, this.visits);
    return this.known;
  }

  /** No less than `chance`. */
  get most(): number {
    let most = 0;
    for (const { probability } of this.visits) most = Math.max(most, probability);
    return most;
  }
}

export function attendedCondition(form: AttendedForm, city: City): Condition {
  const genres = new Set(listOf(form.genre));
  const ids = new Set(listOf(form.venue));
  const events = new Set(
    city.events.filter(
      (event) =>
        (form.category === undefined || event.category === form.category) &&
        (genres.size === 0 || genres.has(event.genre)) &&
        (ids.size === 0 || ids.has(city.venues.id[event.venue] as string)),
    ),
  );
  let needs = 0;
  for (const { venue } of events) needs |= 1 << (city.venues.category[venue] as number);
  const least = (portrait: Portrait) =>
    form.share === undefined
      ? form.times
      : Math.max(form.at_least ?? 1, Math.ceil(form.share * eventsHeld(events, portrait) - 1e-9));
  const attended = oncePerPortrait((portrait) => {
    const { working } = portrait.window;
    const all = attendedOf(portrait, form.within_days === undefined ? 0 : working.length - form.within_days);
    return all.length === 0 ? all : all.filter(({ event }) => events.has(event));
  });
  const chance = (portrait: Portrait) => chanceOf(attended(portrait), least(portrait));
  return {
    needs: needs === 0 ? 1 << 23 : needs,
    most: (portrait) => {
      let expected = 0;
      for (const one of attended(portrait)) expected += one.most;
      return mostOf(expected, least(portrait));
    },
    chance,
    fact: (portrait) => {
      const found = attended(portrait).filter((one) => one.chance >= SHOWN_MIN);
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
      attended(portrait)
        .filter((one) => one.chance >= SHOWN_MIN)
        .reduce((last, { event }) => Math.max(last, indexOfDay(portrait.window, event.startMs / 1000)), -1),
  };
}

/** Events of the kind in the window on days on which the subscriber was heard. */
function eventsHeld(events: ReadonlySet<CityEvent>, portrait: Portrait): number {
  let held = 0;
  for (const event of events) {
    const day = indexOfDay(portrait.window, event.startMs / 1000);
    if (day >= 0 && day < portrait.window.working.length && portrait.wasHeard(day)) held++;
  }
  return held;
}

/** Events of a city by venue, in the order of its table, and the categories of these venues as bits. */
interface EventVenues {
  readonly byVenue: ReadonlyMap<number, readonly CityEvent[]>;
  readonly categories: number;
}

const OF_CITY = new WeakMap<City, EventVenues>();

function eventVenuesOf(city: City): EventVenues {
  let known = OF_CITY.get(city);
  if (known === undefined) {
    const byVenue = new Map<number, CityEvent[]>();
    let categories = 0;
    for (const event of city.events) {
      const list = byVenue.get(event.venue);
      if (list === undefined) byVenue.set(event.venue, [event]);
      else list.push(event);
      categories |= 1 << (city.venues.category[event.venue] as number);
    }
    known = { byVenue, categories };
    OF_CITY.set(city, known);
  }
  return known;
}

const answersOf = oncePerPortrait(() => new Map<number, readonly Attended[]>());

/** Each event that a stay of the days from `from` on may have been at; all rules ask about the same ones. */
function attendedOf(portrait: Portrait, from: number): readonly Attended[] {
  const answers = answersOf(portrait);
  let answer = answers.get(from);
  if (answer === undefined) {
    answer = findAttended(portrait, from);
    answers.set(from, answer);
  }
  return answer;
}

function findAttended(portrait: Portrait, from: number): readonly Attended[] {
  const { view } = portrait;
  const { byVenue, categories } = eventVenuesOf(portrait.city);
  const attended = new Map<CityEvent, Attended>();
  for (let i = 0; i < view.count; i++) {
    if (((portrait.categories[i] as number) & categories) === 0) continue;
    if (view.kind[i] !== STAY || (portrait.day[i] as number) < from) continue;
    if ((portrait.own[i] as number) !== 0) continue;
    for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
      for (const event of byVenue.get(view.venue[c] as number) ?? NOTHING) {
        const [startSec, endSec] = [view.startSec[i] as number, view.endSec[i] as number];
        if (event.startMs >= endSec * 1000 || event.endMs <= startSec * 1000) continue;
        let one = attended.get(event);
        if (one === undefined) {
          one = new Attended(event);
          attended.set(event, one);
        }
        one.visits.push({
          startSec,
          endSec,
          arrivalErrorSec: view.arrivalErrorSec[i] as number,
          departureErrorSec: view.departureErrorSec[i] as number,
          probability: view.probability[c] as number,
        });
      }
    }
  }
  return [...attended.values()];
}

const NOTHING: readonly CityEvent[] = [];

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
