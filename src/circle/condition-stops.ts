/**
 * Brief stops at one venue, day after day: bringing a child to school. A stop is shorter than the silences between events, so few are
 * heard, on a way or as a short stay; what tells them from passing by is that they come at the hours in question and at no others.
 */
import { type City, NONE } from "../geo/city.js";
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
/** Odds that somebody of whom nothing is heard does it: one in six. */
const PRIOR_ODDS = 0.2;
/** Children go to school near home: the odds are so much higher beside it, and fall by a factor e within so many metres. */
const BESIDE_HOME = 3;
const NEAR_HOME_M = 1200;
const SHOWN_MIN = 0.3;

export interface StopsCondition {
  readonly form: StopsForm;
  readonly venues: VenueSet;
  readonly hours: readonly Hours[];
  readonly city: City;
}

interface Found {
  readonly chance: number;
  readonly asked: number;
  /** NONE where nothing speaks for it. */
  readonly venue: number;
}

export function stopsCondition(parts: StopsCondition): Condition {
  const { form, venues, city } = parts;
  const what = `brief stops at ${placeWords(form)}`;
  const heard = new StopsHeard(city.venues.count);
  const find = oncePerPortrait((portrait) => surestOf(parts, portrait, heard));
  const daysOf = oncePerPortrait((portrait): DayChances => {
    const days = new DaysAt(find(portrait).venue);
    readStops(parts, portrait, days);
    return days;
  });
  return {
    needs: venues.categories,
    most: anything,
    chance: (portrait) => find(portrait).chance,
    fact: (portrait) => {
      const { chance, asked, venue } = find(portrait);
      return {
        what,
        chance,
        asked,
        ...(venue === NONE
          ? { found: 0 }
          : {
              ...foundOn(portrait, daysOf(portrait), SHOWN_MIN),
              venues: [city.venues.name[venue] || (city.venues.id[venue] as string)],
            }),
      };
    },
    seen: (portrait) => (find(portrait).venue === NONE ? -1 : lastOf(daysOf(portrait), SHOWN_MIN)),
  };
}

/** The venue that speaks for it most. */
function surestOf(parts: StopsCondition, portrait: Portrait, heard: StopsHeard): Found {
  const asked = askedOf(parts.form, portrait);
  let best: Found = { chance: 0, asked, venue: NONE };
  const home = portrait.anchors.find(({ anchor }) => anchor.kind === "home" && anchor.rank === 1);
  heard.clear();
  readStops(parts, portrait, heard);
  for (let at = 0; at < heard.count; at++) {
    const evidence = evidenceOf(heard.within(at), heard.outside[at] as number, asked);
    if (evidence === 0) continue;
    const venue = heard.venue[at] as number;
    const away = home === undefined ? NEAR_HOME_M : parts.city.venues.distance(venue, home.place.x, home.place.y);
    const odds = PRIOR_ODDS * BESIDE_HOME * Math.exp(-away / NEAR_HOME_M) * evidence;
    const chance = odds / (1 + odds);
    if (chance > best.chance) best = { chance, asked, venue };
  }
  return best;
}

/**
 * How much likelier what was heard is if it comes of stopping there so often than if it comes of chance, 0 where it is not: the numbers
 * heard are Poisson, with a mean of HEARD of the stops asked (or what was heard, where that is more) or of what is heard there outside the hours.
 */
function evidenceOf(heard: number, outside: number, asked: number): number {
  const byChance = BY_CHANCE + outside;
  const byHabit = Math.max(HEARD * asked, heard);
  if (byHabit <= byChance) return 0;
  return Math.exp(heard * Math.log(byHabit / byChance) - (byHabit - byChance));
}

/** How many stops the form asks for. */
function askedOf({ count, share }: StopsForm, portrait: Portrait): number {
  return share === undefined ? (count ?? 1) : Math.max(1, Math.ceil(share * observedDays(portrait, "working")));
}

/** Where stops go: at a venue on a day of the window, in which of the hours (-1: outside them), with what probability. */
interface StopsSink {
  add(venue: number, day: number, slot: number, probability: number): void;
}

function readStops({ form, venues, hours }: StopsCondition, portrait: Portrait, to: StopsSink): void {
  const { view, window } = portrait;
  const longest = 60 * form.minutes_max;
  for (let i = 0; i < view.count; i++) {
    if (((portrait.categories[i] as number) & venues.categories) === 0 || view.kind[i] === LEG) continue;
    const start = view.startSec[i] as number;
    const end = Math.max(start + 1, view.endSec[i] as number);
    const day = portrait.day[i] as number;
    if (day < 0 || day >= window.working.length) continue;
    if (view.kind[i] === STAY && (end - start > longest || (portrait.own[i] as number) !== 0)) continue;
    let slot = 0;
    while (slot < hours.length && secondsWithin(window, day, hours[slot] as Hours, start, end) <= 0) slot++;
    if (slot === hours.length) slot = -1;
    for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
      const venue = view.venue[c] as number;
      if (venues.has[venue] === 1) to.add(venue, day, slot, view.probability[c] as number);
    }
  }
}

/** What was heard of each venue, in columns that are used again for the next portrait: the sum of the surest stops of each day and hours. */
class StopsHeard implements StopsSink {
  count = 0;
  readonly venue: number[] = [];
  /** What was heard outside the hours. */
  readonly outside: number[] = [];
  /** The sum of hours that are over, and of the last: day, which of the hours, and the surest stop. */
  private readonly earlier: number[] = [];
  private readonly day: number[] = [];
  private readonly slot: number[] = [];
  private readonly surest: number[] = [];
  /** Place of a venue in the columns + 1. */
  private readonly placeOf: Int32Array;

  constructor(venues: number) {
    this.placeOf = new Int32Array(venues);
  }

  clear(): void {
    for (let at = 0; at < this.count; at++) this.placeOf[this.venue[at] as number] = 0;
    this.count = 0;
  }

  within(at: number): number {
    return (this.earlier[at] as number) + (this.surest[at] as number);
  }

  add(venue: number, day: number, slot: number, probability: number): void {
    const at = this.placeFor(venue);
    if (slot < 0) this.outside[at] = (this.outside[at] as number) + probability;
    else if (this.day[at] === day && this.slot[at] === slot)
      this.surest[at] = Math.max(this.surest[at] as number, probability);
    else {
      this.earlier[at] = this.within(at);
      this.day[at] = day;
      this.slot[at] = slot;
      this.surest[at] = probability;
    }
  }

  private placeFor(venue: number): number {
    const known = this.placeOf[venue] as number;
    if (known > 0) return known - 1;
    const at = this.count++;
    this.placeOf[venue] = at + 1;
    this.venue[at] = venue;
    this.outside[at] = 0;
    this.earlier[at] = 0;
    this.day[at] = -1;
    this.slot[at] = -1;
    this.surest[at] = 0;
    return at;
  }
}

/** The surest stop of each day and hours at one venue. */
class DaysAt implements StopsSink, DayChances {
  readonly index: number[] = [];
  readonly chances: number[] = [];
  private readonly venue: number;
  private slot = -1;

  constructor(venue: number) {
    this.venue = venue;
  }

  add(venue: number, day: number, slot: number, probability: number): void {
    if (venue !== this.venue || slot < 0) return;
    const last = this.index.length - 1;
    if (this.index[last] === day && this.slot === slot)
      this.chances[last] = Math.max(this.chances[last] as number, probability);
    else {
      this.index.push(day);
      this.chances.push(probability);
      this.slot = slot;
    }
  }
}
