import { CATEGORIES, type Category, NONE } from "../geo/city.js";
import type { LegEvent, StayLeg } from "../stay/stays.js";
import { type ModeEvidence, readMode } from "./travel-mode.js";
import type { VenueMap } from "./venue-map.js";

/** A station or airport at which the phone was heard on the way. */
export interface Touch {
  readonly venue: number;
  readonly probability: number;
  readonly firstSec: number;
  readonly lastSec: number;
}

export interface LegReading {
  readonly touched: readonly Touch[];
  readonly evidence: ModeEvidence;
}

/**
 * Probability that somebody heard in a cell of a station or airport was in it, and did not pass by: heard for a moment, and for some
 * minutes. Nobody passes a metro station below ground but its passengers; railway stations stand in the middle of the city, with streets and
 * metro lines around and beneath; the roads of an airport end there, but drivers come as well.
 */
const INSIDE: Partial<Record<Category, readonly [moment: number, minutes: number]>> = {
  metro_station: [0.95, 0.97],
  bus_station: [0.3, 0.6],
  rail_station: [0.15, 0.5],
  airport: [0.6, 0.85],
};
const MINUTES_SEC = 300;
/** Cells that lie in a station or airport by less than this do not speak for it. */
const SHARE_MIN = 0.2;
/**
 * People on the way who are at a hectare of a railway station or airport at a time, against a hectare of anything else. Metro and bus
 * stations are told by their own cells alone: everybody in an outdoor cell passes some.
 */
const CROWD: Partial<Record<Category, number>> = { rail_station: 6, airport: 1 };
const CROWD_ELSEWHERE = 1;
/** Hectares of streets for one of venues. */
const STREETS = 1;

interface Heard {
  readonly venue: number;
  share: number;
  readonly firstSec: number;
  lastSec: number;
}

/** What the events of a way say: which stations or airports were touched, and how it was travelled. */
export function readLeg(map: VenueMap, leg: StayLeg): LegReading {
  const { events } = leg;
  const stations = stationsOf(map);
  const heard: Heard[] = [];
  for (let i = 0; i < events.length; i++) {
    const { timeSec, row } = events[i] as LegEvent;
    if (stations.share[row] === UNKNOWN) rememberStation(map, stations, row);
    const share = stations.share[row] as number;
    if (share < SHARE_MIN) continue;
    const venue = stations.venue[row] as number;
    const known = heard.find((one) => one.venue === venue);
    if (known === undefined) heard.push({ venue, share, firstSec: timeSec, lastSec: timeSec });
    else {
      // Events of one phone at one place repeat each other: the surest counts.
      known.share = Math.max(known.share, share);
      known.lastSec = timeSec;
    }
  }
  return { touched: heard.map((one) => touchOf(map, one)), evidence: readMode(map, leg) };
}

function touchOf(map: VenueMap, { venue, share, firstSec, lastSec }: Heard): Touch {
  const category = CATEGORIES[map.city.venues.category[venue] as number] as Category;
  const [moment, minutes] = INSIDE[category] ?? [0, 0];
  return { venue, probability: share * (lastSec - firstSec >= MINUTES_SEC ? minutes : moment), firstSec, lastSec };
}

interface Station {
  readonly venue: number;
  readonly share: number;
}

/** The station or airport that each cell speaks for most, by row: in columns, since each event on a way asks and most cells speak for none. */
interface Stations {
  readonly venue: Int32Array;
  /** UNKNOWN where nobody has asked yet. */
  readonly share: Float64Array;
}

const UNKNOWN = -1;
const STATIONS = new WeakMap<VenueMap, Stations>();

function stationsOf(map: VenueMap): Stations {
  let known = STATIONS.get(map);
  if (known === undefined) {
    const { count } = map.city.cells;
    known = { venue: new Int32Array(count), share: new Float64Array(count).fill(UNKNOWN) };
    STATIONS.set(map, known);
  }
  return known;
}

function rememberStation(map: VenueMap, stations: Stations, row: number): void {
  const { venue, share } = findStation(map, row);
  stations.venue[row] = venue;
  stations.share[row] = share;
}

/** That of an indoor cell, else by how much of the cell lies in it. */
function findStation(map: VenueMap, row: number): Station {
  const { cells, venues } = map.city;
  const indoor = cells.indoorVenue[row] as number;
  if (indoor !== NONE) {
    const isStation = INSIDE[CATEGORIES[venues.category[indoor] as number] as Category] !== undefined;
    return { venue: indoor, share: isStation ? 1 : 0 };
  }
  const { start, end } = map.servedBy(row);
  const { venue: venueOf, count } = map.venuePoints;
  let best = { venue: NONE as number, share: 0 };
  let all = 0;
  let sum = 0;
  // The points of a venue lie side by side.
  for (let i = start; i < end; i++) {
    const venue = venueOf[map.points[i] as number] as number;
    const hectares = (map.hectares[venue] as number) / (count[venue] as number);
    const crowd = CROWD[CATEGORIES[venues.category[venue] as number] as Category];
    const weight = Math.exp(map.gains[i] as number) * hectares * (crowd ?? CROWD_ELSEWHERE);
    all += weight + (crowd === undefined ? STREETS * weight : 0);
    sum = (i > start && venueOf[map.points[i - 1] as number] === venue ? sum : 0) + weight;
    if (crowd !== undefined && sum > best.share) best = { venue, share: sum };
  }
  return all === 0 ? best : { venue: best.venue, share: best.share / all };
}
