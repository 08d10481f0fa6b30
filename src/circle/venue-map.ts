import { CATEGORIES, type CityEvent, NONE } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { affinity } from "../geo/radio.js";
import { Tally } from "./tally.js";
import { type VenuePoints, venuePoints } from "./venue-points.js";

/** Cells whose points are remembered; beyond so many the seat of another is taken, and its points are looked up anew. */
const SEATS_MAX = 16_384;
/** Points remembered for a cell; of more, those that it serves best. */
const POINTS_MAX = 128;
/** Standard deviations of a footprint around its mean within which venues are looked for. */
const REACH_SIGMAS = 3;

/**
 * Natural logarithm of the least probability that a cell serves a phone anywhere: some overshoot by kilometres, and plans have mistakes.
 * Points are remembered by how far above it they are.
 */
export const LEAST_LOG = -7;
const LEAST = Math.exp(LEAST_LOG);
/** Points that a cell serves hardly better than the least are not worth remembering. */
const GAIN_MIN = 0.1;

/** Probability that a phone inside its venue is served by an indoor cell: what such cells are built for. */
export const INDOORS = 0.85;
/** The same inside another venue that lies within the first: a cinema in a mall. */
const WITHIN = 0.4;
/** Share of the phones right before the door that an indoor cell takes, and metres over which that falls by a factor e. */
const DOORWAY = 0.08;
const DOORWAY_M = 60;
const METRO = CATEGORIES.indexOf("metro_station");

/** Large premises are used less densely: people grow with this power of the area. */
const EXTENT_POWER = 0.7;

export const TIERS = ["high", "mid", "low"] as const;
export type Tier = (typeof TIERS)[number];

/** Where a cell may serve: `points[i]` of the map with `gains[i]`, for i from `start` to before `end`. */
export interface Served {
  start: number;
  end: number;
  /** Gain at the mean of the footprint, in the open. */
  peak: number;
}

/**
 * A city's venues as points that cells serve. What is asked of it for every stay is remembered by cell, since all stays in a cell ask for
 * the same points: the gain of a point is the logarithm of the probability that the cell serves there, above LEAST_LOG.
 */
export class VenueMap {
  readonly city: LoadedCity;
  readonly venuePoints: VenuePoints;
  /** Area of each venue, hectares. */
  readonly hectares: Float32Array;
  /** The area as it counts for the number of people there. */
  readonly extent: Float32Array;
  /** Index into TIERS of each venue, or NONE. */
  readonly tierOf: Int8Array;
  /** Generations of a venue's own indoor cells, a bit each (see `generationBit`); 0 where it has none. */
  readonly indoorGenerations: Uint8Array;
  /** Events by venue, in order of their start; only venues where something happens. */
  readonly events: ReadonlyMap<number, readonly CityEvent[]>;
  readonly points: Int32Array;
  readonly gains: Float32Array;
  /** Room for the sums of the question in hand (cell-likelihood.ts). */
  readonly tally: Tally;
  private readonly seats: number;
  private readonly rowOf: Int32Array;
  private readonly countOf: Uint8Array;
  private readonly peakOf: Float32Array;
  private readonly served: Served = { start: 0, end: 0, peak: 0 };

  /** Remembers the points of at most `seatsMax` cells. */
  constructor(city: LoadedCity, seatsMax = SEATS_MAX) {
    this.city = city;
    this.venuePoints = venuePoints(city.venues);
    this.tally = new Tally(this.venuePoints.venue.length, city.venues.count);
    this.hectares = city.venues.radius.map((radius) => (Math.PI * radius * radius) / 10_000);
    this.extent = this.hectares.map((hectares) => hectares ** EXTENT_POWER);
    this.tierOf = Int8Array.from(city.venues.tier, (tier) => (tier === null ? NONE : TIERS.indexOf(tier)));
    this.indoorGenerations = indoorGenerations(city);
    this.events = eventsByVenue(city.events);
    this.seats = Math.min(seatsMax, Math.max(1, city.cells.count));
    this.rowOf = new Int32Array(this.seats).fill(NONE);
    this.countOf = new Uint8Array(this.seats);
    this.peakOf = new Float32Array(this.seats);
    this.points = new Int32Array(this.seats * POINTS_MAX);
    this.gains = new Float32Array(this.seats * POINTS_MAX);
  }

  /** Where a cell may serve; the answer is good until the next question. */
  servedBy(row: number): Served {
    const seat = row % this.seats;
    if (this.rowOf[seat] !== row) this.remember(seat, row);
    this.served.start = seat * POINTS_MAX;
    this.served.end = this.served.start + (this.countOf[seat] as number);
    this.served.peak = this.peakOf[seat] as number;
    return this.served;
  }

  private remember(seat: number, row: number): void {
    const { cells, venues } = this.city;
    const isIndoor = cells.radio.masts.mast[row] === NONE;
    const [x, y] = [cells.x[row] as number, cells.y[row] as number];
    const reach = REACH_SIGMAS * (cells.sigma[row] as number) + (isIndoor ? REACH_SIGMAS * DOORWAY_M : 0);
    const { x: px, y: py, first, count } = this.venuePoints;
    const found: { point: number; gain: number }[] = [];
    for (const venue of venues.near(x, y, reach)) {
      const from = first[venue] as number;
      for (let point = from; point < from + (count[venue] as number); point++) {
        const [atX, atY] = [px[point] as number, py[point] as number];
        const gain = gainOf(
          isIndoor ? indoorChance(this.city, row, venue, atX, atY) : Math.exp(affinity(cells, row, atX, atY)),
        );
        if (gain > GAIN_MIN) found.push({ point, gain });
      }
    }
    // Of too many, those that it serves best; in the order of the points, so that the answer does not hang on a sort.
    if (found.length > POINTS_MAX) found.sort((a, b) => b.gain - a.gain || a.point - b.point).length = POINTS_MAX;
    this.rowOf[seat] = row;
    this.countOf[seat] = found.length;
    this.peakOf[seat] = gainOf(isIndoor ? DOORWAY : Math.exp(affinity(cells, row, x, y)));
    for (const [i, { point, gain }] of found.entries()) {
      this.points[seat * POINTS_MAX + i] = point;
      this.gains[seat * POINTS_MAX + i] = gain;
    }
  }
}

const OF_CITY = new WeakMap<LoadedCity, VenueMap>();

/** The one map of a city, which all partitions share. */
export function venueMapOf(city: LoadedCity): VenueMap {
  let known = OF_CITY.get(city);
  if (known === undefined) {
    known = new VenueMap(city);
    OF_CITY.set(city, known);
  }
  return known;
}

function gainOf(chance: number): number {
  return Math.log(LEAST + (1 - LEAST) * Math.min(1, chance)) - LEAST_LOG;
}

/** Probability that an indoor cell serves a phone at a point of a venue. */
function indoorChance({ cells, venues }: LoadedCity, row: number, venue: number, x: number, y: number): number {
  const own = cells.indoorVenue[row] as number;
  if (own === venue) return INDOORS;
  if (own === NONE) return INDOORS * Math.exp(affinity(cells, row, x, y));
  const away = venues.distance(own, x, y);
  // Above a metro station are other buildings, which its cells do not reach.
  const isInside = away === 0 && venues.category[own] !== METRO;
  return isInside ? WITHIN : DOORWAY * Math.exp(-away / DOORWAY_M);
}

/** The radio generation of a cell as a bit; a phone that uses a generation uses its indoor cells as well. */
export function generationBit(city: LoadedCity, row: number): number {
  return 1 << ((city.cells.keyHi[row] as number) >>> 30);
}

function indoorGenerations(city: LoadedCity): Uint8Array {
  const generations = new Uint8Array(city.venues.count);
  for (let row = 0; row < city.cells.count; row++) {
    const venue = city.cells.indoorVenue[row] as number;
    if (venue !== NONE) generations[venue] = (generations[venue] as number) | generationBit(city, row);
  }
  return generations;
}

function eventsByVenue(events: readonly CityEvent[]): Map<number, CityEvent[]> {
  const byVenue = new Map<number, CityEvent[]>();
  for (const event of events) {
    const list = byVenue.get(event.venue);
    if (list === undefined) byVenue.set(event.venue, [event]);
    else list.push(event);
  }
  for (const list of byVenue.values()) list.sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1));
  return byVenue;
}

/** Events at a venue that overlap an interval (epoch seconds), in order of their start. */
export function eventsDuring(map: VenueMap, venue: number, startSec: number, endSec: number): readonly CityEvent[] {
  const list = map.events.get(venue);
  if (list === undefined) return [];
  return list.filter((event) => event.startMs < endSec * 1000 && event.endMs > startSec * 1000);
}
