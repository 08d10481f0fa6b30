/** All that the rules may know of one subscriber at the close of a day; filled anew for each. */
import type { Anchor, LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import { CATEGORIES } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { CANDIDATES_MAX, DiaryView, LEG, STAY } from "./diary.js";
import type { PlaceGuess } from "./place-guess.js";
import { expectationOfMinutes } from "./visit-habits.js";
import { type DayWindow, indexOfDay } from "./window.js";

/** An anchor with the facts of its place and what the place probably is. */
export interface KnownAnchor {
  readonly anchor: Anchor;
  readonly place: PlaceFacts;
  readonly guess: PlaceGuess;
}

/** A stay was at the home, a second home, the day place; at another venue where somebody works. */
export const AT_HOME = 1;
export const AT_DAY_PLACE = 2;
export const AT_WORK = 4;
/** Who is at a venue for so long on so many days of the window works there, and comes to it as nothing else. */
const AT_WORK_SEC_MIN = 5 * 3600;
const AT_WORK_DAYS_MIN = 5;
/** Stays within so many metres of an anchor are stays at it: the tracker joins places of that distance. */
const OWN_METRES = 250;
/** Large premises have many cells: within so many metres a stay at the venue of an anchor is one at the anchor, too. */
const OWN_VENUE_METRES = 1500;
const SAME_VENUE_MIN = 0.35;

/** Day places that are the home. */
const AT_HOME_RULES: readonly string[] = ["day-at-home", "campus"];

/** Bits beyond those of the categories that say what rules can apply at all. */
export const HAS_HOME = 1 << 24;
export const HAS_DAY_PLACE = 1 << 25;
export const HAS_FOREIGN_NETWORK = 1 << 26;
export const IS_NEW_OR_BRIEF = 1 << 28;
/** Where people leave the city; how long they are silent then, and how much that says. */
const GATEWAYS = (1 << CATEGORIES.indexOf("airport")) | (1 << CATEGORIES.indexOf("rail_station"));
const GONE_SEC_MIN = 6 * 3600;
const GONE_RATIO = 8;
const NOT_GONE_RATIO = 0.7;
/** Venues less probable than this open no rule. */
const NOTICED = 0.03;

/** Numbers of entries, in order: the first `count` of `entry`. */
export class EntryList {
  entry = new Uint16Array(512);
  count = 0;

  add(i: number): void {
    this.entry[this.count++] = i;
  }
}

export class Portrait {
  readonly view = new DiaryView();
  city: LoadedCity;
  window: DayWindow;
  anchors: readonly KnownAnchor[] = [];
  life: LifeFacts | null = null;
  /** Bit i: heard on the day i days before the window's last. */
  heard = 0;
  /** First city day since which the partition has heard of somebody without a break. */
  firstDay = 0;
  isForeign = false;
  /** AT_HOME and AT_DAY_PLACE of each entry. */
  own = new Uint8Array(512);
  /** 1 for each entry at an airport or railway station before or after which the subscriber was out of the city. */
  leftTown = new Uint8Array(512);
  /** Day of the window on which each entry begins, and the categories of its candidates as bits. */
  day = new Int16Array(512);
  categories = new Uint32Array(512);
  /** Entries with a candidate of each category, in order; and of those the stays elsewhere than at the own places. */
  readonly entries = CATEGORIES.map(() => new EntryList());
  readonly away = CATEGORIES.map(() => new EntryList());
  /** First entry that ends after the beginning of each day of the window; those of a day follow until one begins later. */
  firstOfDay = new Uint16Array(64);
  /** Categories of all candidates and HAS_ bits: what rules can apply. */
  features = 0;
  /** Expected stays at venues of each category, those at the own places left out; and expected stays and touches of all kinds. */
  readonly expectedAway = new Float64Array(CATEGORIES.length);
  readonly expected = new Float64Array(CATEGORIES.length);
  /** Goes up with each `settle`: what was worked out of the portrait holds while it stays the same (see `oncePerPortrait`). */
  turn = 0;
  /** Of the anchors, those at which a stay is no visit. */
  private readonly ownAnchors: KnownAnchor[] = [];
  private readonly ownX: number[] = [];
  private readonly ownY: number[] = [];
  /** Long stays by venue, of the subscriber in hand. */
  private readonly workDays = new Map<number, number>();
  /** Scores of circles evaluated before, by circle id, for rules that name other circles. */
  readonly scores = new Map<string, number>();

  constructor(city: LoadedCity, window: DayWindow) {
    this.city = city;
    this.window = window;
  }

  /** Works out what follows from the diary and the anchors. */
  settle(): void {
    const { view } = this;
    this.turn++;
    if (this.own.length < view.kind.length) {
      this.own = new Uint8Array(view.kind.length);
      this.leftTown = new Uint8Array(view.kind.length);
      this.day = new Int16Array(view.kind.length);
      this.categories = new Uint32Array(view.kind.length);
      for (const list of [...this.entries, ...this.away]) list.entry = new Uint16Array(view.kind.length);
    }
    for (let c = 0; c < this.entries.length; c++)
      (this.entries[c] as EntryList).count = (this.away[c] as EntryList).count = 0;
    this.features = 0;
    this.findOwnAnchors();
    const { starts } = this.window;
    // Entries follow one another, so most begin on the day of the one before.
    let day = 0;
    for (let i = 0; i < view.count; i++) {
      const start = view.startSec[i] as number;
      if (!(start >= (starts[day] as number) && start < (starts[day + 1] as number)))
        day = indexOfDay(this.window, start);
      this.day[i] = day;
      this.own[i] = this.ownPlace(i);
      this.categories[i] = this.categoriesOf(i);
    }
    this.findWorkplaces();
    this.weighVisits();
    this.weighTravel();
    this.expectVisits();
    this.findDays();
    for (const { anchor } of this.anchors)
      this.features |= anchor.kind === "home" ? HAS_HOME : anchor.kind === "day" ? HAS_DAY_PLACE : 0;
    if (this.isForeign) this.features |= HAS_FOREIGN_NETWORK;
    if (countOnes(this.heard) <= 14) this.features |= IS_NEW_OR_BRIEF;
  }

  private findOwnAnchors(): void {
    const { ownAnchors, ownX, ownY } = this;
    ownAnchors.length = 0;
    for (const known of this.anchors) {
      // A day spent at home is a day at home.
      if (known.anchor.kind === "other" || AT_HOME_RULES.includes(known.anchor.rule)) continue;
      ownX[ownAnchors.length] = known.place.x;
      ownY[ownAnchors.length] = known.place.y;
      ownAnchors.push(known);
    }
  }

  /** Stays at a venue where somebody works who has another day place, or none that is sure. */
  private findWorkplaces(): void {
    const { view, workDays } = this;
    for (let i = 0; i < view.count; i++) {
      if (view.kind[i] !== STAY || this.own[i] !== 0 || view.candidates[i] === 0) continue;
      if ((view.endSec[i] as number) - (view.startSec[i] as number) < AT_WORK_SEC_MIN) continue;
      const venue = view.venue[i * CANDIDATES_MAX] as number;
      workDays.set(venue, (workDays.get(venue) ?? 0) + 1);
    }
    if (workDays.size === 0) return;
    for (let i = 0; i < view.count; i++) {
      if (view.kind[i] !== STAY || this.own[i] !== 0 || view.candidates[i] === 0) continue;
      if ((workDays.get(view.venue[i * CANDIDATES_MAX] as number) ?? 0) >= AT_WORK_DAYS_MIN) this.own[i] = AT_WORK;
    }
    workDays.clear();
  }

  private findDays(): void {
    const { starts } = this.window;
    if (this.firstOfDay.length < starts.length) this.firstOfDay = new Uint16Array(starts.length);
    let first = 0;
    for (let day = 0; day < starts.length; day++) {
      while (first < this.view.count && (this.view.endSec[first] as number) <= (starts[day] as number)) first++;
      this.firstOfDay[day] = first;
    }
  }

  /** Who is known to live and work elsewhere comes as a visitor, and the venues of a stay are weighed anew by how many of those come. */
  private weighVisits(): void {
    const { view, window } = this;
    const { category } = this.city.venues;
    if (!this.anchors.some(({ anchor }) => anchor.kind === "home")) return;
    if (!this.anchors.some(({ anchor }) => anchor.kind === "day")) return;
    for (let i = 0; i < view.count; i++) {
      const day = this.day[i] as number;
      if (view.kind[i] !== STAY || this.own[i] !== 0 || day < 0 || day >= window.working.length) continue;
      const start = view.startSec[i] as number;
      const { asVisitor, anywhereAsVisitor } = expectationOfMinutes(
        window.working[day] === 1,
        Math.min(23.99, (start - (window.starts[day] as number)) / 3600),
        ((view.endSec[i] as number) - start) / 60,
      );
      const from = i * CANDIDATES_MAX;
      const to = from + (view.candidates[i] as number);
      let rest = 1;
      let sum = 0;
      for (let c = from; c < to; c++) {
        const p = view.probability[c] as number;
        rest -= p;
        sum += p * (asVisitor[category[view.venue[c] as number] as number] as number);
      }
      sum += Math.max(0, rest) * anywhereAsVisitor;
      for (let c = from; c < to; c++)
        view.probability[c] =
          ((view.probability[c] as number) * (asVisitor[category[view.venue[c] as number] as number] as number)) / sum;
    }
  }

  /** Who passes an airport or railway station to leave the city is not heard in it before or after; who calls there is. */
  private weighTravel(): void {
    const { view, window } = this;
    for (let i = 0; i < view.count; i++) {
      this.leftTown[i] = 0;
      if (((this.categories[i] as number) & GATEWAYS) === 0) continue;
      // A way bridges whatever lies between two stays, also days.
      const before = beside(view, i, -1);
      const after = beside(view, i, 1);
      const cameFrom = before < 0 ? (window.starts[0] as number) : (view.endSec[before] as number);
      const wentTo = after < 0 ? (window.starts.at(-1) as number) : (view.startSec[after] as number);
      const gone = Math.max((view.startSec[i] as number) - cameFrom, wentTo - (view.endSec[i] as number));
      const ratio = gone >= GONE_SEC_MIN ? GONE_RATIO : NOT_GONE_RATIO;
      this.leftTown[i] = gone >= GONE_SEC_MIN ? 1 : 0;
      for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++) {
        if (((1 << (this.city.venues.category[view.venue[c] as number] as number)) & GATEWAYS) === 0) continue;
        const p = view.probability[c] as number;
        view.probability[c] = (ratio * p) / (ratio * p + 1 - p);
      }
    }
  }

  private expectVisits(): void {
    const { view, expected, expectedAway } = this;
    const { category } = this.city.venues;
    expected.fill(0);
    expectedAway.fill(0);
    for (let i = 0; i < view.count; i++) {
      const isAway = view.kind[i] === STAY && this.own[i] === 0;
      if (isAway)
        for (let bits = this.categories[i] as number; bits !== 0; bits &= bits - 1)
          (this.away[31 - Math.clz32(bits & -bits)] as EntryList).add(i);
      const to = i * CANDIDATES_MAX + (view.candidates[i] as number);
      for (let c = i * CANDIDATES_MAX; c < to; c++) {
        const of = category[view.venue[c] as number] as number;
        const p = view.probability[c] as number;
        expected[of] = (expected[of] as number) + p;
        if (isAway) expectedAway[of] = (expectedAway[of] as number) + p;
      }
    }
  }

  private ownPlace(i: number): number {
    const { view } = this;
    if (view.kind[i] !== STAY) return 0;
    let own = 0;
    let nearest = OWN_VENUE_METRES ** 2;
    const x = view.x[i] as number;
    const y = view.y[i] as number;
    for (let k = 0; k < this.ownAnchors.length; k++) {
      const dx = x - (this.ownX[k] as number);
      const dy = y - (this.ownY[k] as number);
      const away = dx * dx + dy * dy;
      if (away > nearest) continue;
      const known = this.ownAnchors[k] as KnownAnchor;
      if (away > OWN_METRES ** 2 && !this.isOfSameVenue(i, known)) continue;
      nearest = away;
      own = known.anchor.kind === "home" ? AT_HOME : AT_DAY_PLACE;
    }
    return own;
  }

  /** The stay was probably at the venue that the anchor probably is. */
  private isOfSameVenue(i: number, { guess }: KnownAnchor): boolean {
    const { view } = this;
    let same = 0;
    for (let c = i * CANDIDATES_MAX; c < i * CANDIDATES_MAX + (view.candidates[i] as number); c++)
      for (const { venue, probability } of guess.venues)
        if (venue === view.venue[c] && probability >= SAME_VENUE_MIN) same += view.probability[c] as number;
    return same >= SAME_VENUE_MIN;
  }

  private categoriesOf(i: number): number {
    const { view, city } = this;
    let bits = 0;
    for (let c = 0; c < (view.candidates[i] as number); c++) {
      const category = city.venues.category[view.venue[i * CANDIDATES_MAX + c] as number] as number;
      const bit = 1 << category;
      if ((bits & bit) === 0) (this.entries[category] as EntryList).add(i);
      bits |= bit;
      if ((view.probability[i * CANDIDATES_MAX + c] as number) >= NOTICED) this.features |= bit;
    }
    return bits;
  }

  /** The subscriber was heard on a day of the window. */
  wasHeard(day: number): boolean {
    const before = this.window.starts.length - 2 - day;
    return before >= 0 && before < 32 && ((this.heard >>> before) & 1) === 1;
  }
}

/** The entry that is no way before (-1) or after (1) entry i; -1 without one. */
function beside(view: DiaryView, i: number, step: -1 | 1): number {
  for (let at = i + step; at >= 0 && at < view.count; at += step) if (view.kind[at] !== LEG) return at;
  return -1;
}

export function countOnes(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
