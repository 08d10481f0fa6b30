/** Visits of venues: how probable it is that there were so many, so long, at such hours, on so many days. */
import type { City } from "../geo/city.js";
import { Counts, lengthError, mostOf, normal } from "./chance.js";
import { anything, type Condition, type Fact } from "./condition.js";
import { CANDIDATES_MAX, STAY, TOUCH } from "./diary.js";
import { AT_DAY_PLACE, AT_HOME, type EntryList, HAS_DAY_PLACE, HAS_HOME, type Portrait } from "./portrait.js";
import type { VisitsForm } from "./rule-schema.js";
import type { VisitsWanted } from "./screen.js";
import { placeWords, type VenueSet } from "./venue-set.js";
import { dateOf, type Hours, secondsWithin } from "./window.js";

/** The matches of the condition in hand: one a visit, or one a day where days are counted. */
interface Matches {
  /** Whose they are: the condition, the portrait and its turn. */
  parts: VisitsCondition | null;
  portrait: Portrait | null;
  turn: number;
  count: number;
  readonly entry: number[];
  readonly venue: number[];
  readonly day: number[];
  /** Probability that it was at the venue, and that it lasted when it was. */
  readonly there: number[];
  readonly lasted: number[];
}

const MATCHES: Matches = {
  parts: null,
  portrait: null,
  turn: 0,
  count: 0,
  entry: [],
  venue: [],
  day: [],
  there: [],
  lasted: [],
};
const COUNTS = new Counts();
const DAYS_MAX = 366;
/** Nobody knows arrival or departure better than this, even of a phone that is always heard; seconds. */
const ERROR_SEC_MIN = 90;
/** Who leaves the city is seldom away for less than the hours that tell it; most of those at an airport who were not away work or wait there. */
const LEFT_UNSEEN = 0.08;
/** A visit less probable than this is not worth showing. */
const SHOWN_MIN = 0.2;
const SHOWN_DAYS_MAX = 31;

export interface VisitsCondition {
  readonly form: VisitsForm;
  readonly venues: VenueSet;
  readonly hours: readonly Hours[];
  readonly city: City;
  /** Whether an event takes place at the venue between two times. */
  readonly hasEvent: (venue: number, startSec: number, endSec: number) => boolean;
}

export function visitsCondition(parts: VisitsCondition): Condition {
  const { form, venues } = parts;
  const what = form.at === undefined ? `visits of ${placeWords(form)}` : `stays at the ${form.at} place`;
  const visitsWanted = wantedOf(form, venues);
  return {
    needs: needsOf(form, venues),
    ...(visitsWanted === null ? {} : { visitsWanted }),
    most: form.at === undefined ? (portrait) => mostOf(expectedAt(parts, portrait), leastOf(form, portrait)) : anything,
    chance: (portrait) => {
      match(parts, portrait);
      return chanceOf(form, portrait, MATCHES);
    },
    fact: (portrait) => {
      match(parts, portrait);
      return factOf(what, parts, portrait, MATCHES);
    },
    seen: (portrait) => {
      match(parts, portrait);
      let last = -1;
      for (let m = 0; m < MATCHES.count; m++)
        if ((MATCHES.there[m] as number) * (MATCHES.lasted[m] as number) >= SHOWN_MIN) last = MATCHES.day[m] as number;
      return last;
    },
  };
}

/** No one has this feature: a condition on venues that the city lacks holds of nobody. */
const NEVER = 1 << 23;
/** Stands for the place of an anchor among the venues of the matches. */
const OWN_VENUE = -1;

function needsOf(form: VisitsForm, venues: VenueSet): number {
  if (form.at !== undefined) return form.at === "home" ? HAS_HOME : HAS_DAY_PLACE;
  return venues.categories === 0 ? NEVER : venues.categories;
}

/** What can be said of all windows and people; null of a share of the days, of several categories and of the own places. */
function wantedOf(form: VisitsForm, venues: VenueSet): VisitsWanted | null {
  const { categories } = venues;
  if (form.at !== undefined || form.share !== undefined || categories === 0) return null;
  if ((categories & (categories - 1)) !== 0) return null;
  const least = form.days ?? form.count ?? 1;
  return { category: 31 - Math.clz32(categories), least, countsAll: countsAll(form) };
}

function countsAll(form: VisitsForm): boolean {
  return form.own_places === true || form.on_the_way === true;
}

/** Visits of the venues that are expected, at most: of all venues of their categories, at all hours, of any length. */
function expectedAt({ form, venues }: VisitsCondition, portrait: Portrait): number {
  const byCategory = countsAll(form) ? portrait.expected : portrait.expectedAway;
  let expected = 0;
  for (let bits = venues.categories; bits !== 0; bits &= bits - 1)
    expected += byCategory[31 - Math.clz32(bits & -bits)] as number;
  return expected;
}

/** Collects the visits that may count. */
function match(parts: VisitsCondition, portrait: Portrait): void {
  const { form, venues } = parts;
  if (MATCHES.parts === parts && MATCHES.portrait === portrait && MATCHES.turn === portrait.turn) return;
  MATCHES.parts = parts;
  MATCHES.portrait = portrait;
  MATCHES.turn = portrait.turn;
  MATCHES.count = 0;
  const { view, window } = portrait;
  const firstDay = form.within_days === undefined ? 0 : window.working.length - form.within_days;
  if (form.at !== undefined) {
    const own = form.at === "home" ? AT_HOME : AT_DAY_PLACE;
    for (let i = 0; i < view.count; i++)
      if (((portrait.own[i] as number) & own) !== 0 && (portrait.day[i] as number) >= firstDay)
        addMatch(form, parts.hours, portrait, i, OWN_VENUE, 1);
    return;
  }
  if ((venues.categories & (venues.categories - 1)) === 0) {
    const category = 31 - Math.clz32(venues.categories);
    const { entry, count } = (countsAll(form) ? portrait.entries : portrait.away)[category] as EntryList;
    for (let e = 0; e < count; e++) matchEntry(parts, portrait, entry[e] as number, firstDay);
    return;
  }
  for (let i = 0; i < view.count; i++)
    if (((portrait.categories[i] as number) & venues.categories) !== 0) matchEntry(parts, portrait, i, firstDay);
}

function matchEntry(parts: VisitsCondition, portrait: Portrait, i: number, firstDay: number): void {
  const { form } = parts;
  if ((portrait.day[i] as number) < firstDay) return;
  const kind = portrait.view.kind[i] as number;
  if (kind !== STAY && !(kind === TOUCH && form.on_the_way === true)) return;
  if (form.own_places !== true && (portrait.own[i] as number) !== 0) return;
  addVenueMatch(parts, portrait, i);
}

function addVenueMatch({ form, venues, hours, hasEvent }: VisitsCondition, portrait: Portrait, i: number): void {
  const { view } = portrait;
  let there = 0;
  let venue = -1;
  let best = 0;
  for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
    const candidate = view.venue[c] as number;
    if (venues.has[candidate] !== 1) continue;
    if (form.event === "none" && hasEvent(candidate, view.startSec[i] as number, view.endSec[i] as number)) continue;
    const probability = view.probability[c] as number;
    there += probability;
    if (probability > best) {
      best = probability;
      venue = candidate;
    }
  }
  if (form.leaves_town === true && portrait.leftTown[i] !== 1) there *= LEFT_UNSEEN;
  if (venue >= 0) addMatch(form, hours, portrait, i, venue, there);
}

function addMatch(
  form: VisitsForm,
  hours: readonly Hours[],
  portrait: Portrait,
  i: number,
  venue: number,
  there: number,
): void {
  const seconds = secondsOf(portrait, hours, i);
  const lasted = seconds < 0 ? 0 : chanceOfLength(form.minutes, portrait, i, seconds);
  if (lasted <= 0.001) return;
  const at = MATCHES.count++;
  MATCHES.entry[at] = i;
  MATCHES.venue[at] = venue;
  MATCHES.there[at] = there;
  MATCHES.lasted[at] = lasted;
}

/** Seconds of entry i within the hours, -1 where it misses them; the day on which they began is that of the next match. */
function secondsOf(portrait: Portrait, hours: readonly Hours[], i: number): number {
  const { view, window } = portrait;
  const start = view.startSec[i] as number;
  const end = Math.max(start + 1, view.endSec[i] as number);
  const first = Math.max(0, portrait.day[i] as number);
  MATCHES.day[MATCHES.count] = first;
  if (hours.length === 0) return end - start;
  let day = first;
  let seconds = 0;
  for (let d = Math.max(0, first - 1); d < window.starts.length - 1 && (window.starts[d] as number) < end; d++) {
    for (const one of hours) {
      const inside = secondsWithin(window, d, one, start, end);
      if (inside > 0 && seconds === 0) day = d;
      seconds += inside;
    }
  }
  MATCHES.day[MATCHES.count] = day;
  return seconds === 0 ? -1 : seconds;
}

function chanceOfLength(minutes: VisitsForm["minutes"], { view }: Portrait, i: number, seconds: number): number {
  if (minutes === undefined) return 1;
  const error = lengthError(view.arrivalErrorSec[i] as number, view.departureErrorSec[i] as number, ERROR_SEC_MIN);
  const longEnough = minutes.min === undefined ? 1 : normal((seconds - 60 * minutes.min) / error);
  const shortEnough = minutes.max === undefined ? 1 : normal((60 * minutes.max - seconds) / error);
  return Math.max(0, longEnough + shortEnough - 1);
}

/** Chance that the matches are as many as the form asks. */
function chanceOf(form: VisitsForm, portrait: Portrait, matches: Matches): number {
  if (matches.count === 0) return 0;
  const least = leastOf(form, portrait);
  if (least === Number.POSITIVE_INFINITY) return 0;
  if (form.days !== undefined || form.share !== undefined) byDay(matches);
  return chanceOfCount(matches, least);
}

/** How many visits, or days, the form asks for. */
function leastOf(form: VisitsForm, portrait: Portrait): number {
  if (form.share === undefined) return form.days ?? form.count ?? 1;
  const observed = observedDays(portrait, form.of ?? "working");
  if (observed === 0) return Number.POSITIVE_INFINITY;
  return Math.max(form.at_least ?? 1, Math.ceil(form.share * observed - 1e-9));
}

/** Days of the window on which the subscriber was heard. */
export function observedDays(portrait: Portrait, of: "working" | "off" | "any"): number {
  const { window } = portrait;
  let count = 0;
  for (let day = 0; day < window.working.length; day++)
    if (portrait.wasHeard(day) && (of === "any" || (window.working[day] === 1) === (of === "working"))) count++;
  return count;
}

/** Keeps the most probable match of each day and venue. */
function byDay(matches: Matches): void {
  let kept = 0;
  for (let m = 0; m < matches.count; m++) {
    let same = -1;
    for (let k = kept - 1; k >= 0 && matches.day[k] === matches.day[m]; k--)
      if (matches.venue[k] === matches.venue[m]) same = k;
    const isBetter =
      same >= 0 &&
      (matches.there[m] as number) * (matches.lasted[m] as number) >
        (matches.there[same] as number) * (matches.lasted[same] as number);
    if (same >= 0 && !isBetter) continue;
    const at = same >= 0 ? same : kept++;
    matches.entry[at] = matches.entry[m] as number;
    matches.venue[at] = matches.venue[m] as number;
    matches.day[at] = matches.day[m] as number;
    matches.there[at] = matches.there[m] as number;
    matches.lasted[at] = matches.lasted[m] as number;
  }
  matches.count = kept;
}

const TOGETHER: number[] = [];
const TAKEN: boolean[] = [];

/**
 * Chance of at least so many. Visits that may have been at the same venue hang together: what serves that venue serves its neighbours
 * as well, and is no likelier to be right the tenth time. So each venue counts with the probability of its surest visit, and given that
 * it was the one, its visits are independent.
 */
function chanceOfCount(matches: Matches, least: number): number {
  if (least > matches.count) return 0;
  COUNTS.begin(Math.min(least, DAYS_MAX));
  for (let m = 0; m < matches.count; m++) TAKEN[m] = false;
  for (let m = 0; m < matches.count; m++) {
    if (TAKEN[m] === true) continue;
    let surest = 0;
    for (let n = m; n < matches.count; n++)
      if (matches.venue[n] === matches.venue[m]) surest = Math.max(surest, Math.min(1, matches.there[n] as number));
    let length = 0;
    for (let n = m; n < matches.count; n++) {
      if (matches.venue[n] !== matches.venue[m]) continue;
      TAKEN[n] = true;
      TOGETHER[length++] = (Math.min(1, matches.there[n] as number) / surest) * (matches.lasted[n] as number);
    }
    COUNTS.addTogether(surest, TOGETHER, 0, length);
  }
  return COUNTS.atLeastCap;
}

function factOf(what: string, parts: VisitsCondition, portrait: Portrait, matches: Matches): Fact {
  const { form, city } = parts;
  const chance = chanceOf(form, portrait, matches);
  const days = new Set<string>();
  const venues = new Set<string>();
  let found = 0;
  let seconds = 0;
  for (let m = 0; m < matches.count; m++) {
    const p = (matches.there[m] as number) * (matches.lasted[m] as number);
    found += p;
    if (p < SHOWN_MIN) continue;
    const i = matches.entry[m] as number;
    seconds += (portrait.view.endSec[i] as number) - (portrait.view.startSec[i] as number);
    days.add(dateOf(portrait.window.firstDay + (matches.day[m] as number)));
    const venue = matches.venue[m] as number;
    if (venue !== OWN_VENUE) venues.add(city.venues.name[venue] || (city.venues.id[venue] as string));
  }
  const asked = leastOf(form, portrait);
  return {
    what,
    chance,
    ...(Number.isFinite(asked) ? { asked } : {}),
    found: Math.round(found * 10) / 10,
    minutes: Math.round(seconds / 60),
    days: [...days].slice(-SHOWN_DAYS_MAX),
    venues: [...venues].slice(0, 5),
  };
}
