import { CATEGORIES, NONE } from "../geo/city.js";
import type { RadioCells } from "../geo/radio.js";
import { straightLine } from "../geo/straight-line.js";
import type { LegEvent, StayLeg } from "../stay/stays.js";
import { NearestVenue } from "./nearest-venue.js";
import type { VenueMap } from "./venue-map.js";

/** An event on the way: when, and in which cell (row of the cell table). */
/** Natural logarithms of how much better metro and bus explain a way than any other mode; -Infinity where it cannot be. */
export interface ModeEvidence {
  readonly metro: number;
  readonly bus: number;
}

export interface ModeChances {
  readonly metro: number;
  readonly bus: number;
  readonly other: number;
}

const METRO = CATEGORIES.indexOf("metro_station");
const BUS = CATEGORIES.indexOf("bus_station");

/** Metres that people walk to a station or stop without a second thought; beyond, willingness falls off as a normal curve. */
const WALK = { metro: { metres: 1100, tail: 350 }, bus: { metres: 550, tail: 200 } } as const;
/** No walk to a station is searched for beyond these tails, nor explained. */
const TAILS_MAX = 3;
/** Nearer than this nobody rides, metres. */
const RIDE_MIN_M = 1000;

/** A station of the metro heard on the way, the second, and each one more; below ground there is no other reason to be in its cells. */
const STATION_HEARD = [2.5, 3.5, 1] as const;
/** The same of a station beside one of the two stays, whose cells are heard there as well. */
const STATION_BESIDE = 0.7;
const BESIDE_M = 250;
/** An outdoor cell far from both ends: those who ride below ground are not in one, except on open stretches. */
const SEEN_ABOVE = -1.5;
/** No cell of the metro heard: rides are heard more often than not, since stations are other tracking areas and phones are used on trains. */
const NOTHING_HEARD = -0.7;
/** Events within these seconds are one observation. */
const BURST_SEC = 120;
const EVIDENCE_MAX = 7;

/**
 * Metres a minute. On foot 4.6 km/h; buses of large Chinese cities some 16 km/h over stops, after 5 minutes of waiting (annual reports on
 * urban transport); cars 25 km/h at the peaks, after 6 minutes to the car and from it. Roads are longer than the bee line by a third.
 */
const WALK_SPEED = 77;
const BUS_SPEED = 267;
const BUS_WAIT_MIN = 5;
const CAR_SPEED = 417;
const CAR_START_MIN = 6;
const DETOUR = 1.33;
/** Arrival and departure are inferred from silences: the time of a way is known to some minutes (standard deviation), and to a share of it. */
const TIME_ERROR_MIN = 14;
const TIME_ERROR_SHARE = 0.25;
/** Most that the time of one way may say. */
const TIME_EVIDENCE_MAX = 1;

/** Of those who go neither by metro nor by bus, the part on foot, where it is not too far for both to be thought of. */
const ON_FOOT = 0.15;
/**
 * What is not known of the usual time of a habit, however often it was timed: speeds differ between lines and streets (minutes, and
 * share of the time). Single ways vary around it by some minutes besides.
 */
const HABIT_ERROR_MIN = 2.5;
const HABIT_ERROR_SHARE = 0.12;
const WAY_SPREAD_MIN = 5;
const HABIT_EVIDENCE_MAX = 3;

/** Part of those who could that go by metro and by bus (household travel surveys of Chinese metropolises: a third and a sixth). */
const PRIOR = { metro: Math.log(0.4 / 0.45), bus: Math.log(0.15 / 0.45) } as const;
/** What one more way by the same person adds: the same two places, silences and errors of the map come again each day. */
const NEWS = 0.4;
/** Share of the ways of a habit that go otherwise, or are misread. */
const EXCEPTION = 0.15;

/** What one way says about its mode. */
export function readMode(map: VenueMap, leg: StayLeg): ModeEvidence {
  const metres = straightLine(leg.toX - leg.fromX, leg.toY - leg.fromY);
  const heard = metroHeard(map, leg);
  const isShort = metres < RIDE_MIN_M;
  const { metro, bus } = stationsOf(map);
  const metroWalk = isShort ? null : stationWalks(metro, leg, WALK.metro);
  const busWalk = isShort ? null : stationWalks(bus, leg, WALK.bus);
  return {
    metro: metroWalk === null && heard <= 0 ? Number.NEGATIVE_INFINITY : heard + (metroWalk?.log ?? 0),
    bus:
      busWalk === null
        ? Number.NEGATIVE_INFINITY
        : busWalk.log + busTime(leg, metres, busWalk.metres) + Math.min(0, -heard),
  };
}

interface Stations {
  readonly metro: NearestVenue;
  readonly bus: NearestVenue;
}

const OF_MAP = new WeakMap<VenueMap, Stations>();

/** The stations of a city, as far as people walk to them. */
function stationsOf(map: VenueMap): Stations {
  let stations = OF_MAP.get(map);
  if (stations === undefined) {
    const within = (category: number, walk: Walk) =>
      new NearestVenue(map.city.venues, category, walk.metres + TAILS_MAX * walk.tail);
    stations = { metro: within(METRO, WALK.metro), bus: within(BUS, WALK.bus) };
    OF_MAP.set(map, stations);
  }
  return stations;
}

interface Walk {
  readonly metres: number;
  readonly tail: number;
}

/** Stations within a walk of both ends, not the same one: metres on foot altogether, and how willing people are. Null where there are none. */
function stationWalks(
  stations: NearestVenue,
  leg: Pick<StayLeg, "fromX" | "fromY" | "toX" | "toY">,
  walk: Walk,
): { metres: number; log: number } | null {
  const from = stations.find(leg.fromX, leg.fromY);
  if (from === NONE) return null;
  const fromMetres = stations.metres;
  const to = stations.find(leg.toX, leg.toY);
  if (to === NONE || from === to) return null;
  const toMetres = stations.metres;
  return { metres: fromMetres + toMetres, log: unwillingness(fromMetres, walk) + unwillingness(toMetres, walk) };
}

function unwillingness(metres: number, walk: Walk): number {
  return -0.5 * (Math.max(0, metres - walk.metres) / walk.tail) ** 2;
}

/** What the cells on the way say for the metro. */
function metroHeard(map: VenueMap, leg: StayLeg): number {
  const { cells, venues } = map.city;
  const stations: number[] = [];
  let evidence = 0;
  let aboveSec = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < leg.events.length; i++) {
    const { timeSec, row } = leg.events[i] as LegEvent;
    const venue = cells.indoorVenue[row] as number;
    if (venue !== NONE && venues.category[venue] === METRO) {
      if (stations.includes(venue)) continue;
      const step = STATION_HEARD[Math.min(stations.length, STATION_HEARD.length - 1)] as number;
      evidence += awayFromEnds(cells, leg, row) < BESIDE_M ? STATION_BESIDE : step;
      stations.push(venue);
    } else if (
      timeSec - aboveSec > BURST_SEC &&
      awayFromEnds(cells, leg, row) > WALK.metro.metres + (cells.sigma[row] as number)
    ) {
      evidence += SEEN_ABOVE;
      aboveSec = timeSec;
    }
  }
  if (stations.length === 0) evidence += NOTHING_HEARD;
  return Math.max(-EVIDENCE_MAX, Math.min(EVIDENCE_MAX, evidence));
}

/** Metres from a cell to the nearer end of a way. */
function awayFromEnds({ x, y }: RadioCells, leg: StayLeg, row: number): number {
  const atX = x[row] as number;
  const atY = y[row] as number;
  return Math.min(straightLine(atX - leg.fromX, atY - leg.fromY), straightLine(atX - leg.toX, atY - leg.toY));
}

/**
 * Ways between the same two places in columns, which are used again for the next subscriber: what each says of its mode (see `ModeEvidence`),
 * how long it took and how well that is known (standard deviation), minutes.
 */
export class Ways {
  count = 0;
  readonly metro: number[] = [];
  readonly bus: number[] = [];
  readonly minutes: number[] = [];
  readonly errorMin: number[] = [];

  add(metro: number, bus: number, minutes: number, errorMin: number): void {
    const at = this.count++;
    this.metro[at] = metro;
    this.bus[at] = bus;
    this.minutes[at] = minutes;
    this.errorMin[at] = errorMin;
  }
}

/**
 * What the usual time of many ways between the same two places says for the bus against a car or going on foot, and how far the stops are:
 * a natural logarithm. Each way is known to ten minutes at best, their median to two or three. -Infinity without stops at both ends.
 */
export function busHabit(map: VenueMap, trip: Pick<StayLeg, "fromX" | "fromY" | "toX" | "toY">, ways: Ways): number {
  const metres = straightLine(trip.toX - trip.fromX, trip.toY - trip.fromY);
  const walk = metres < RIDE_MIN_M ? null : stationWalks(stationsOf(map).bus, trip, WALK.bus);
  if (walk === null || ways.count === 0) return Number.NEGATIVE_INFINITY;
  // The walks to a stop lie in the cells of the stays and are timed as part of them.
  const byBus = BUS_WAIT_MIN + (DETOUR * metres) / BUS_SPEED;
  const byCar = CAR_START_MIN + (DETOUR * metres) / CAR_SPEED;
  const onFoot = (DETOUR * metres) / WALK_SPEED;
  const { median, error } = usualTime(ways);
  const log = (minutes: number) =>
    -0.5 * ((median - minutes) / Math.hypot(error, HABIT_ERROR_MIN, HABIT_ERROR_SHARE * minutes)) ** 2;
  const other = Math.log((1 - ON_FOOT) * Math.exp(log(byCar)) + ON_FOOT * Math.exp(log(onFoot)) + 1e-9);
  return walk.log + Math.max(-HABIT_EVIDENCE_MAX, Math.min(HABIT_EVIDENCE_MAX, log(byBus) - other));
}

const BY_MINUTES: number[] = [];

/** Median of the times, each by how well it is known, and the standard deviation of that. */
function usualTime({ count, minutes, errorMin }: Ways): { median: number; error: number } {
  const weightOf = (way: number) => 1 / ((errorMin[way] as number) ** 2 + WAY_SPREAD_MIN ** 2);
  let total = 0;
  for (let way = 0; way < count; way++) {
    total += weightOf(way);
    // There are few: each takes its seat among those before it.
    let seat = way;
    for (; seat > 0 && (minutes[BY_MINUTES[seat - 1] as number] as number) > (minutes[way] as number); seat--)
      BY_MINUTES[seat] = BY_MINUTES[seat - 1] as number;
    BY_MINUTES[seat] = way;
  }
  let before = 0;
  let median = 0;
  for (let at = 0; at < count && before < total / 2; at++) {
    const way = BY_MINUTES[at] as number;
    median = minutes[way] as number;
    before += weightOf(way);
  }
  return { median, error: 1.25 / Math.sqrt(total) };
}

/** What the time of a way says for a bus against a car. Signalling tells no more: both are seen by the same cells of the same streets. */
function busTime(leg: StayLeg, metres: number, walkMetres: number): number {
  const minutes = (leg.endSec - leg.startSec) / 60;
  const byBus = (DETOUR * walkMetres) / WALK_SPEED + BUS_WAIT_MIN + (DETOUR * metres) / BUS_SPEED;
  const byCar = CAR_START_MIN + (DETOUR * metres) / CAR_SPEED;
  const error = Math.hypot(TIME_ERROR_MIN, TIME_ERROR_SHARE * byBus);
  const log = ((minutes - byCar) ** 2 - (minutes - byBus) ** 2) / (2 * error * error);
  return Math.max(-TIME_EVIDENCE_MAX, Math.min(TIME_EVIDENCE_MAX, log));
}

/** Probabilities of the modes of one way. */
export function modeOf({ metro, bus }: ModeEvidence): ModeChances {
  return chancesOf(PRIOR.metro + metro, PRIOR.bus + bus);
}

/**
 * Probabilities of the one mode behind several ways of a habit, such as all commutes between two places. The first way counts in full and
 * each further one by NEWS. Of the bus `habitBus` speaks for all of them (see `busHabit`).
 */
export function habitMode({ count, metro }: Ways, habitBus: number): ModeChances {
  if (count === 0) return { metro: 0, bus: 0, other: 1 };
  const weight = (1 + NEWS * (count - 1)) / count;
  let all: number = PRIOR.metro;
  for (let way = 0; way < count; way++)
    all += weight * (count === 1 ? (metro[way] as number) : withExceptions(metro[way] as number));
  return chancesOf(all, PRIOR.bus + habitBus);
}

/** From natural logarithms of the odds of metro and bus against any other. */
function chancesOf(metro: number, bus: number): ModeChances {
  const highest = Math.max(metro, bus, 0);
  const weights = { metro: Math.exp(metro - highest), bus: Math.exp(bus - highest), other: Math.exp(-highest) };
  const sum = weights.metro + weights.bus + weights.other;
  return { metro: weights.metro / sum, bus: weights.bus / sum, other: weights.other / sum };
}

/** What a way says about a habit that has exceptions: no way by itself excludes it. */
function withExceptions(log: number): number {
  return Math.log(EXCEPTION + (1 - EXCEPTION) * Math.exp(log));
}
