/** The `active:` circles: where somebody spends a fifth or more of the waking time, a place or several of one region together. */
import type { LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import { type City, NONE } from "../geo/city.js";
import {
  PLACE_ACTIVE_8,
  PLACE_ACTIVE_SINCE_16,
  PLACE_SINCE_DAY_16,
  PLACE_TOLD_CELL,
  PLACE_TOLD_REGION,
  PLACES,
} from "../stay/record.js";
import type { Stays } from "../stay/stays.js";
import { LEVELS, regionCircleNamesOf } from "./region-circle-names.js";
import { settledRegion } from "./region-of-place.js";
import { type Evaluation, isWorthTelling, leave, leftEvidence, round, tell } from "./region-rows.js";

/** The `active` bit of a place for each level. */
const activeBit = (level: number) => 1 << (level - 1);

/** Brings the active regions and cells of one subscriber up to date. */
export function updateActiveCircles(evaluation: Evaluation, slot: number, life: LifeFacts): void {
  const entered = followPlaces(evaluation, slot, life);
  const wheres: Where[] = [];
  for (const place of life.places)
    wheres.push(
      isLivedIn(evaluation.stays, slot, place, life)
        ? toldWhere(evaluation.stays, slot, place, evaluation.city)
        : NOWHERE,
    );
  const lived = { life, wheres, unseated: leastLived(life), entered, evidence: evidenceIn(life) };
  for (const level of LEVELS) updateActive(evaluation, slot, level, lived);
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * A place that is better known may turn out to lie in another region or to have another main cell: what was held through it is left, and
 * what it is held through now is named, for it was not told yet.
 */
function followPlaces(evaluation: Evaluation, slot: number, life: LifeFacts): ReadonlySet<string> {
  const { city, stays, day } = evaluation;
  const { words, bytes } = stays.table;
  let before: Map<string, number> | null = null;
  for (const place of life.places) {
    const at = stays.table.placeWord(slot, place.place);
    if (bytes[at * 4 + PLACE_ACTIVE_8] === 0) continue;
    const [wasRegion, wasCell] = toldWhere(stays, slot, place, city);
    const region = settledRegion(city, wasRegion, place.x, place.y);
    if (region === wasRegion && place.cell === wasCell) continue;
    before ??= heldActive(evaluation, slot, life);
    words[at + PLACE_TOLD_REGION] = region + 1;
    words[at + PLACE_TOLD_CELL] = place.cell + 1;
  }
  if (before === null) return NOTHING;
  const after = heldActive(evaluation, slot, life);
  for (const [circle, sinceDay] of before)
    if (!after.has(circle))
      leave(evaluation, slot, { circle, score: 0, sinceDay, seenDay: day, evidence: leftEvidence("active") });
  return new Set([...after.keys()].filter((circle) => !before.has(circle)));
}

/** The active circles that a subscriber is in, each with the day from which. */
function heldActive({ city, stays }: Evaluation, slot: number, life: LifeFacts): Map<string, number> {
  const { halves, bytes } = stays.table;
  const names = regionCircleNamesOf(city);
  const held = new Map<string, number>();
  for (const place of life.places) {
    const at = stays.table.placeWord(slot, place.place);
    const bits = bytes[at * 4 + PLACE_ACTIVE_8] as number;
    const [region, cell] = toldWhere(stays, slot, place, city);
    const since = halves[at * 2 + PLACE_ACTIVE_SINCE_16] as number;
    for (const level of LEVELS) {
      const circle = (bits & activeBit(level)) === 0 ? null : names.of("active", level, region, cell);
      if (circle !== null) held.set(circle, Math.min(since, held.get(circle) ?? since));
    }
  }
  return held;
}

const CIRCLES: (string | null)[] = new Array(PLACES).fill(null);

/** A subscriber in hand, the same at all levels. */
interface Lived {
  readonly life: LifeFacts;
  /** Of each of `life.places`. */
  readonly wheres: readonly Where[];
  /** The place that no circle may be held through. */
  readonly unseated: PlaceFacts | null;
  /** Circles that are held since today, as a place turned out to lie there. */
  readonly entered: ReadonlySet<string>;
  /** Of so many waking minutes. */
  readonly evidence: (minutes: number) => string;
}

/** Compares the shares of waking dwell by region (or cell) of a level with the two thresholds. */
function updateActive(evaluation: Evaluation, slot: number, level: number, lived: Lived): void {
  const { wheres } = lived;
  const names = regionCircleNamesOf(evaluation.city);
  for (let at = 0; at < wheres.length; at++) {
    const [region, cell] = wheres[at] as Where;
    CIRCLES[at] = cell === NONE ? null : names.of("active", level, region, cell);
  }
  let taken = 0;
  for (let at = 0; at < wheres.length; at++) {
    const circle = CIRCLES[at] as string | null;
    // Places of one circle are taken together, at the first of them.
    if (circle === null || (taken & (1 << at)) !== 0) continue;
    let seats = 1 << at;
    for (let other = at + 1; other < wheres.length; other++) if (CIRCLES[other] === circle) seats |= 1 << other;
    taken |= seats;
    updateActiveCircle(evaluation, slot, level, lived, circle, seats);
  }
}

/** @param seats the places in the circle, a bit for each of `life.places` */
function updateActiveCircle(
  evaluation: Evaluation,
  slot: number,
  level: number,
  { life, unseated, entered, evidence }: Lived,
  circle: string,
  seats: number,
): void {
  const { stays, options } = evaluation;
  const { halves, bytes } = stays.table;
  const bit = activeBit(level);
  let minutes = 0;
  let seenDay = 0;
  let enteredDay = Number.POSITIVE_INFINITY;
  let knownDay = Number.POSITIVE_INFINITY;
  for (let rest = seats; rest !== 0; rest &= rest - 1) {
    const place = life.places[lowestBit(rest)] as PlaceFacts;
    const at = stays.table.placeWord(slot, place.place);
    if (place !== unseated) minutes += place.wakingMinutes;
    seenDay = Math.max(seenDay, place.seenDay);
    knownDay = Math.min(knownDay, halves[at * 2 + PLACE_SINCE_DAY_16] as number);
    if (((bytes[at * 4 + PLACE_ACTIVE_8] as number) & bit) !== 0)
      enteredDay = Math.min(enteredDay, halves[at * 2 + PLACE_ACTIVE_SINCE_16] as number);
  }
  const share = shareOf(minutes, life);
  const held = enteredDay !== Number.POSITIVE_INFINITY;
  const isIn =
    life.observedDays >= ACTIVE_DAYS_MIN && share >= (held ? options.activeShareLeave : options.activeShareEnter);
  if (!held && !isIn) return;
  const sinceDay = held ? enteredDay : knownDay;
  for (let rest = seats; rest !== 0; rest &= rest - 1) {
    const place = life.places[lowestBit(rest)] as PlaceFacts;
    setActive(evaluation, slot, place, bit, isIn && place !== unseated, sinceDay);
  }
  const score = activeScore(share, life.observedDays);
  // Held, but not told yet.
  const isNew = entered.has(circle);
  if (isNew && !isIn) return;
  const toldScore = held && !isNew ? score : null;
  if (isIn && !isWorthTelling(evaluation, slot, score, toldScore)) return;
  const standing = { circle, score, sinceDay, seenDay, evidence: evidenceOf(evidence, minutes) };
  if (isIn) tell(evaluation, slot, standing, toldScore);
  else leave(evaluation, slot, standing);
}

/** A function of its own: what a closure holds is put on the heap when the function around it begins, and most circles are not told. */
function evidenceOf(evidence: (minutes: number) => string, minutes: number): () => string {
  return () => evidence(minutes);
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Observed days from which somebody is active anywhere. */
export const ACTIVE_DAYS_MIN = 3;

/** How often a region is right, far above the share that makes it active and at the share at which it is left, and how fast that rises. */
const SURE = 0.97;
const AT_THE_LEAST = 0.7;
const LEAST_SHARE = 0.15;
const SHARE_SCALE = 0.1;

/** Score of an active region by its share of the waking time, surer with the days observed. */
export function activeScore(share: number, observedDays: number): number {
  const above = Math.max(0, share - LEAST_SHARE);
  const sure = SURE - (SURE - AT_THE_LEAST) * Math.exp(-above / SHARE_SCALE);
  return sure * (1 - Math.exp(-observedDays / 3));
}

/** With all seats taken the least lived-in place may have to make room, so no circle is held through it. */
export function leastLived(life: LifeFacts): PlaceFacts | null {
  if (life.places.length < PLACES) return null;
  return life.places.reduce((least, place) => (place.wakingMinutes < least.wakingMinutes ? place : least));
}

/** Of the waking hours at a place that cannot make a circle with any other, nobody asks where they were. */
const LIVED_IN_SHARE_MIN = 0.02;
const NOWHERE: Where = [NONE, NONE];

function isLivedIn(stays: Stays, slot: number, place: PlaceFacts, life: LifeFacts): boolean {
  return (
    place.wakingMinutes >= LIVED_IN_SHARE_MIN * life.wakingMinutes ||
    stays.table.bytes[stays.table.placeWord(slot, place.place) * 4 + PLACE_ACTIVE_8] !== 0
  );
}

type Where = readonly [region: number, cell: number];

/** Region and cell of a place as its circles were told; those of today while none is held. */
function toldWhere(stays: Stays, slot: number, place: PlaceFacts, city: City): Where {
  const { words, bytes } = stays.table;
  const at = stays.table.placeWord(slot, place.place);
  if (bytes[at * 4 + PLACE_ACTIVE_8] === 0) return [city.regions.locate(place.x, place.y), place.cell];
  return [(words[at + PLACE_TOLD_REGION] as number) - 1, (words[at + PLACE_TOLD_CELL] as number) - 1];
}

function setActive(
  evaluation: Evaluation,
  slot: number,
  place: PlaceFacts,
  bit: number,
  isIn: boolean,
  sinceDay: number,
): void {
  const { city, stays } = evaluation;
  const { words, halves, bytes } = stays.table;
  const at = stays.table.placeWord(slot, place.place);
  const bits = bytes[at * 4 + PLACE_ACTIVE_8] as number;
  if (isIn && bits === 0) {
    halves[at * 2 + PLACE_ACTIVE_SINCE_16] = sinceDay;
    words[at + PLACE_TOLD_REGION] = city.regions.locate(place.x, place.y) + 1;
    words[at + PLACE_TOLD_CELL] = place.cell + 1;
  }
  bytes[at * 4 + PLACE_ACTIVE_8] = isIn ? bits | bit : bits & ~bit;
}

function shareOf(minutes: number, life: LifeFacts): number {
  return life.wakingMinutes === 0 ? 0 : Math.min(1, minutes / life.wakingMinutes);
}

/** Most levels in turn speak of the same minutes. */
function evidenceIn(life: LifeFacts): (minutes: number) => string {
  let of = -1;
  let made = "";
  return (minutes) => {
    if (minutes !== of) made = activeEvidence(minutes, life);
    of = minutes;
    return made;
  };
}

function activeEvidence(minutes: number, life: LifeFacts): string {
  return (
    `{"rule":"waking-share","share":${round(shareOf(minutes, life))},"waking_minutes":${minutes},` +
    `"of_minutes":${life.wakingMinutes},"observed_days":${life.observedDays}}`
  );
}
