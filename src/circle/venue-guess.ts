import type { Calendar } from "../time/calendar.js";
import { cellLikelihood, type HeardCell } from "./cell-likelihood.js";
import { eventVisitDensity } from "./event-visits.js";
import type { Likelihood } from "./tally.js";
import { eventsDuring, type VenueMap } from "./venue-map.js";
import { expectationOf } from "./visit-habits.js";

export interface VenueGuess {
  readonly venue: number;
  readonly probability: number;
}

/** What is known of a stay; epoch seconds. */
export interface GuessedStay {
  /** Heaviest first; weights are events, or anything in proportion to them. */
  readonly cells: readonly HeardCell[];
  readonly startSec: number;
  readonly endSec: number;
}

/**
 * Where a stay probably was, by Bayes: how many such visits begin at a venue then (visit-habits.ts, times its area, and the event that
 * runs there), times how probable its cells are there (cell-likelihood.ts), against all other venues and places that no map has.
 *
 * @returns at most `most` venues, the most probable first; what is missing to 1 is elsewhere, or at no venue of the map
 */
export function guessVenues(map: VenueMap, calendar: Calendar, stay: GuessedStay, most = 3): readonly VenueGuess[] {
  const { startSec, endSec } = stay;
  const expected = expectationOf(
    calendar.isWorkingDay(calendar.day(startSec)),
    calendar.secondOfDay(startSec) / 3600,
    Math.max(60, endSec - startSec) / 3600,
  );
  const likelihood = cellLikelihood(map, stay.cells);
  const { category } = map.city.venues;
  let sum = expected.anywhere * likelihood.anywhere;
  const { venues, values, count } = likelihood;
  for (let i = 0; i < count; i++) {
    const venue = venues[i] as number;
    let density = expected.byCategory[category[venue] as number] as number;
    if (map.events.has(venue)) density += eventDensity(map, venue, startSec, endSec);
    const weight = (values[i] as number) * density * (map.extent[venue] as number);
    values[i] = weight;
    sum += weight;
  }
  return heaviest(likelihood, sum, most);
}

/** Visits for the events at a venue, as `visitDensity` counts them. */
function eventDensity(map: VenueMap, venue: number, startSec: number, endSec: number): number {
  let density = 0;
  for (const event of eventsDuring(map, venue, startSec - 1800, endSec + 1800))
    density += eventVisitDensity(event, startSec, endSec);
  return density;
}

/** The heaviest of weighed venues so far, in columns: few of those that come are among them in the end. */
const VENUES: number[] = [];
const PROBABILITIES: number[] = [];

/** The heaviest venues of weighed ones, as shares of `sum`. */
export function heaviest({ venues, values, count }: Likelihood, sum: number, most: number): VenueGuess[] {
  let found = 0;
  for (let i = 0; i < count; i++) {
    const venue = venues[i] as number;
    const probability = (values[i] as number) / sum;
    let at = found;
    while (at > 0 && isBefore(venue, probability, VENUES[at - 1] as number, PROBABILITIES[at - 1] as number)) at--;
    if (at >= most) continue;
    found = Math.min(found + 1, most);
    // The lighter ones move down, the lightest out.
    for (let below = found - 1; below > at; below--) {
      VENUES[below] = VENUES[below - 1] as number;
      PROBABILITIES[below] = PROBABILITIES[below - 1] as number;
    }
    VENUES[at] = venue;
    PROBABILITIES[at] = probability;
  }
  const best = new Array<VenueGuess>(found);
  for (let at = 0; at < found; at++)
    best[at] = { venue: VENUES[at] as number, probability: PROBABILITIES[at] as number };
  return best;
}

function isBefore(venue: number, probability: number, otherVenue: number, otherProbability: number): boolean {
  return probability > otherProbability || (probability === otherProbability && venue < otherVenue);
}
