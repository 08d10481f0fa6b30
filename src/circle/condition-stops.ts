/**
 * Brief stops at one venue, day after day: bringing a child to school. A stop is shorter than the silences between events, so few are
 * heard, on a way or as a short stay; what tells them from passing by is that they come at the hours in question and at no others.
 */
import type { City } from "../geo/city.js";
import { anything, type Condition, oncePerPortrait } from "./condition.js";
import { observedDays } from "./condition-visits.js";
import { type DayChances, foundOn, lastOf } from "./day-chances.js";
import { CANDIDATES_MAX, LEG, STAY } from "./diary.js";
import type { Portrait } from "./portrait.js";
import type { StopsForm } from "./rule-schema.js";
import { placeWords, type VenueSet } from "./venue-set.js";
import { type Hours, secondsWithin } from "./window.js";

/** Share of such stops that are heard where a cell tells the venue: minutes of stop to the hour between events, of cells that do. */
const HEARD = 0.15;
/** Stops that somebody who only lives, works or walks nearby seems to make in the hours of a window, where none is heard outside them. */
const BY_CHANCE = 0.25;
/** Odds that somebody of whom nothing is heard does it: one in eight. */
const PRIOR_ODDS = 0.14;
/** Children go to school near home: the odds are so much higher beside it, and fall by a factor e within so many metres. */
const BESIDE_HOME = 5;
const NEAR_HOME_M = 1200;
const SHOWN_MIN = 0.3;

export interface StopsCondition {
  readonly form: StopsForm;
  readonly venues: VenueSet;
  readonly hours: readonly Hours[];
  readonly city: City;
}

/** What was heard of one venue: the surest stop of each day and hours, and what was heard outside the hours. */
interface Stops extends DayChances {
  readonly venue: number;
  readonly index: number[];
  readonly chances: number[];
  /** Which of the hours each stop was in. */
  readonly slot: number[];
  outside: number;
}

interface Found {
  readonly chance: number;
  readonly asked: number;
  readonly stops: Stops | null;
}

export function stopsCondition(parts: StopsCondition): Condition {
  const { form, venues, city } = parts;
  const what = `brief stops at ${placeWords(form)}`;
  const find = oncePerPortrait((portrait) => surestOf(parts, portrait));
  return {
    needs: venues.categories,
    most: anything,
    chance: (portrait) => find(portrait).chance,
    fact: (portrait) => {
      const { chance, asked, stops } = find(portrait);
      return {
        what,
        chance,
        asked,
        ...(stops === null
          ? { found: 0 }
          : {
              ...foundOn(portrait, stops, SHOWN_MIN),
              venues: [city.venues.name[stops.venue] || (city.venues.id[stops.venue] as string)],
            }),
      };
    },
    seen: (portrait) => {
      const { stops } = find(portrait);
      return stops === null ? -1 : lastOf(stops, SHOWN_MIN);
    },
  };
}

/** The venue that speaks for it most. */
function surestOf(parts: StopsCondition, portrait: Portrait): Found {
  const asked = askedOf(parts.form, portrait);
  let best: Found = { chance: 0, asked, stops: null };
  const home = portrait.anchors.find(({ anchor }) => anchor.kind === "home" && anchor.rank === 1);
  for (const stops of stopsOf(parts, portrait).values()) {
    const evidence = evidenceOf(stops, asked);
    if (evidence === 0) continue;
    const away = home === undefined ? NEAR_HOME_M : parts.city.venues.distance(stops.venue, home.place.x, home.place.y);
    const odds = PRIOR_ODDS * BESIDE_HOME * Math.exp(-away / NEAR_HOME_M) * evidence;
    const chance = odds / (1 + odds);
    if (chance > best.chance) best = { chance, asked, stops };
  }
  return best;
}

/**
 * How much likelier what was heard is if it comes of stopping there so often than if it comes of chance, 0 where it is not: the numbers
 * heard are Poisson, with a mean of HEARD of the stops asked (or what was heard, where that is more) or of what is heard there outside the hours.
 */
function evidenceOf({ chances, outside }: Stops, asked: number): number {
  const heard = chances.reduce((sum, p) => sum + p, 0);
  const byChance = BY_CHANCE + outside;
  const byHabit = Math.max(HEARD * asked, heard);
  if (byHabit <= byChance) return 0;
  return Math.exp(heard * Math.log(byHabit / byChance) - (byHabit - byChance));
}

/** How many stops the form asks for. */
function askedOf({ count, share }: StopsForm, portrait: Portrait): number {
  return share === undefined ? (count ?? 1) : Math.max(1, Math.ceil(share * observedDays(portrait, "working")));
}

function stopsOf({ form, venues, hours }: StopsCondition, portrait: Portrait): Map<number, Stops> {
  const { view, window } = portrait;
  const found = new Map<number, Stops>();
  const longest = 60 * form.minutes_max;
  for (let i = 0; i < view.count; i++) {
    if (((portrait.categories[i] as number) & venues.categories) === 0 || view.kind[i] === LEG) continue;
    const start = view.startSec[i] as number;
    const end = Math.max(start + 1, view.endSec[i] as number);
    const day = portrait.day[i] as number;
    if (day < 0 || day >= window.working.length) continue;
    if (view.kind[i] === STAY && (end - start > longest || (portrait.own[i] as number) !== 0)) continue;
    const slot = hours.findIndex((one) => secondsWithin(window, day, one, start, end) > 0);
    for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
      const venue = view.venue[c] as number;
      if (venues.has[venue] === 1) enter(found, venue, day, slot, view.probability[c] as number);
    }
  }
  return found;
}

function enter(found: Map<number, Stops>, venue: number, day: number, slot: number, probability: number): void {
  let stops = found.get(venue);
  if (stops === undefined) {
    stops = { venue, index: [], chances: [], slot: [], outside: 0 };
    found.set(venue, stops);
  }
  if (slot < 0) {
    stops.outside += probability;
    return;
  }
  const last = stops.index.length - 1;
  if (stops.index[last] === day && stops.slot[last] === slot) {
    stops.chances[last] = Math.max(stops.chances[last] as number, probability);
    return;
  }
  stops.index.push(day);
  stops.slot.push(slot);
  stops.chances.push(probability);
}
