/**
 * Presence: how many distinct people were heard in a window of event time, by H3 cell and region, everybody and the members of each
 * circle. A person counts once a window whatever it sends, at one cell, so the rows of a region add up to the people of the region.
 *
 * Each minute in which a person was heard is a vote for the cell that heard it last; a burst is one vote. The cell is elected by the
 * majority vote of Boyer and Moore (1981), which needs one word a person: a cell with more than half of the minutes is always elected, and
 * where none has them it is one of those that heard the person. Silent people are not counted.
 *
 * A row of a circle has `circlePeopleMin` people or more; fewer are told together, without the H3 cell, and then without the region.
 */
import { type City, NONE, toLat, toLon } from "../geo/city.js";
import { h3Of } from "../geo/h3.js";
import type { PresenceRows, Spot } from "../rows.js";
import { NO_SLOT } from "../stay/slot-set.js";
import type { SortedMinute } from "../time/event-buffer.js";
import { cellOf } from "../time/event-word.js";

/** See `presence` in config/default.yaml. */
export interface PresenceOptions {
  readonly windowMinutes: number;
  readonly h3Resolution: number;
  /** Whether circles are counted, too. */
  readonly circles: boolean;
  /** Members of a circle at a spot, in a partition, from which they have a row of their own. */
  readonly circlePeopleMin: number;
}

/** Who is in which circle at this moment. */
export interface Standing {
  /** Ids of the circles; a circle is named by its place in the list. */
  readonly names: readonly string[];
  /** Writes the circles of a subscriber into `into`, each once; returns how many they are, CIRCLES_MAX at most. */
  circlesOf(slot: number, into: Uint32Array): number;
}

/** Circles that one subscriber is in at most. */
export const CIRCLES_MAX = 64;

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
  /** People of each spot, in use while a window is told; 0 at all other times. */
  readonly atSpot: Uint32Array;
  private counters: Tallies | null = null;

  constructor(city: City, options: PresenceOptions) {
    this.options = options;
    this.spots = spotsOf(city, options.h3Resolution);
    this.atSpot = new Uint32Array(this.spots.list.length);
  }

  /** Opens the window that holds `minute` where it is a later one; returns the first minute of the one that is over, or -1. */
  advance(minute: number): number {
    const window = minute - (minute % this.options.windowMinutes);
    if (window <= this.windowMinute) return -1;
    const over = this.windowMinute;
    this.windowMinute = window;
    return over;
  }

  /** Counters for so many circles, all 0; the same ones again while there are no more circles. */
  tallies(circles: number): Tallies {
    if (this.counters?.members.counts.length !== circles)
      this.counters = {
        members: createTally(circles),
        ofArea: createTally(circles * this.spots.areas.length),
        ofCity: createTally(circles),
      };
    return this.counters;
  }

  get byteLength(): number {
    return this.heard.byteLength + this.atSpot.byteLength + (this.counters?.ofArea.counts.byteLength ?? 0);
  }
}

/** Goes over to another cell table; who was elected to a vanished cell waits for the next event. */
export function moveHeard({ heard }: Presence, rows: Int32Array): void {
  for (let person = 0; person < heard.length; person++) {
    const word = heard[person] as number;
    if (word === 0) continue;
    const row = rows[word >>> ROW_SHIFT] as number;
    heard[person] = row === NONE ? 0 : ((row << ROW_SHIFT) | (word & (HEARD | VOTES))) >>> 0;
  }
}

/** Counts the people of a sorted minute. A window that was told is not opened again: a minute before the open one counts nowhere. */
export function hear(presence: Presence, { minute, count, slot, word: words }: SortedMinute): void {
  if (count === 0 || minute < presence.windowMinute) return;
  reserve(presence, slot[count - 1] as number);
  const { heard } = presence;
  let person = slot[0] as number;
  for (let i = 0; i < count; i++) {
    const here = person;
    person = i + 1 < count ? (slot[i + 1] as number) : NO_SLOT;
    if (here !== person) heard[here] = voted(heard[here] as number, cellOf(words[i] as number));
  }
}

/** The word of a person after another vote. No branch: half of them would be guessed wrong. */
function voted(word: number, row: number): number {
  const other = (word >>> ROW_SHIFT) ^ row;
  const counted = word + 1 - 2 * ((other | -other) >>> 31);
  // All bits where no vote is left, and the cell begins anew.
  const anew = ((word & VOTES) - 1) >> 31;
  return (counted & ~anew) | (((row << ROW_SHIFT) | HEARD | 1) & anew);
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
export function closeWindow(presence: Presence, told: WindowTold, rows: PresenceRows): void {
  const { atSpot, spots, options } = presence;
  const people = takePeople(presence);
  const met: number[] = [];
  for (let i = 0; i < people.count; i++) {
    const spot = people.spot[i] as number;
    const before = atSpot[spot] as number;
    if (before === 0) met.push(spot);
    atSpot[spot] = before + 1;
  }
  const slotMs = told.windowMinute * 60_000;
  for (const spot of met) rows.push(slotMs, spots.list[spot] as Spot, "", told.partition, atSpot[spot] as number);
  if (options.circles && told.standing.names.length > 0) tellCircles(presence, told, people, met, rows);
  for (const spot of met) atSpot[spot] = 0;
}

/** The people of a window, in columns of which the first `count` are in use. */
interface People {
  count: number;
  slot: Uint32Array;
  spot: Uint32Array;
  /** Slots of one spot after those of another. */
  bySpot: Uint32Array;
}

/** Those of the window that is told, whosever it is: used again for the next one. */
const PEOPLE: People = { count: 0, slot: new Uint32Array(0), spot: new Uint32Array(0), bySpot: new Uint32Array(0) };

function takePeople({ heard, spots }: Presence): People {
  if (PEOPLE.slot.length < heard.length) {
    PEOPLE.slot = new Uint32Array(heard.length);
    PEOPLE.spot = new Uint32Array(heard.length);
    PEOPLE.bySpot = new Uint32Array(heard.length);
  }
  const { slot, spot } = PEOPLE;
  let count = 0;
  for (let person = 0; person < heard.length; person++) {
    const word = heard[person] as number;
    if (word === 0) continue;
    slot[count] = person;
    spot[count++] = spots.ofRow[word >>> ROW_SHIFT] as number;
  }
  PEOPLE.count = count;
  heard.fill(0);
  return PEOPLE;
}

/**
 * Members are counted spot by spot, so that there is one counter a circle and not one for each spot as well. Too few for a row of their own
 * are told together: those of a region, and of the city where the region has too few as well.
 */
function tellCircles(
  presence: Presence,
  told: WindowTold,
  people: People,
  met: readonly number[],
  rows: PresenceRows,
): void {
  const { atSpot, spots, options } = presence;
  const { names } = told.standing;
  sortBySpot(people, met, atSpot);
  const sorted = people.bySpot;
  const { members, ofArea, ofCity } = presence.tallies(names.length);
  const slotMs = told.windowMinute * 60_000;
  // Made once a window: V8 makes an object of a function each time it comes by.
  const tell = (spot: Spot, circle: number, count: number) =>
    rows.push(slotMs, spot, names[circle] as string, told.partition, count);
  let here = WHOLE_CITY;
  let base = 0;
  const tellHere = (circle: number, counted: number) => {
    if (counted >= options.circlePeopleMin) tell(here, circle, counted);
    else count(ofArea, base + circle, counted);
  };
  let first = 0;
  for (const spot of met) {
    const end = atSpot[spot] as number;
    for (let i = first; i < end; i++) {
      const circles = told.standing.circlesOf(sorted[i] as number, CIRCLES);
      for (let k = 0; k < circles; k++) count(members, CIRCLES[k] as number, 1);
    }
    first = end;
    here = spots.list[spot] as Spot;
    base = (spots.areaOf[spot] as number) * names.length;
    empty(members, tellHere);
  }
  empty(ofArea, (key, counted) => {
    const area = spots.areas[Math.floor(key / names.length)] as Spot;
    if (counted >= options.circlePeopleMin) tell(area, key % names.length, counted);
    else count(ofCity, key % names.length, counted);
  });
  empty(ofCity, (circle, counted) => tell(WHOLE_CITY, circle, counted));
}

/** Those of one person. */
const CIRCLES = new Uint32Array(CIRCLES_MAX);

/** Counters, and which of them are not 0: the first `metCount` of `met`, which is never cut short, since V8 would make it anew each time. */
interface Tally {
  readonly counts: Uint32Array;
  readonly met: number[];
  metCount: number;
}

/** Members of each circle: at a spot, in each region (number of the region times the circles, plus the circle), in the city. */
interface Tallies {
  readonly members: Tally;
  readonly ofArea: Tally;
  readonly ofCity: Tally;
}

function createTally(length: number): Tally {
  return { counts: new Uint32Array(length), met: [], metCount: 0 };
}

function count(tally: Tally, key: number, people: number): void {
  const { counts } = tally;
  const before = counts[key] as number;
  if (before === 0) tally.met[tally.metCount++] = key;
  counts[key] = before + people;
}

/** Visits what was counted, and begins again from nothing. */
function empty(tally: Tally, visit: (key: number, counted: number) => void): void {
  const { counts, met, metCount } = tally;
  for (let i = 0; i < metCount; i++) {
    const key = met[i] as number;
    visit(key, counts[key] as number);
    counts[key] = 0;
  }
  tally.metCount = 0;
}

/** Sorts the people by spot, in the order of `met`; counts of the spots become the ends of their people. */
function sortBySpot({ count, slot, spot, bySpot }: People, met: readonly number[], atSpot: Uint32Array): void {
  let end = 0;
  for (const at of met) {
    const here = atSpot[at] as number;
    atSpot[at] = end;
    end += here;
  }
  for (let i = 0; i < count; i++) {
    const at = spot[i] as number;
    const to = atSpot[at] as number;
    bySpot[to] = slot[i] as number;
    atSpot[at] = to + 1;
  }
}

/**
 * The spots of a city, and which of them each row of its cell table has: the H3 cell that holds the mean of its footprint, and its region.
 * Cells share a spot where both are the same.
 */
interface Spots {
  readonly resolution: number;
  readonly list: readonly Spot[];
  readonly ofRow: Uint32Array;
  /** The regions as spots without an H3 cell, and which of them each spot lies in. */
  readonly areas: readonly Spot[];
  readonly areaOf: readonly number[];
}

/** Who is told of no nearer place: H3 cell 0, no region. */
const WHOLE_CITY: Spot = { h3Hi: 0, h3Lo: 0, region: "" };

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
    const { h3Hi, h3Lo } = h3Of(toLon(plane, cells.x[row] as number), toLat(plane, cells.y[row] as number), resolution);
    const region = cells.region[row] as number;
    const key = `${h3Hi} ${h3Lo} ${region}`;
    const spot = known.get(key) ?? list.length;
    if (spot === list.length) list.push({ h3Hi, h3Lo, region: region === NONE ? "" : (regions.id[region] as string) });
    known.set(key, spot);
    return spot;
  });
  const names = [...new Set(list.map(({ region }) => region))];
  const areas = names.map((region) => ({ h3Hi: 0, h3Lo: 0, region }));
  return { resolution, list, ofRow, areas, areaOf: list.map(({ region }) => names.indexOf(region)) };
}
