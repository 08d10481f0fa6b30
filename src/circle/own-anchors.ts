/** The anchors of a portrait: what they are, and which of two homes is a workplace with nights. */
import type { Anchor, LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import type { LoadedCity } from "../geo/load.js";
import type { HeardCell } from "./cell-likelihood.js";
import { guessPlaceVenues, type PlaceGuess } from "./place-guess.js";
import type { KnownAnchor } from "./portrait.js";
import { venueMapOf } from "./venue-map.js";

/** Where people live; a place of many nights that is probably none of these is where they work them. */
const LIVED_IN = ["residential", "dormitory", "hotel", "university"] as const;
const LIVED_IN_MAX = 0.35;
/** The same of a place where many working days are spent as well, and no other place of work is known. */
const LIVED_IN_BY_TURNS_MAX = 0.6;
const TURN_DAYS_SHARE_MIN = 0.25;
/** A day place by these rules is one for want of a better. */
const WEAK_DAY_RULES: readonly string[] = ["day-at-home", "waking-hours"];

/**
 * What the places of the anchors are. Who works turns of days and nights sleeps at two places by the books, and spends working hours at
 * both; the second home that nobody lives in is then the day place.
 */
export function knownAnchors(
  city: LoadedCity,
  life: LifeFacts,
  anchors: readonly Anchor[],
  cellsOf: (place: number) => readonly HeardCell[],
): KnownAnchor[] {
  const map = venueMapOf(city);
  const known = anchors.map((anchor): KnownAnchor => {
    const place = life.places.find((one) => one.place === anchor.place) as PlaceFacts;
    return new AnchorAt(anchor, place, () => guessOf(anchor.kind, place));
  });
  const second = known.find(({ anchor }) => anchor.kind === "home" && anchor.rank === 2);
  const day = known.find(({ anchor }) => anchor.kind === "day");
  if (second === undefined || (day !== undefined && !WEAK_DAY_RULES.includes(day.anchor.rule))) return known;
  const asDay = guessOf("day", second.place);
  const hasTurns = second.place.workdays >= TURN_DAYS_SHARE_MIN * life.workdaysObserved;
  if (lived(second.guess) > LIVED_IN_MAX && !(hasTurns && lived(asDay) <= LIVED_IN_BY_TURNS_MAX)) return known;
  const confidence = Math.min(0.99, second.anchor.confidence + SURER);
  const asTurns: Anchor = { ...second.anchor, kind: "day", rank: 1, rule: "turns", confidence };
  const worked = new AnchorAt(asTurns, second.place, () => asDay);
  return known.flatMap((one) => (one === second ? [worked] : one === day ? [] : [one]));

  function guessOf(kind: Anchor["kind"], place: PlaceFacts): PlaceGuess {
    return guessPlaceVenues(map, { kind, cells: cellsOf(place.place), hours: { ...life, ...place } });
  }
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

function lived(guess: PlaceGuess): number {
  return LIVED_IN.reduce((sum, category) => sum + guess.category(category), 0);
}

/** That it is no home makes it the likelier to be where the nights and days away from home are worked. */
const SURER = 0.2;
