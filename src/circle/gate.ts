/** Gates: schools and the like, where people stop for minutes on a way. Such a stop is too short to be found as a stay. */

import { CATEGORIES, type Category } from "../geo/city.js";
import { straightLine } from "../geo/straight-line.js";
import type { LegEvent, StayLeg } from "../stay/stays.js";
import type { Touch } from "./transit.js";
import { LEAST_LOG, type VenueMap } from "./venue-map.js";

const GATES: readonly Category[] = ["school", "kindergarten", "youth_centre"];
const IS_GATE = Uint8Array.from(CATEGORIES, (category) => (GATES.includes(category) ? 1 : 0));
/** A cell that serves a gate less than this, of what it serves where it serves best, does not speak for it. */
const SERVED_MIN = 0.3;
/** Gates remembered of a way. Whoever brings a child does so near home or, seldom, work: within so many metres of an end of the way. */
const GATES_MAX = 3;
const NEAR_END_M = 2000;

interface Gate {
  readonly venue: number;
  readonly share: number;
}

/** Most cells serve none: one list for all of them stays in the cache of the processor. */
const NO_GATES: readonly Gate[] = [];

type GatesOfRows = (readonly Gate[] | undefined)[];

const OF_MAP = new WeakMap<VenueMap, GatesOfRows>();

/** The gates that each cell serves well, best first, as far as they were found. */
function gatesOf(map: VenueMap): GatesOfRows {
  let known = OF_MAP.get(map);
  if (known === undefined) {
    known = new Array<readonly Gate[] | undefined>(map.city.cells.count);
    OF_MAP.set(map, known);
  }
  return known;
}

function rememberGates(map: VenueMap, ofRows: GatesOfRows, row: number): readonly Gate[] {
  const found = findGates(map, row);
  const gates = found.length === 0 ? NO_GATES : found;
  ofRows[row] = gates;
  return gates;
}

function findGates(map: VenueMap, row: number): Gate[] {
  const { start, end } = map.servedBy(row);
  const { venue: venueOf, count } = map.venuePoints;
  const shares = new Map<number, number>();
  for (let i = start; i < end; i++) {
    const venue = venueOf[map.points[i] as number] as number;
    if (IS_GATE[map.city.venues.category[venue] as number] !== 1) continue;
    const served = Math.exp((map.gains[i] as number) + LEAST_LOG) / (count[venue] as number);
    shares.set(venue, (shares.get(venue) ?? 0) + served);
  }
  return [...shares]
    .map(([venue, share]) => ({ venue, share: Math.min(1, share) }))
    .filter(({ share }) => share >= SERVED_MIN)
    .sort((a, b) => b.share - a.share || a.venue - b.venue);
}

/** The gates near the ends of a way at which the phone may have been heard on it; the likeliest few, in the order of their venues. */
export function gatesHeard(map: VenueMap, leg: StayLeg): Touch[] {
  const { events } = leg;
  const ofRows = gatesOf(map);
  const heard: HeardGate[] = [];
  for (let i = 0; i < events.length; i++) {
    const { timeSec, row } = events[i] as LegEvent;
    const gates = ofRows[row] ?? rememberGates(map, ofRows, row);
    for (let g = 0; g < gates.length; g++) hearGate(map, leg, heard, gates[g] as Gate, timeSec);
  }
  if (heard.length < 2) return heard;
  return heard
    .sort((a, b) => b.probability - a.probability || a.venue - b.venue)
    .slice(0, GATES_MAX)
    .sort((a, b) => a.venue - b.venue);
}

type HeardGate = { -readonly [Field in keyof Touch]: Touch[Field] };

function hearGate(map: VenueMap, leg: StayLeg, heard: HeardGate[], { venue, share }: Gate, timeSec: number): void {
  const known = heard.find((one) => one.venue === venue);
  if (known !== undefined) {
    known.probability = Math.max(share, known.probability);
    known.lastSec = timeSec;
  } else if (isNearEnd(map, leg, venue)) heard.push({ venue, probability: share, firstSec: timeSec, lastSec: timeSec });
}

function isNearEnd({ city }: VenueMap, leg: StayLeg, venue: number): boolean {
  const x = city.venues.x[venue] as number;
  const y = city.venues.y[venue] as number;
  return (
    straightLine(x - leg.fromX, y - leg.fromY) <= NEAR_END_M || straightLine(x - leg.toX, y - leg.toY) <= NEAR_END_M
  );
}
