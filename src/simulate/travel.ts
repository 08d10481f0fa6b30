import { toX, toY } from "../geo/city.js";
import { MINUTE_MS } from "./calendar.js";
import { METRO_LINES } from "./guangzhou/metro.js";
import { PLANE } from "./guangzhou/plan.js";
import type { Mode, Place } from "./person.js";
import type { Places } from "./places.js";
import type { Random } from "./random.js";

/** One leg of a way: to (x, y) in so many ms; a leg that ends where it begins is a wait. */
export interface Leg {
  readonly x: number;
  readonly y: number;
  readonly ms: number;
  /** Venue whose indoor coverage holds on the leg (a metro station), or -1. */
  readonly venue: number;
  readonly mode: Mode;
}

const WALK_M_PER_MS = 4.6 / 3600;
const BUS_M_PER_MS = 17 / 3600;
const DETOUR = 1.25;
const STATION_REACH_M = 1300;
const STOP_REACH_M = 700;

/** Ways through the city: on foot, by car, by bus between bus stations, by metro along the real lines. */
export class Travel {
  readonly #places: Places;
  readonly #metro: MetroGraph;

  constructor(places: Places) {
    this.#places = places;
    this.#metro = new MetroGraph(places);
  }

  /** Whether the mode makes sense between two places. */
  suits(mode: Mode, from: Place, to: Place): boolean {
    const away = Math.hypot(to.x - from.x, to.y - from.y);
    if (mode === "walk") return away < 1400;
    if (mode === "car") return away > 500;
    if (mode === "bus")
      return away > 1300 && away < 14_000 && this.#stops("bus_station", from, to, STOP_REACH_M) !== null;
    return away > 1800 && this.#stops("metro_station", from, to, STATION_REACH_M) !== null;
  }

  /** Legs from one place to another; falls back on walking or the car where the mode does not suit. `rush` slows the roads. */
  legs(mode: Mode, from: Place, to: Place, rush: boolean, random: Random): Leg[] {
    const away = Math.hypot(to.x - from.x, to.y - from.y);
    if (away < 30) return [{ x: to.x, y: to.y, ms: MINUTE_MS, venue: to.venue, mode: "walk" }];
    if (mode === "metro" || mode === "bus") {
      const reach = mode === "metro" ? STATION_REACH_M : STOP_REACH_M;
      const stops = this.suits(mode, from, to)
        ? this.#stops(mode === "metro" ? "metro_station" : "bus_station", from, to, reach)
        : null;
      if (stops !== null) return this.#ride(mode, from, to, stops, random);
    }
    if (away < 1400 || mode === "walk") return [walk(from, to)];
    return drive(from, to, away, rush, random);
  }

  #stops(category: "metro_station" | "bus_station", from: Place, to: Place, reachM: number): [number, number] | null {
    const first = this.#places.nearest(category, from.x, from.y);
    const last = this.#places.nearest(category, to.x, to.y);
    if (first === last || first < 0 || last < 0) return null;
    const a = this.#places.venue(first);
    const b = this.#places.venue(last);
    const near = Math.hypot(a.x - from.x, a.y - from.y) < reachM && Math.hypot(b.x - to.x, b.y - to.y) < reachM;
    return near ? [first, last] : null;
  }

  #ride(mode: "metro" | "bus", from: Place, to: Place, [first, last]: [number, number], random: Random): Leg[] {
    const start = this.#places.venue(first);
    const end = this.#places.venue(last);
    const legs = [walk(from, start)];
    const inside = mode === "metro" ? first : -1;
    legs.push({
      x: start.x,
      y: start.y,
      ms: random.range(1.5, mode === "metro" ? 5 : 9) * MINUTE_MS,
      venue: inside,
      mode,
    });
    if (mode === "metro") {
      legs.push(...this.#metro.ride(first, last));
      legs.push({ x: end.x, y: end.y, ms: random.range(1, 2) * MINUTE_MS, venue: last, mode });
    } else {
      legs.push(...bend(start, end, random, (metres) => metres / BUS_M_PER_MS, "bus"));
    }
    legs.push(walk(end, to));
    return legs;
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function walk(from: Point, to: Place | Point): Leg {
  const ms = (Math.hypot(to.x - from.x, to.y - from.y) * DETOUR) / WALK_M_PER_MS;
  return { x: to.x, y: to.y, ms: Math.max(MINUTE_MS, ms), venue: -1, mode: "walk" };
}

/** By road: slow in town and at the peaks, faster over long distances; a few minutes to the car and from it. */
function drive(from: Place, to: Place, away: number, rush: boolean, random: Random): Leg[] {
  const base = away < 4000 ? 21 : away < 12_000 ? 29 : away < 30_000 ? 43 : 62;
  const kmh = base * (rush ? 0.72 : 1) * random.range(0.85, 1.15);
  const park = random.range(1, 3) * MINUTE_MS;
  const legs = bend(from, to, random, (metres) => (metres * 3600) / kmh, "car");
  return [
    { x: from.x, y: from.y, ms: park, venue: from.venue, mode: "walk" },
    ...legs,
    { x: to.x, y: to.y, ms: park, venue: -1, mode: "walk" },
  ];
}

/** Two or three straight stretches instead of one: roads do not follow the bee line. */
function bend(from: Point, to: Point, random: Random, msOf: (metres: number) => number, mode: Mode): Leg[] {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const legs: Leg[] = [];
  let at = from;
  const middle = random.range(0.3, 0.7);
  const aside = random.range(-0.22, 0.22);
  for (const next of [{ x: from.x + middle * dx - aside * dy, y: from.y + middle * dy + aside * dx }, to]) {
    const metres = Math.hypot(next.x - at.x, next.y - at.y) * 1.12;
    legs.push({ x: next.x, y: next.y, ms: Math.max(20_000, msOf(metres)), venue: -1, mode });
    at = next;
  }
  return legs;
}

interface Edge {
  readonly to: number;
  readonly ms: number;
  readonly line: number;
}

const CHANGE_MS = 4 * MINUTE_MS;

/** The stations as a graph; shortest rides by time, with a penalty for changing lines. */
class MetroGraph {
  readonly #places: Places;
  readonly #edges = new Map<number, Edge[]>();
  readonly #rides = new Map<string, readonly number[]>();

  constructor(places: Places) {
    this.#places = places;
    const venueOf = new Map(places.all("metro_station").map((venue) => [places.venue(venue).name, venue]));
    METRO_LINES.forEach((line, number) => {
      for (let i = 1; i < line.stations.length; i++) {
        const a = venueOf.get(`${line.stations[i - 1]?.name}站`);
        const b = venueOf.get(`${line.stations[i]?.name}站`);
        if (a === undefined || b === undefined) throw new RangeError(`a station of ${line.name} is no venue`);
        const metres = stationDistance(line.stations[i - 1], line.stations[i]);
        const ms = (metres * 1.1 * 3600) / line.speedKmh;
        this.#connect(a, { to: b, ms, line: number });
        this.#connect(b, { to: a, ms, line: number });
      }
    });
  }

  #connect(from: number, edge: Edge): void {
    const list = this.#edges.get(from);
    if (list === undefined) this.#edges.set(from, [edge]);
    else list.push(edge);
  }

  /** Legs from station to station; half-way between two, the phone changes over to the next one's cell. */
  ride(from: number, to: number): Leg[] {
    const path = this.#path(from, to);
    const legs: Leg[] = [];
    for (let i = 1; i < path.length; i++) {
      const a = this.#places.venue(path[i - 1] as number);
      const next = path[i] as number;
      const b = this.#places.venue(next);
      const ms = (this.#edges.get(path[i - 1] as number)?.find((edge) => edge.to === next)?.ms ?? MINUTE_MS) / 2;
      legs.push({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, ms, venue: path[i - 1] as number, mode: "metro" });
      legs.push({ x: b.x, y: b.y, ms, venue: next, mode: "metro" });
    }
    return legs;
  }

  #path(from: number, to: number): readonly number[] {
    const key = `${from}/${to}`;
    const known = this.#rides.get(key);
    if (known !== undefined) return known;
    const path = this.#shortest(from, to);
    this.#rides.set(key, path);
    return path;
  }

  /** Dijkstra over some 230 stations; a plain list is quick enough, and each ride is searched once. */
  #shortest(from: number, to: number): number[] {
    const best = new Map<number, { ms: number; before: number; line: number }>([
      [from, { ms: 0, before: -1, line: -1 }],
    ]);
    const open = new Set([from]);
    while (open.size > 0) {
      let at = -1;
      for (const one of open) if (at < 0 || (best.get(one)?.ms ?? 0) < (best.get(at)?.ms ?? 0)) at = one;
      open.delete(at);
      if (at === to) break;
      const here = best.get(at);
      for (const edge of this.#edges.get(at) ?? []) {
        const change = here !== undefined && here.line >= 0 && here.line !== edge.line ? CHANGE_MS : 0;
        const ms = (here?.ms ?? 0) + edge.ms + change;
        if (ms < (best.get(edge.to)?.ms ?? Number.POSITIVE_INFINITY)) {
          best.set(edge.to, { ms, before: at, line: edge.line });
          open.add(edge.to);
        }
      }
    }
    const path = [to];
    for (let at = best.get(to)?.before ?? from; path[0] !== from; at = best.get(at)?.before ?? from) path.unshift(at);
    return path;
  }
}

function stationDistance(
  a: { lon: number; lat: number } | undefined,
  b: { lon: number; lat: number } | undefined,
): number {
  if (a === undefined || b === undefined) return 0;
  return Math.hypot(toX(PLANE, a.lon) - toX(PLANE, b.lon), toY(PLANE, a.lat) - toY(PLANE, b.lat));
}
