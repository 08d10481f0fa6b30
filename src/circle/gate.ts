/** Gates: schools and the like, where people stop for minutes on a way. Such a stop is too short to be found as a stay. */
import { CATEGORIES, type Category } from "../geo/city.js";
import type { StayLeg } from "../stay/stays.js";
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

const OF_MAP = new WeakMap<VenueMap, Map<number, readonly Gate[]>>();

/** The gates that a cell serves well, best first. */
function gatesOf(map: VenueMap, row: number): readonly Gate[] {
  const ofRow = OF_MAP.get(map) ?? new Map<number, readonly Gate[]>();
  OF_MAP.set(map, ofRow);
  const gates = ofRow.get(row) ?? findGates(map, row);
  ofRow.set(row, gates);
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
  const heard = new Map<number, Touch>();
  for (const { timeSec, row } of leg.events) {
    for (const { venue, share } of gatesOf(map, row)) {
      const known = heard.get(venue);
      if (known === undefined && !isNearEnd(map, leg, venue)) continue;
      heard.set(venue, {
        venue,
        probability: Math.max(share, known?.probability ?? 0),
        firstSec: known?.firstSec ?? timeSec,
        lastSec: timeSec,
      });
    }
  }
  return [...heard.values()]
    .sort((a, b) => b.probability - a.probability || a.venue - b.venue)
    .slice(0, GATES_MAX)
    .sort((a, b) => a.venue - b.venue);
}

function isNearEnd({ city }: VenueMap, leg: StayLeg, venue: number): boolean {
  const x = city.venues.x[venue] as number;
  const y = city.venues.y[venue] as number;
  return Math.hypot(x - leg.fromX, y - leg.fromY) <= NEAR_END_M || Math.hypot(x - leg.toX, y - leg.toY) <= NEAR_END_M;
}
