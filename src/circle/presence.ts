/**
 * Presence: how many distinct people were heard in a window of event time, by H3 cell and region, everybody and the members of each
 * circle. A person counts once a window whatever it sends, at one cell, so the rows of a region add up to the people of the region.
 *
 * Each minute in which a person was heard is a vote for the cell that heard it last; a burst is one vote. The cell is elected by the
 * majority vote of Boyer and Moore (1981), which needs one word a person: a cell with more than half of the minutes is always elected, and
 * where none has them it is one of those that heard the person. Silent people are not counted.
 */
import { type City, NONE, toLat, toLon } from "../geo/city.js";
import { type H3Cell, h3Of } from "../geo/h3.js";
import type { PresenceRow } from "../rows.js";
import type { Bucket } from "../time/event-buffer.js";

/** See `presence` in config/default.yaml. */
export interface PresenceOptions {
  readonly windowMinutes: number;
  readonly h3Resolution: number;
  /** Whether circles are counted, too. */
  readonly circles: boolean;
}

/** Who is in which circle at this moment. */
export interface Standing {
  /** Ids of the circles; a circle is named by its place in the list. */
  readonly names: readonly string[];
  /** The circles of a subscriber, each once; valid until the next call. */
  circlesOf(slot: number): readonly number[];
}

export const NO_CIRCLES: Standing = { names: [], circlesOf: () => [] };

/**
 * A word a person: row of the elected cell, a bit that tells heard from silent, and the votes that the cell is ahead, at most one a
 * minute of the window.
 */
const ROW_SHIFT = 12;
const HEARD = 2 ** 11;
const VOTES = HEARD - 1;

/** The window that is open in one partition, and who was heard in it so far. Costs 4 to 6 bytes a subscriber. */
export class Presence {
  readonly options: PresenceOptions;
  /** First minute of the open window since 1970, -1 before the first event. Windows are counted from the full hour. */
  windowMinute = -1;
  /** By number of the subscriber's record; 0 = not heard in this window. */
  heard = new Uint32Array(256);

  readonly spots: Spots;

  constructor(city: City, options: PresenceOptions) {
    this.options = options;
    this.spots = spotsOf(city, options.h3Resolution);
  }

  /** Opens the window that holds `minute` where it is a later one; returns the first minute of the one that is over, or -1. */
  advance(minute: number): number {
    const window = minute - (minute % this.options.windowMinutes);
    if (window <= this.windowMinute) return -1;
    const over = this.windowMinute;
    this.windowMinute = window;
    return over;
  }

  get byteLength(): number {
    return this.heard.byteLength;
  }
}

/** Counts the people of a sorted minute. A window that was told is not opened again: a minute before the open one counts nowhere. */
export function hear(presence: Presence, { minute, count, slot, cell }: Bucket): void {
  if (count === 0 || minute < presence.windowMinute) return;
  reserve(presence, slot[count - 1] as number);
  const { heard } = presence;
  for (let i = 0; i < count; i++) {
    const person = slot[i] as number;
    if (i + 1 < count && slot[i + 1] === person) continue;
    const word = heard[person] as number;
    const row = cell[i] as number;
    if ((word & VOTES) === 0) heard[person] = (row << ROW_SHIFT) | HEARD | 1;
    else heard[person] = word >>> ROW_SHIFT === row ? word + 1 : word - 1;
  }
}

/** The bucket is sorted by subscriber, so its last one needs the greatest room. */
function reserve(presence: Presence, lastSlot: number): void {
  if (lastSlot < presence.heard.length) return;
  const larger = new Uint32Array(Math.ceil((lastSlot + 1) * 1.5));
  larger.set(presence.heard);
  presence.heard = larger;
}

/** What rows are told about, besides the people. */
export interface WindowTold {
  readonly partition: number;
  /** First minute of the window since 1970. */
  readonly windowMinute: number;
  readonly standing: Standing;
}

/** Writes the rows of the window that is over, and forgets who was heard in it. */
export function closeWindow(presence: Presence, told: WindowTold, rows: PresenceRow[]): void {
  const { list } = presence.spots;
  const people = takePeople(presence);
  const names = presence.options.circles ? told.standing.names : [];
  const members = new Uint32Array(names.length);
  for (const [spot, first, end] of bySpot(people, list.length)) {
    rows.push(rowOf(told, list[spot] as Spot, "", end - first));
    if (names.length === 0) continue;
    countMembers(told.standing, people.slot.subarray(first, end), members);
    for (let circle = 0; circle < names.length; circle++) {
      if (members[circle] === 0) continue;
      rows.push(rowOf(told, list[spot] as Spot, names[circle] as string, members[circle] as number));
      members[circle] = 0;
    }
  }
}

function countMembers(standing: Standing, people: Uint32Array, members: Uint32Array): void {
  for (let i = 0; i < people.length; i++) {
    const circles = standing.circlesOf(people[i] as number);
    for (let k = 0; k < circles.length; k++) {
      const circle = circles[k] as number;
      members[circle] = (members[circle] as number) + 1;
    }
  }
}

/** The people of a window, in columns. */
interface People {
  readonly slot: Uint32Array;
  readonly spot: Uint32Array;
}

function takePeople({ heard, spots }: Presence): People {
  let count = 0;
  for (let person = 0; person < heard.length; person++) if (heard[person] !== 0) count++;
  const people = { slot: new Uint32Array(count), spot: new Uint32Array(count) };
  let at = 0;
  for (let person = 0; person < heard.length; person++) {
    if (heard[person] === 0) continue;
    people.slot[at] = person;
    people.spot[at++] = spots.ofRow[(heard[person] as number) >>> ROW_SHIFT] as number;
  }
  heard.fill(0);
  return people;
}

/** Sorts people by spot, in place; tells each spot that has any with the range of its people. */
function* bySpot(
  { slot, spot }: People,
  spots: number,
): Generator<readonly [spot: number, first: number, end: number]> {
  const ends = new Uint32Array(spots + 1);
  for (let i = 0; i < spot.length; i++) {
    const at = spot[i] as number;
    ends[at + 1] = (ends[at + 1] as number) + 1;
  }
  for (let at = 1; at <= spots; at++) ends[at] = (ends[at] as number) + (ends[at - 1] as number);
  const unsorted = slot.slice();
  for (let i = 0; i < unsorted.length; i++) {
    const at = spot[i] as number;
    slot[ends[at] as number] = unsorted[i] as number;
    ends[at] = (ends[at] as number) + 1;
  }
  let first = 0;
  for (let at = 0; at < spots; at++) {
    const end = ends[at] as number;
    if (end > first) yield [at, first, end];
    first = end;
  }
}

function rowOf(told: WindowTold, spot: Spot, circle: string, subscribers: number): PresenceRow {
  return {
    slotMs: told.windowMinute * 60_000,
    h3Hi: spot.h3Hi,
    h3Lo: spot.h3Lo,
    region: spot.region,
    circle,
    partition: told.partition,
    subscribers,
  };
}

/** Where the people of a cell are counted: the H3 cell that holds the mean of its footprint, and its region, empty where it has none. */
interface Spot extends H3Cell {
  readonly region: string;
}

/** The spots of a city, and which of them each row of its cell table has; cells share one where both its parts are the same. */
interface Spots {
  readonly resolution: number;
  readonly list: readonly Spot[];
  readonly ofRow: Uint32Array;
}

const OF_CITY = new WeakMap<City, Spots>();

/** The spots of a city are found once for all its partitions. */
function spotsOf(city: City, resolution: number): Spots {
  const known = OF_CITY.get(city);
  if (known?.resolution === resolution) return known;
  const made = findSpots(city, resolution);
  OF_CITY.set(city, made);
  return made;
}

function findSpots({ cells, plane, regions }: City, resolution: number): Spots {
  const list: Spot[] = [];
  const known = new Map<string, number>();
  const ofRow = Uint32Array.from({ length: cells.count }, (_, row) => {
    const h3 = h3Of(toLon(plane, cells.x[row] as number), toLat(plane, cells.y[row] as number), resolution);
    const region = cells.region[row] as number;
    const key = `${h3.h3Hi} ${h3.h3Lo} ${region}`;
    const spot = known.get(key) ?? list.length;
    if (spot === list.length) list.push({ ...h3, region: region === NONE ? "" : (regions.id[region] as string) });
    known.set(key, spot);
    return spot;
  });
  return { resolution, list, ofRow };
}
