/**
 * A subscriber as the store keeps it, told again: the portrait of its last evaluation is made anew from stored rows, with the code that
 * the engine makes it with, so that a membership can be explained and another rule tried.
 */
import { type Anchor, type AnchorOptions, findAnchors, type LifeFacts } from "../anchor/anchors.js";
import { toX, toY } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import type { PortraitRow, VenueChance } from "../rows.js";
import { parseCell } from "../signal/identity.js";
import type { Calendar } from "../time/calendar.js";
import type { HeardCell } from "./cell-likelihood.js";
import { Diaries } from "./diaries.js";
import { type Candidate, type DiaryEntry, LEG, STAY, TOUCH } from "./diary.js";
import { knownAnchors, placedLife } from "./own-anchors.js";
import { Portrait } from "./portrait.js";
import { dayWindow } from "./window.js";

/** A stay of the store; epoch seconds, standard deviations in seconds. */
export interface StoredStay {
  readonly startSec: number;
  readonly endSec: number;
  readonly lon: number;
  readonly lat: number;
  readonly arrivalErrorSec: number;
  readonly departureErrorSec: number;
  readonly candidates: readonly VenueChance[];
}

/** A way of the store; epoch seconds. */
export interface StoredWay {
  readonly startSec: number;
  readonly endSec: number;
  readonly metro: number;
  readonly bus: number;
  readonly touched: readonly (VenueChance & { readonly firstSec: number; readonly lastSec: number })[];
}

export type StoredPortrait = Omit<PortraitRow, "subscriberHi" | "subscriberLo" | "versionMs">;

export interface StoredLife {
  /** Decimal pseudonym. */
  readonly subscriber: string;
  readonly portrait: StoredPortrait;
  readonly stays: readonly StoredStay[];
  readonly ways: readonly StoredWay[];
}

/** A subscriber at its last evaluation. */
export interface Retold {
  /** Valid until the next one is told. */
  readonly portrait: Portrait;
  /** As the region circles take it: with home and day place where their venues say. */
  readonly life: LifeFacts;
  /** As the region circles take them. */
  readonly anchors: readonly Anchor[];
}

export interface RetellingOptions {
  readonly city: LoadedCity;
  readonly calendar: Calendar;
  readonly anchors: AnchorOptions;
  /** Days that count, at most. */
  readonly windowDays: number;
}

/** Makes portraits of stored lives, one after the other. */
export class Retelling {
  private readonly options: RetellingOptions;
  private readonly venues: ReadonlyMap<string, number>;
  private readonly diary = new Diaries();
  private readonly portrait: Portrait;

  constructor(options: RetellingOptions) {
    const { city, calendar } = options;
    this.options = options;
    this.venues = new Map(city.venues.id.map((id, venue) => [id, venue]));
    this.portrait = new Portrait(city, dayWindow(calendar, 0, 0));
  }

  tell(stored: StoredLife): Retold {
    const { options, portrait, diary } = this;
    const { city, calendar, windowDays } = options;
    const { day, heard, streamFirstDay, isForeign } = stored.portrait;
    if (portrait.window.lastDay !== day) portrait.window = dayWindow(calendar, day + 1 - windowDays, day);
    const { starts } = portrait.window;
    diary.clear(0);
    for (const entry of this.entries(stored)) diary.add(0, entry);
    diary.read(0, starts[0] as number, starts[starts.length - 1] as number, portrait.view);
    const life = this.lifeFacts(stored.portrait);
    portrait.life = life;
    portrait.heard = heard;
    portrait.firstDay = streamFirstDay;
    portrait.isForeign = isForeign;
    const known = knownAnchors(city, life, findAnchors(life, options.anchors), (place) =>
      this.cellsOf(stored.portrait, place),
    );
    portrait.anchors = known;
    portrait.scores.clear();
    portrait.settle();
    return { portrait, life: placedLife(city, life, known), anchors: known.map(({ anchor }) => anchor) };
  }

  /** Entries in the order in which they were told: that of their ends, a way after what was touched on it. */
  private entries({ portrait, stays, ways }: StoredLife): DiaryEntry[] {
    const told = [
      ...stays.map((stay) => ({ startSec: stay.startSec, endSec: stay.endSec, entries: () => [this.stayEntry(stay)] })),
      ...ways.map((way) => ({ startSec: way.startSec, endSec: way.endSec, entries: () => this.wayEntries(way) })),
    ];
    return told
      .filter((one) => diaryEnd(one) <= portrait.knownUntilSec)
      .sort((a, b) => a.endSec - b.endSec || a.startSec - b.startSec)
      .flatMap((one) => one.entries());
  }

  private stayEntry(stay: StoredStay): DiaryEntry {
    const { plane } = this.options.city;
    return {
      kind: STAY,
      startSec: stay.startSec,
      endSec: stay.endSec,
      arrivalErrorSec: stay.arrivalErrorSec,
      departureErrorSec: stay.departureErrorSec,
      x: toX(plane, stay.lon),
      y: toY(plane, stay.lat),
      candidates: this.candidates(stay.candidates),
      metro: 0,
      bus: 0,
    };
  }

  private wayEntries({ startSec, endSec, metro, bus, touched }: StoredWay): DiaryEntry[] {
    const none = { arrivalErrorSec: 0, departureErrorSec: 0, x: 0, y: 0 };
    const { x, y } = this.options.city.venues;
    const entries = touched.flatMap((touch): DiaryEntry[] =>
      this.candidates([touch]).map((candidate) => ({
        ...none,
        kind: TOUCH,
        startSec: touch.firstSec,
        endSec: touch.lastSec,
        x: x[candidate.venue] as number,
        y: y[candidate.venue] as number,
        candidates: [candidate],
        metro: 0,
        bus: 0,
      })),
    );
    entries.push({ ...none, kind: LEG, startSec, endSec, candidates: [], metro, bus });
    return entries;
  }

  /** Venues that the city has no more are left out. */
  private candidates(chances: readonly VenueChance[]): Candidate[] {
    return chances.flatMap(({ venue, probability }) => {
      const row = this.venues.get(venue);
      return row === undefined ? [] : [{ venue: row, probability }];
    });
  }

  private lifeFacts(portrait: StoredPortrait): LifeFacts {
    const { plane } = this.options.city;
    return {
      observedDays: portrait.observedDays,
      nightsObserved: portrait.nightsObserved,
      recentNightsObserved: portrait.recentNightsObserved,
      workdaysObserved: portrait.workdaysObserved,
      wakingMinutes: portrait.wakingMinutes,
      nightObservations: portrait.nightObservations,
      workObservations: portrait.workObservations,
      places: portrait.places.map((place, at) => ({
        place: at,
        x: toX(plane, place.lon),
        y: toY(plane, place.lat),
        sigma: place.sigma,
        cell: this.cellsOf(portrait, at)[0]?.row ?? 0,
        nights: place.nights,
        recentNights: place.recentNights,
        workdays: place.workdays,
        nightMinutes: place.nightMinutes,
        workMinutes: place.workMinutes,
        wakingMinutes: place.wakingMinutes,
        seenDay: place.seenDay,
      })),
    };
  }

  /** The cells of a place that the city still has, each by its row that was valid at the evaluation. */
  private cellsOf({ places, day }: StoredPortrait, place: number): HeardCell[] {
    const ms = this.options.calendar.dayStart(day) * 1000;
    return (places[place]?.cells ?? []).flatMap(({ cell, weight }) => {
      const row = rowOf(this.options.city, cell, ms);
      return row < 0 ? [] : [{ row, weight }];
    });
  }
}

/** End of a stay or way as the diary keeps it, in whole minutes. */
function diaryEnd({ startSec, endSec }: { readonly startSec: number; readonly endSec: number }): number {
  return Math.floor(startSec / 60) * 60 + Math.round((endSec - startSec) / 60) * 60;
}

/** Row of a cell in the validity that holds the instant, else in any; negative where the city has no such cell. */
export function rowOf({ cells }: LoadedCity, name: string, ms: number): number {
  const key = parseCell(name);
  if (key === null) return -1;
  const first = cells.find(key.hi, key.lo);
  for (let row = first; row >= 0; row = cells.next[row] as number)
    if (ms >= (cells.validFromMs[row] as number) && ms < (cells.validToMs[row] as number)) return row;
  return first;
}
