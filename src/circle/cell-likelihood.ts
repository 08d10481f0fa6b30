import { NONE } from "../geo/city.js";
import type { Likelihood } from "./tally.js";
import { generationBit, INDOORS, type VenueMap } from "./venue-map.js";

/** A cell (row of the cell table) and how often it was heard. */
export interface HeardCell {
  readonly row: number;
  readonly weight: number;
}

/** A cell heard this share as often as the heaviest counts in full; one heard seldom may be a step to the window. */
const FULL_SHARE = 0.6;
/** One heard less than this share as often as the heaviest says nothing that is worth its time. */
const LEAST_SHARE = 0.1;
/**
 * Events beyond which more of them say no more about being indoors: they come from one phone in one room, which the venue's cells reach
 * or do not, or from a phone that cannot use them.
 */
const INDOOR_EVENTS = 3;
/** Share of what independent cells would say: shadowing is partly common to all masts, and the model is not the city. */
const TRUST = 0.75;

/** Standard deviation of footprints where masts stand densest, 500 m apart (3GPP TR 36.942 case 1), metres. */
const DENSE_SIGMA_M = 150;

/**
 * How probable it is that a phone is served by these cells, at each venue that one of them reaches and in the open. Each distinct cell
 * counts once, since shadowing stays the same from event to event; a venue is the mean over its points. Indoor cells count by their share
 * of the events: a venue with cells of its own that were not heard is unlikely, the more so the longer somebody listened.
 */
export function cellLikelihood(map: VenueMap, cells: readonly HeardCell[]): Likelihood {
  const { tally } = map;
  let events = 0;
  let generations = 0;
  for (const { row, weight } of cells) {
    events += weight;
    generations |= generationBit(map.city, row);
  }
  const attention = INDOOR_EVENTS * (1 - Math.exp(-events / INDOOR_EVENTS));
  const open = new OpenGround();
  let touched = 0;
  for (const { row, weight } of cells) {
    const isIndoor = map.city.cells.radio.masts.mast[row] === NONE;
    const share = weight / events;
    if (weight < LEAST_SHARE * (cells[0] as HeardCell).weight) continue;
    const trust = isIndoor
      ? attention * share
      : TRUST * Math.min(1, weight / (FULL_SHARE * (cells[0] as HeardCell).weight));
    touched = addGains(map, row, trust, touched);
    const venue = map.city.cells.indoorVenue[row] as number;
    if (venue !== NONE) tally.ownShare[venue] = (tally.ownShare[venue] as number) + share;
    open.add(map, row, trust);
  }
  sumByVenue(map, touched, attention, generations);
  tally.anywhere = open.hectares();
  for (const { row } of cells) {
    const venue = map.city.cells.indoorVenue[row] as number;
    if (venue !== NONE) tally.ownShare[venue] = 0;
  }
  return tally;
}

function addGains(map: VenueMap, row: number, trust: number, touchedBefore: number): number {
  const { gains, touched } = map.tally;
  const { start, end } = map.servedBy(row);
  let count = touchedBefore;
  for (let i = start; i < end; i++) {
    const point = map.points[i] as number;
    const before = gains[point] as number;
    if (before === 0) touched[count++] = point;
    gains[point] = before + trust * (map.gains[i] as number);
  }
  return count;
}

/** Means over the points of each venue; leaves the gains empty. Points that no cell serves have a likelihood of 1, and are left out. */
function sumByVenue(map: VenueMap, touched: number, attention: number, generations: number): void {
  const { tally, venuePoints, indoorGenerations } = map;
  const { venues, values, gains, placeOf, ownShare } = tally;
  let count = 0;
  for (let i = 0; i < touched; i++) {
    const point = tally.touched[i] as number;
    const venue = venuePoints.venue[point] as number;
    let place = (placeOf[venue] as number) - 1;
    if (place < 0) {
      place = count++;
      placeOf[venue] = place + 1;
      venues[place] = venue;
      values[place] = 0;
    }
    values[place] = (values[place] as number) + Math.exp(gains[point] as number);
    gains[point] = 0;
  }
  const unheard = attention * Math.log(1 - INDOORS);
  for (let place = 0; place < count; place++) {
    const venue = venues[place] as number;
    placeOf[venue] = 0;
    let value = (values[place] as number) / (venuePoints.count[venue] as number);
    if (((indoorGenerations[venue] as number) & generations) !== 0)
      value *= Math.exp(unheard * (1 - (ownShare[venue] as number)));
    values[place] = value;
  }
  tally.count = count;
}

/**
 * Likelihood in the open, summed over hectares: each cell's footprint as a normal spread around its mean, multiplied cell by cell, which
 * gives a normal spread again.
 */
class OpenGround {
  private x = 0;
  private y = 0;
  /** One over the variance, per square metre; 0 before the first cell. */
  private precision = 0;
  private log = 0;
  /** Smallest standard deviation of a footprint, metres. */
  private narrowest = Number.POSITIVE_INFINITY;

  add(map: VenueMap, row: number, trust: number): void {
    const { cells } = map.city;
    const precision = trust / (cells.sigma[row] as number) ** 2;
    const [x, y] = [cells.x[row] as number, cells.y[row] as number];
    const sum = this.precision + precision;
    this.narrowest = Math.min(this.narrowest, cells.sigma[row] as number);
    if (sum === 0) return;
    const apart = (x - this.x) ** 2 + (y - this.y) ** 2;
    this.log += trust * map.servedBy(row).peak - (apart * this.precision * precision) / (2 * sum);
    this.x = (this.precision * this.x + precision * x) / sum;
    this.y = (this.precision * this.y + precision * y) / sum;
    this.precision = sum;
  }

  /** Hectares as busy as those of dense masts: operators build where people are, so a cell serves as many in the country, farther apart. */
  hectares(): number {
    if (this.precision === 0) return 0;
    const busy = Math.min(1, (DENSE_SIGMA_M / this.narrowest) ** 2);
    return (busy * Math.exp(this.log) * 2 * Math.PI) / (this.precision * 10_000);
  }
}
