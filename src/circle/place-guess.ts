import { CATEGORIES, type Category } from "../geo/city.js";
import { cellLikelihood, type HeardCell } from "./cell-likelihood.js";
import { type PlaceHours, type PlaceKind, placeWeights } from "./place-habits.js";
import { heaviest, type VenueGuess } from "./venue-guess.js";
import { TIERS, type Tier, type VenueMap } from "./venue-map.js";

/** A place that somebody comes back to: what it is for them, all its cells, heaviest first, and the hours spent there. */
export interface GuessedPlace {
  readonly kind: PlaceKind;
  readonly cells: readonly HeardCell[];
  readonly hours: PlaceHours;
}

export interface PlaceGuess {
  /** The most probable venues, best first. */
  readonly venues: readonly VenueGuess[];
  /** Probability that the place is a venue of the category, over all venues. */
  category(category: Category): number;
  /** Probability that it is a venue of the tier. */
  tier(tier: Tier): number;
}

/**
 * What a place of many days probably is. The same as for one stay (venue-guess.ts), but with the cells of all days, which narrow it down
 * as they differ, and with what people live in and work at instead of single visits.
 */
export function guessPlaceVenues(map: VenueMap, place: GuessedPlace, most = 3): PlaceGuess {
  const { category } = map.city.venues;
  const weights = placeWeights(place.kind, place.hours);
  const likelihood = cellLikelihood(map, place.cells);
  const { venues, values, count } = likelihood;
  const byCategory = NO_WEIGHTS.slice();
  const byTier = NO_WEIGHTS.slice(0, TIERS.length);
  let sum = weights.anywhere * likelihood.anywhere;
  for (let i = 0; i < count; i++) {
    const venue = venues[i] as number;
    const kind = category[venue] as number;
    const weight = (values[i] as number) * (weights.byCategory[kind] as number) * (map.extent[venue] as number);
    values[i] = weight;
    sum += weight;
    byCategory[kind] = (byCategory[kind] as number) + weight;
    const rank = map.tierOf[venue] as number;
    if (rank >= 0) byTier[rank] = (byTier[rank] as number) + weight;
  }
  return new WeighedPlace(heaviest(likelihood, sum, most), sum, byCategory, byTier);
}

/**
 * A weight of 0 for each category, of which a guess begins with a copy: a list of fractions, since a typed array of this length has memory of its
 * own, which costs more than the guess.
 */
const NO_WEIGHTS: readonly number[] = CATEGORIES.map(() => Number.MIN_VALUE).fill(0);

const CATEGORY_AT = new Map(CATEGORIES.map((category, at) => [category, at]));
const TIER_AT = new Map(TIERS.map((tier, at) => [tier, at]));

class WeighedPlace implements PlaceGuess {
  readonly venues: readonly VenueGuess[];
  private readonly sum: number;
  private readonly byCategory: readonly number[];
  private readonly byTier: readonly number[];

  constructor(venues: readonly VenueGuess[], sum: number, byCategory: readonly number[], byTier: readonly number[]) {
    this.venues = venues;
    this.sum = sum;
    this.byCategory = byCategory;
    this.byTier = byTier;
  }

  category(category: Category): number {
    return this.share(this.byCategory[CATEGORY_AT.get(category) ?? -1]);
  }

  tier(tier: Tier): number {
    return this.share(this.byTier[TIER_AT.get(tier) ?? -1]);
  }

  private share(weight: number | undefined): number {
    return this.sum === 0 ? 0 : (weight ?? 0) / this.sum;
  }
}
