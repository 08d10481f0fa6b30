import { CATEGORIES, type Category, type City, NONE } from "../geo/city.js";

/** How likely people are to stay at a venue of a category at night, in working hours and in the remaining waking hours. */
const PRIOR: Record<Category, readonly [night: number, work: number, leisure: number]> = {
  residential: [1, 0.5, 0.9],
  dormitory: [1, 0.4, 0.7],
  university: [0.1, 0.8, 0.5],
  school: [0.02, 0.6, 0.1],
  kindergarten: [0.01, 0.3, 0.05],
  youth_centre: [0.01, 0.15, 0.3],
  office: [0.05, 1, 0.3],
  government: [0.03, 0.5, 0.05],
  factory: [0.3, 0.8, 0.3],
  hospital: [0.2, 0.6, 0.3],
  mall: [0.02, 0.4, 0.8],
  cinema: [0.02, 0.1, 0.4],
  stadium: [0.02, 0.1, 0.3],
  concert_hall: [0.02, 0.05, 0.3],
  exhibition: [0.01, 0.3, 0.1],
  metro_station: [0.01, 0.05, 0.08],
  bus_station: [0.01, 0.05, 0.05],
  rail_station: [0.02, 0.1, 0.1],
  airport: [0.05, 0.15, 0.15],
  hotel: [0.5, 0.15, 0.25],
  park: [0.01, 0.1, 0.4],
  restaurant: [0.02, 0.2, 0.5],
};

/** Weight of "at no venue of the map": maps are never complete. */
const NOWHERE = 0.25;
/** An indoor cell serves its venue and little of the street before it. */
const INDOOR_PROBABILITY = 0.95;

export type DayPart = 0 | 1 | 2;
export const NIGHT: DayPart = 0;
export const WORK: DayPart = 1;
export const LEISURE: DayPart = 2;

/**
 * The most probable venue of a stay, by Bayes: the prior of its category at that part of the day, times a Gaussian of the distance from
 * the venue's area to the position, times its extent; against being at none.
 *
 * @param x metres east on the city's plane; `y` north; `sigma` standard deviation of the position per axis, metres
 * @param row the dominant cell
 * @returns venue index or NONE, and its probability
 */
export function venueOf(
  city: City,
  x: number,
  y: number,
  sigma: number,
  row: number,
  part: DayPart,
): { venue: number; probability: number } {
  const indoor = city.cells.indoorVenue[row] as number;
  if (indoor !== NONE) return { venue: indoor, probability: INDOOR_PROBABILITY };
  const { venues } = city;
  const spread = Math.max(60, sigma);
  let venue = NONE;
  let heaviest = 0;
  let sum = NOWHERE;
  for (const candidate of venues.near(x, y, 2.5 * spread)) {
    const distance = venues.distance(candidate, x, y);
    const prior = PRIOR[CATEGORIES[venues.category[candidate] as number] as Category][part];
    const extent = Math.min(2, Math.max(0.3, (venues.radius[candidate] as number) / 100));
    const weight = prior * extent * Math.exp((-distance * distance) / (2 * spread * spread));
    sum += weight;
    if (weight > heaviest) {
      heaviest = weight;
      venue = candidate;
    }
  }
  const probability = heaviest / sum;
  // Below one in four the name would mislead more than it tells.
  return probability < 0.25 ? { venue: NONE, probability: 0 } : { venue, probability };
}
