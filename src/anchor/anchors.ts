/**
 * Anchors: the places a subscriber's life hangs on. Each rule looks at one subscriber's own days, so that what one person's data lacks
 * never switches a rule off for another.
 */
import type { LifeTallies, PlaceBooks } from "../rows.js";
import { countBits } from "../stay/bits.js";
import { placePosition } from "../stay/place.js";
import {
  cellRow,
  LINE_NIGHT_OBSERVATIONS_16,
  LINE_NIGHTS_OBSERVED,
  LINE_OBSERVED_DAYS,
  LINE_WAKING_MINUTES_16,
  LINE_WORDS,
  LINE_WORK_OBSERVATIONS_16,
  LINE_WORKDAYS_OBSERVED,
  PLACE_CELL,
  PLACE_NIGHT_MINUTES_16,
  PLACE_NIGHTS,
  PLACE_SEEN_DAY_16,
  PLACE_WAKING_MINUTES_16,
  PLACE_WORK_MINUTES_16,
  PLACE_WORKDAYS,
  PLACES,
} from "../stay/record.js";
import type { Stays } from "../stay/stays.js";

/** See `anchors` in config/default.yaml. */
export interface AnchorOptions {
  /** Below this many observed days the answer is "not enough observed": no anchors. */
  readonly observedDaysMin: number;
  /** Nights (or working days) at a place that make an anchor by the rule of nights (working days). */
  readonly anchorDaysMin: number;
  /** Share of the observed nights at a place other than home that makes it a second home. */
  readonly secondHomeShareMin: number;
  /** Share of the observed working days at a place that makes it the day place. */
  readonly dayShareMin: number;
}

export interface Anchor {
  readonly kind: "home" | "day" | "other";
  readonly rank: number;
  /** Place number in the record. */
  readonly place: number;
  readonly rule: string;
  readonly days: number;
  /** Nights, working days or waking minutes at the place over all that were observed. */
  readonly share: number;
  readonly confidence: number;
}

/** What the rules look at: one place in plain numbers. */
export interface PlaceFacts extends PlaceBooks {
  readonly place: number;
  readonly x: number;
  readonly y: number;
  readonly sigma: number;
  /** Row of the heaviest cell. */
  readonly cell: number;
}

export interface LifeFacts extends LifeTallies {
  readonly places: readonly PlaceFacts[];
}

/** The last observed days that tell a move of home. */
const RECENT = 2 ** 7 - 1;

/** Reads a subscriber's record into plain numbers. */
export function lifeFacts(stays: Stays, slot: number): LifeFacts {
  const { lines, lineHalves, words, halves } = stays.table;
  const line = slot * LINE_WORDS;
  const places: PlaceFacts[] = [];
  for (let place = 0; place < PLACES; place++) {
    const at = stays.table.placeWord(slot, place);
    const seenDay = halves[at * 2 + PLACE_SEEN_DAY_16] as number;
    if (seenDay === 0) continue;
    const { x, y, sigma } = placePosition(stays, slot, place);
    places.push({
      place,
      x,
      y,
      sigma,
      cell: cellRow(words[at + PLACE_CELL] as number),
      nights: countBits(words[at + PLACE_NIGHTS] as number),
      recentNights: countBits((words[at + PLACE_NIGHTS] as number) & RECENT),
      workdays: countBits(words[at + PLACE_WORKDAYS] as number),
      nightMinutes: halves[at * 2 + PLACE_NIGHT_MINUTES_16] as number,
      workMinutes: halves[at * 2 + PLACE_WORK_MINUTES_16] as number,
      wakingMinutes: halves[at * 2 + PLACE_WAKING_MINUTES_16] as number,
      seenDay,
    });
  }
  return {
    observedDays: countBits(lines[line + LINE_OBSERVED_DAYS] as number),
    nightsObserved: countBits(lines[line + LINE_NIGHTS_OBSERVED] as number),
    recentNightsObserved: countBits((lines[line + LINE_NIGHTS_OBSERVED] as number) & RECENT),
    workdaysObserved: countBits(lines[line + LINE_WORKDAYS_OBSERVED] as number),
    wakingMinutes: lineHalves[line * 2 + LINE_WAKING_MINUTES_16] as number,
    nightObservations: lineHalves[line * 2 + LINE_NIGHT_OBSERVATIONS_16] as number,
    workObservations: lineHalves[line * 2 + LINE_WORK_OBSERVATIONS_16] as number,
    places,
  };
}

/** The anchors that the facts allow, home first; empty when there is not enough observed. */
export function findAnchors(life: LifeFacts, options: AnchorOptions): Anchor[] {
  // Filled one by one, whoever it is: V8 has other kinds of arrays for what is mapped, spread or empty, and compiles all that reads it for each.
  const anchors: Anchor[] = [];
  if (life.observedDays < options.observedDaysMin || life.places.length === 0) return anchors;
  const shift = nightShift(life, options);
  if (shift !== null) add(anchors, shift);
  else {
    const home = findHome(life, options);
    if (home !== null) {
      anchors.push(home);
      add(anchors, secondHome(life, home, options));
    }
    add(anchors, findDay(life, anchors, options));
  }
  add(anchors, otherPlaces(life, anchors));
  return anchors;
}

function add(anchors: Anchor[], others: readonly Anchor[]): void {
  for (const other of others) anchors.push(other);
}

function best(places: readonly PlaceFacts[], value: (place: PlaceFacts) => number): PlaceFacts | null {
  let found: PlaceFacts | null = null;
  for (const place of places) if (value(place) > 0 && (found === null || value(place) > value(found))) found = place;
  return found;
}

/** Sure with the share of days and with their number: a place seen on 3 of 3 days is less sure than one on 20 of 22. */
function confidence(share: number, days: number, base: number): number {
  return Math.min(0.99, base + 0.45 * Math.min(1, share) + 0.25 * (1 - Math.exp(-days / 4)));
}

interface Support {
  /** Nights or days that speak for the anchor, and their share of all that were observed. */
  readonly days: number;
  readonly share: number;
  /** What the rule is worth before any day is counted. */
  readonly base: number;
}

function anchorAt(
  { place }: PlaceFacts,
  kind: Anchor["kind"],
  rank: number,
  rule: string,
  { days, share, base }: Support,
): Anchor {
  return { kind, rank, place, rule, days, share, confidence: confidence(share, days, base) };
}

/**
 * An anchor for what it turns out to be. A literal as the others are: what begins with a spread has a shape of its own, and all that reads
 * anchors is compiled once more for it.
 */
export function anchorAs(
  { place, days, share }: Anchor,
  { kind, rank, rule, confidence }: Pick<Anchor, "kind" | "rank" | "rule" | "confidence">,
): Anchor {
  return { kind, rank, place, rule, days, share, confidence };
}

function findHome(life: LifeFacts, options: AnchorOptions): Anchor | null {
  if (life.nightsObserved >= options.anchorDaysMin) {
    const usual = best(life.places, (p) => p.nights + p.nightMinutes / 600);
    const moved = movedTo(life, usual, options);
    const place = moved ?? usual;
    if (place !== null && place.nights >= options.anchorDaysMin) {
      const share =
        moved === null ? place.nights / life.nightsObserved : place.recentNights / life.recentNightsObserved;
      return anchorAt(place, "home", 1, moved === null ? "nights" : "moved", { days: place.nights, share, base: 0.3 });
    }
  }
  // Nights are thin: evenings and days off are spent at home more than anywhere else.
  const leisure = (p: PlaceFacts) => p.nightMinutes * 2 + p.wakingMinutes - p.workMinutes;
  const place = best(life.places, leisure);
  if (place === null) return null;
  const all = life.places.reduce((sum, p) => sum + leisure(p), 0);
  const share = leisure(place) / all;
  if (share < 0.4) return null;
  return {
    kind: "home",
    rank: 1,
    place: place.place,
    rule: "evenings",
    days: Math.max(1, place.nights),
    share,
    confidence: confidence(share, place.nights, 0.1),
  };
}

/** Home is elsewhere by now: the recent nights are all at a place other than the usual one. */
function movedTo(life: LifeFacts, usual: PlaceFacts | null, options: AnchorOptions): PlaceFacts | null {
  if (usual === null || usual.recentNights > 0 || life.recentNightsObserved < options.anchorDaysMin + 1) return null;
  const recent = best(life.places, (p) => p.recentNights);
  return recent !== null && recent.recentNights >= 0.6 * life.recentNightsObserved ? recent : null;
}

function secondHome(life: LifeFacts, home: Anchor, options: AnchorOptions): Anchor[] {
  const second = best(
    life.places.filter((p) => p.place !== home.place),
    (p) => p.nights,
  );
  if (
    second === null ||
    second.nights < options.anchorDaysMin ||
    second.nights < options.secondHomeShareMin * life.nightsObserved
  )
    return [];
  const share = second.nights / life.nightsObserved;
  return [anchorAt(second, "home", 2, "nights", { days: second.nights, share, base: 0.2 })];
}

/**
 * Heard at least so often by night as in working hours, a minute of presence: awake by night, asleep by day. Of simulated people who sleep
 * at night half are below 0.4 (in the Hangzhou data 0.12), night workers are above 0.55.
 */
const AWAKE_AT_NIGHT_MIN = 0.5;
/** Observations a night at work: of somebody who is hardly heard at all, nobody knows when they are awake. */
const HEARD_A_NIGHT_MIN = 2;

/**
 * Works nights, sleeps days: nights at one place that sees little of the day, working days at another, where the nights off are spent, and
 * heard by night no less than awake people are. Without the last, who works late and sleeps elsewhere would look the same.
 */
function nightShift(life: LifeFacts, options: AnchorOptions): Anchor[] | null {
  if (life.nightsObserved < options.anchorDaysMin || life.workdaysObserved < options.anchorDaysMin) return null;
  const work = best(life.places, (p) => p.nights);
  const home = best(life.places, (p) => p.workdays);
  if (work === null || home === null || work.place === home.place) return null;
  const sleepsThereByDay = home.workdays >= 0.5 * life.workdaysObserved && home.workMinutes >= 180 * home.workdays;
  const atHomeOnNightsOff = home.nights >= Math.max(2, 0.15 * life.nightsObserved);
  const onlyAtNight = work.workdays <= 0.2 * life.workdaysObserved && work.wakingMinutes < 0.45 * home.wakingMinutes;
  if (!sleepsThereByDay || !atHomeOnNightsOff || !onlyAtNight || !isAwakeAtNight(life, work)) return null;
  const homeShare = home.workdays / life.workdaysObserved;
  const workShare = work.nights / life.nightsObserved;
  return [
    anchorAt(home, "home", 1, "night-shift", { days: home.workdays, share: homeShare, base: 0.15 }),
    anchorAt(work, "day", 1, "night-shift", { days: work.nights, share: workShare, base: 0.15 }),
  ];
}

function isAwakeAtNight(life: LifeFacts, work: PlaceFacts): boolean {
  if (life.nightObservations < HEARD_A_NIGHT_MIN * work.nights) return false;
  const nightMinutes = life.places.reduce((sum, p) => sum + p.nightMinutes, 0);
  const workMinutes = life.places.reduce((sum, p) => sum + p.workMinutes, 0);
  return life.nightObservations * workMinutes >= AWAKE_AT_NIGHT_MIN * life.workObservations * nightMinutes;
}

/**
 * Minutes of the working hours a working day from which a place is where the day is spent: two to three hours, as the minutes have faded. Who
 * comes for less, however often, comes to lunch, to a park, or to see somebody.
 */
const WORK_MINUTES_A_DAY_MIN = 90;
/** Share of the waking hours that makes a place away from home the day place: that of a part-time job. */
const WAKING_SHARE_MIN = 0.1;

function findDay(life: LifeFacts, homes: readonly Anchor[], options: AnchorOptions): Anchor[] {
  const elsewhere = life.places.filter((p) => homes.every((home) => home.place !== p.place));
  const usual = best(
    elsewhere.filter((p) => p.workMinutes >= WORK_MINUTES_A_DAY_MIN * p.workdays),
    (p) => p.workMinutes,
  );
  if (
    usual !== null &&
    usual.workdays >= options.anchorDaysMin &&
    usual.workdays >= options.dayShareMin * life.workdaysObserved
  ) {
    const share = usual.workdays / life.workdaysObserved;
    return [anchorAt(usual, "day", 1, "working-days", { days: usual.workdays, share, base: 0.3 })];
  }
  // Work outside office hours: the place away from home with the most of the waking hours, when it is a good part of them.
  const longest = best(elsewhere, (p) => p.wakingMinutes);
  const share = longest === null ? 0 : longest.wakingMinutes / life.wakingMinutes;
  if (longest === null || share < WAKING_SHARE_MIN || longest.wakingMinutes < options.anchorDaysMin * 180)
    return dayAtHome(life, homes, options);
  // The minutes may be more than those of the mask's days, since they fade and do not end.
  const days = Math.min(life.observedDays, Math.round(longest.wakingMinutes / 480));
  return [anchorAt(longest, "day", 1, "waking-hours", { days, share, base: 0.1 })];
}

/** Below what keeps anybody in a circle: see `leaveScore` in config/default.yaml. */
const DAY_AT_HOME_CONFIDENCE = 0.35;

/**
 * Working days are spent where the nights are: at home, or so near it that no cell tells them apart. It is an answer to where, not to what
 * somebody is, so it is never sure enough to enter a circle by itself, or to stay in one.
 */
function dayAtHome(life: LifeFacts, homes: readonly Anchor[], options: AnchorOptions): Anchor[] {
  const home = life.places.find((p) => p.place === homes[0]?.place);
  if (home === undefined || home.workdays < options.anchorDaysMin || home.workdays < 0.5 * life.workdaysObserved)
    return [];
  const share = home.workdays / life.workdaysObserved;
  return [
    {
      kind: "day",
      rank: 1,
      place: home.place,
      rule: "day-at-home",
      days: home.workdays,
      share,
      confidence: DAY_AT_HOME_CONFIDENCE * share,
    },
  ];
}

function otherPlaces(life: LifeFacts, anchors: readonly Anchor[]): Anchor[] {
  return life.places
    .filter(
      (p) =>
        anchors.every((anchor) => anchor.place !== p.place) &&
        p.wakingMinutes >= 0.05 * life.wakingMinutes &&
        p.wakingMinutes > 0,
    )
    .sort((a, b) => b.wakingMinutes - a.wakingMinutes || a.place - b.place)
    .slice(0, 2)
    .map((p, at) => {
      const share = p.wakingMinutes / life.wakingMinutes;
      return {
        kind: "other",
        rank: at + 1,
        place: p.place,
        rule: "waking-hours",
        days: Math.max(p.nights, p.workdays, 1),
        share,
        confidence: confidence(share, p.workdays, 0.1),
      };
    });
}
