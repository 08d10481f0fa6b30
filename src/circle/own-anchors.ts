/** The anchors of a portrait: what they are, and which of two homes is a workplace with nights. */
import { type Anchor, anchorAs, type LifeFacts, type PlaceFacts } from "../anchor/anchors.js";
import { CATEGORIES, type Category, type City } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import type { HeardCell } from "./cell-likelihood.js";
import { guessPlaceVenues, type PlaceGuess } from "./place-guess.js";
import type { PlaceHours } from "./place-habits.js";
import type { KnownAnchor } from "./portrait.js";
import type { VenueGuess } from "./venue-guess.js";
import { venueMapOf } from "./venue-map.js";

/** Where people live; a place of many nights that is probably none of these is where they work them. */
const LIVED_IN: readonly Category[] = ["residential", "dormitory", "hotel", "university"];
const LIVED_IN_MAX = 0.35;
const NOT_LIVED_IN: readonly Category[] = CATEGORIES.filter((category) => !LIVED_IN.includes(category));
const NOT_LIVED_IN_MIN = 0.4;
/** The same of a place where many working days are spent as well, and no other place of work is known. */
const LIVED_IN_BY_TURNS_MAX = 0.6;
const TURN_DAYS_SHARE_MIN = 0.25;
/** Where dormitories and lecture halls are, and how sure that must be. */
const CAMPUS: readonly Category[] = ["dormitory", "university"];
const ON_CAMPUS_MIN = 0.5;
/** Where the public does not spend its time, how sure that must be, and what such a workplace is worth. */
const WORKED_IN: readonly Category[] = ["office", "government", "factory", "hospital", "school", "kindergarten"];
const WORKED_IN_MIN = 0.5;
const AT_WORK = 0.85;
/** A day place by these rules is one for want of a better. */
const WEAK_DAY_RULES: readonly string[] = ["day-at-home", "waking-hours"];

/**
 * What the places of the anchors are, and what follows from it: who works turns of days and nights sleeps at two places by the books, and
 * the second home that nobody lives in is the day place; who lives on a campus studies there; hours that nobody but staff spends at such a
 * venue make it a workplace, however few of the waking hours they are.
 */
export function knownAnchors(
  city: LoadedCity,
  life: LifeFacts,
  anchors: readonly Anchor[],
  cellsOf: (place: number) => readonly HeardCell[],
): KnownAnchor[] {
  const map = venueMapOf(city);
  const known: KnownAnchor[] = [];
  for (const anchor of anchors) {
    const place = life.places.find((one) => one.place === anchor.place) as PlaceFacts;
    known.push(new AnchorAt(anchor, place, () => guessOf(anchor.kind, place)));
  }
  const day = known.find(({ anchor }) => anchor.kind === "day");
  if (day !== undefined && !WEAK_DAY_RULES.includes(day.anchor.rule)) return known;
  const better = inTurns(known) ?? onCampus(known, day) ?? atWork(day);
  if (better === null) return known;
  const all: KnownAnchor[] = [];
  for (const one of known)
    if (one !== day && (one.anchor.place !== better.anchor.place || isFirstHome(one))) all.push(one);
  all.push(better);
  return all;

  function guessOf(kind: Anchor["kind"], place: PlaceFacts): PlaceGuess {
    return guessPlaceVenues(map, { kind, cells: cellsOf(place.place), hours: hoursOf(life, place) });
  }

  /** A second home that nobody lives in. */
  function inTurns(all: readonly KnownAnchor[]): KnownAnchor | null {
    const second = all.find(({ anchor }) => anchor.kind === "home" && anchor.rank === 2);
    if (second === undefined) return null;
    const asDay = guessOf("day", second.place);
    // A map without the homes of a city says of no place that somebody lives there: what else it is must be known.
    if (sum(asDay, NOT_LIVED_IN) < NOT_LIVED_IN_MIN) return null;
    const hasTurns = second.place.workdays >= TURN_DAYS_SHARE_MIN * life.workdaysObserved;
    if (sum(second.guess, LIVED_IN) > LIVED_IN_MAX && !(hasTurns && sum(asDay, LIVED_IN) <= LIVED_IN_BY_TURNS_MAX))
      return null;
    const confidence = Math.min(0.99, second.anchor.confidence + SURER);
    const anchor = anchorAs(second.anchor, { kind: "day", rank: 1, rule: "turns", confidence });
    return new AnchorAt(anchor, second.place, () => asDay);
  }
}

function hoursOf({ nightsObserved, workdaysObserved }: LifeFacts, place: PlaceFacts): PlaceHours {
  const { nights, workdays, nightMinutes, workMinutes, wakingMinutes } = place;
  return { nights, nightsObserved, workdays, workdaysObserved, nightMinutes, workMinutes, wakingMinutes };
}

/** Days at home in a dormitory are days on its campus. */
function onCampus(all: readonly KnownAnchor[], day: KnownAnchor | undefined): KnownAnchor | null {
  const home = all.find(isFirstHome);
  if (home === undefined || day?.anchor.rule !== "day-at-home") return null;
  const confidence = Math.min(0.99, sum(home.guess, CAMPUS));
  if (confidence < ON_CAMPUS_MIN) return null;
  const anchor = anchorAs(day.anchor, { kind: "day", rank: 1, rule: "campus", confidence });
  return new AnchorAt(anchor, day.place, () => home.guess);
}

/** Waking hours at a venue where nobody but staff spends so many. */
function atWork(day: KnownAnchor | undefined): KnownAnchor | null {
  if (day?.anchor.rule !== "waking-hours") return null;
  const worked = sum(day.guess, WORKED_IN);
  if (worked < WORKED_IN_MIN) return null;
  const confidence = Math.max(day.anchor.confidence, Math.min(0.99, worked * AT_WORK));
  const anchor = anchorAs(day.anchor, { kind: "day", rank: 1, rule: day.anchor.rule, confidence });
  return new AnchorAt(anchor, day.place, () => day.guess);
}

function isFirstHome({ anchor }: KnownAnchor): boolean {
  return anchor.kind === "home" && anchor.rank === 1;
}

/** What the place of an anchor is, is worked out when somebody asks: of most places besides home and day place nobody does. */
class AnchorAt implements KnownAnchor {
  readonly anchor: Anchor;
  readonly place: PlaceFacts;
  private readonly ask: () => PlaceGuess;
  private known: PlaceGuess | null = null;

  constructor(anchor: Anchor, place: PlaceFacts, ask: () => PlaceGuess) {
    this.anchor = anchor;
    this.place = place;
    this.ask = ask;
  }

  get guess(): PlaceGuess {
    this.known ??= this.ask();
    return this.known;
  }
}

function sum(guess: PlaceGuess, categories: readonly Category[]): number {
  return categories.reduce((all, category) => all + guess.category(category), 0);
}

/** That it is no home makes it the likelier to be where the nights and days away from home are worked. */
const SURER = 0.2;

/**
 * The same life with the places of home and day place moved to where their venues say: the middle of the cells that serve a place is a
 * hundred metres off and more, the venue of an estate or office half of that. What is missing to 1 in the guess stays where the cells are.
 */
export function placedLife({ venues }: City, life: LifeFacts, known: readonly KnownAnchor[]): LifeFacts {
  const places: PlaceFacts[] = [];
  for (const place of life.places) {
    const at = known.find(({ anchor, place: of }) => anchor.kind !== "other" && of.place === place.place);
    let { x, y } = place;
    for (const { venue, probability } of at?.guess.venues ?? NOWHERE) {
      x += probability * ((venues.x[venue] as number) - place.x);
      y += probability * ((venues.y[venue] as number) - place.y);
    }
    places.push(at === undefined ? place : placeAt(place, x, y));
  }
  return lifeWith(life, places);
}

const NOWHERE: readonly VenueGuess[] = [];

// Copies are literals: what begins with a spread is a slow object, and a close makes some of everybody.

function placeAt(place: PlaceFacts, x: number, y: number): PlaceFacts {
  return {
    place: place.place,
    x,
    y,
    sigma: place.sigma,
    cell: place.cell,
    nights: place.nights,
    recentNights: place.recentNights,
    workdays: place.workdays,
    nightMinutes: place.nightMinutes,
    workMinutes: place.workMinutes,
    wakingMinutes: place.wakingMinutes,
    seenDay: place.seenDay,
  };
}

function lifeWith(life: LifeFacts, places: readonly PlaceFacts[]): LifeFacts {
  return {
    observedDays: life.observedDays,
    nightsObserved: life.nightsObserved,
    recentNightsObserved: life.recentNightsObserved,
    workdaysObserved: life.workdaysObserved,
    wakingMinutes: life.wakingMinutes,
    nightObservations: life.nightObservations,
    workObservations: life.workObservations,
    places,
  };
}
