/**
 * Region circles: `home:`, `day:` and `active:` at the five levels. What was told to the store stands in the subscriber's record, so a
 * membership is entered above one threshold, left below a lower one, and keeps its `since` at every level that did not change.
 */
import type { Anchor, LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import { type City, NONE } from "../geo/city.js";
import type { MembershipLogRow, MembershipRow } from "../rows.js";
import { placeWord } from "../stay/place.js";
import {
  PLACE_ACTIVE_8,
  PLACE_ACTIVE_SINCE_16,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACE_TOLD_CELL,
  PLACE_TOLD_REGION,
  PLACES,
  RECORD_WORDS,
  STANDING_CELL,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
  STANDING_REGION,
  STANDING_SCORE_8,
  STANDING_SINCE_16,
} from "../stay/record.js";
import type { Stays } from "../stay/stays.js";
import { LEVELS, type RegionCircleKind, regionCircleNamesOf } from "./region-circle-names.js";

/** See `circles` in config/default.yaml. */
export interface RegionCircleOptions {
  readonly enterScore: number;
  readonly leaveScore: number;
  readonly activeShareEnter: number;
  readonly activeShareLeave: number;
  /** A score that rose by this much since it was last told is `strengthened`. */
  readonly strengthenedBy: number;
}

/** The `active` bit of a place for each level. */
const activeBit = (level: number) => 1 << (level - 1);

/** Collects what changes of one subscriber's memberships at one evaluation. */
export interface MembershipSink {
  readonly memberships: MembershipRow[];
  readonly membershipLog: MembershipLogRow[];
}

export interface Evaluation {
  readonly city: City;
  readonly stays: Stays;
  readonly options: RegionCircleOptions;
  readonly sink: MembershipSink;
  /** City day that was closed, and the event time of the evaluation, epoch ms. */
  readonly day: number;
  readonly versionMs: number;
}

interface Standing {
  readonly circle: string;
  readonly score: number;
  readonly sinceDay: number;
  readonly seenDay: number;
  /** Made only for a row that is written. */
  readonly evidence: () => string;
}

/** Days after which a membership or anchor that goes on is told again, as it is on that day. */
const TOLD_AGAIN_DAYS = 3;

/** Brings the region circles of one subscriber up to date with its anchors. */
export function updateRegionCircles(
  evaluation: Evaluation,
  slot: number,
  life: LifeFacts,
  anchors: readonly Anchor[],
): void {
  updateAnchored(evaluation, slot, "home", STANDING_HOME, anchors, life);
  updateAnchored(evaluation, slot, "day", STANDING_DAY, anchors, life);
  const wheres = life.places.map((place) => toldWhere(evaluation.stays, slot, place, evaluation.city));
  const unseated = leastLived(life);
  for (const level of LEVELS) updateActive(evaluation, slot, level, life, wheres, unseated);
}

function updateAnchored(
  evaluation: Evaluation,
  slot: number,
  kind: Exclude<RegionCircleKind, "active">,
  offset: number,
  anchors: readonly Anchor[],
  life: LifeFacts,
): void {
  const { city, stays, options, day } = evaluation;
  const { words, halves, bytes } = stays.table;
  const at = slot * RECORD_WORDS + offset;
  const wasCell = (words[at + STANDING_CELL] as number) - 1;
  const wasRegion = (words[at + STANDING_REGION] as number) - 1;
  const anchor = anchors.find((a) => a.kind === kind && a.rank === 1);
  const isIn = anchor !== undefined && anchor.confidence >= (wasCell >= 0 ? options.leaveScore : options.enterScore);
  const place = isIn ? placeFacts(life, anchor.place) : undefined;
  const isSamePlace = isIn && bytes[at * 4 + STANDING_PLACE_8] === anchor.place + 1;
  // A place known better moves a little; that alone must not throw anyone out of a region, so the told region of the same place stays
  // until another cell has become its main one.
  const cell = place === undefined ? NONE : place.cell;
  const region =
    place === undefined ? NONE : isSamePlace && cell === wasCell ? wasRegion : city.regions.locate(place.x, place.y);
  words[at + STANDING_CELL] = cell + 1;
  words[at + STANDING_REGION] = region + 1;
  bytes[at * 4 + STANDING_PLACE_8] = isIn ? anchor.place + 1 : 0;
  const toldScore = (bytes[at * 4 + STANDING_SCORE_8] as number) / 255;
  rememberScore(evaluation, at, isIn ? anchor.confidence : 0);
  const isAsTold = cell === wasCell && region === wasRegion;
  if (isAsTold && (place === undefined || !isWorthTelling(evaluation, slot, anchor?.confidence ?? 0, toldScore)))
    return;
  const names = regionCircleNamesOf(city);
  for (const level of LEVELS) {
    const before = wasCell < 0 ? null : names.of(kind, level, wasRegion, wasCell);
    const now = place === undefined ? null : names.of(kind, level, region, cell);
    const sinceHalf = at * 2 + STANDING_SINCE_16 + level - 1;
    if (before !== null && before !== now) {
      leave(evaluation, slot, {
        circle: before,
        score: 0,
        sinceDay: halves[sinceHalf] as number,
        seenDay: day,
        evidence: () => leftEvidence(kind),
      });
    }
    if (now === null || anchor === undefined || place === undefined) continue;
    if (before !== now)
      halves[sinceHalf] =
        before === null ? (halves[placeWord(slot, place.place) * 2 + PLACE_SINCE_DAY_16] as number) : day;
    const standing = {
      circle: now,
      score: anchor.confidence,
      sinceDay: halves[sinceHalf] as number,
      seenDay: place.seenDay,
      evidence: () => evidenceOf(anchor, place, life),
    };
    tell(evaluation, slot, standing, before === now ? toldScore : null);
  }
}

/** The score last told is what `strengthened` is measured from; it follows the score down at once and up by steps. */
function rememberScore(evaluation: Evaluation, at: number, score: number): void {
  const { bytes } = evaluation.stays.table;
  const told = (bytes[at * 4 + STANDING_SCORE_8] as number) / 255;
  if (score < told || score >= told + evaluation.options.strengthenedBy || told === 0)
    bytes[at * 4 + STANDING_SCORE_8] = Math.round(score * 255);
}

function placeFacts(life: LifeFacts, place: number): PlaceFacts | undefined {
  return life.places.find((p) => p.place === place);
}

const CIRCLES: (string | null)[] = new Array(PLACES).fill(null);

/** Compares the shares of waking dwell by region (or cell) of a level with the two thresholds. */
function updateActive(
  evaluation: Evaluation,
  slot: number,
  level: number,
  life: LifeFacts,
  wheres: readonly Where[],
  unseated: PlaceFacts | null,
): void {
  const names = regionCircleNamesOf(evaluation.city);
  for (let at = 0; at < wheres.length; at++) {
    const [region, cell] = wheres[at] as Where;
    CIRCLES[at] = names.of("active", level, region, cell);
  }
  for (let at = 0; at < wheres.length; at++) {
    const circle = CIRCLES[at] as string | null;
    let seats = 0;
    for (let other = 0; other < wheres.length; other++) if (CIRCLES[other] === circle) seats |= 1 << other;
    // Places of one circle are taken together, at the first of them.
    if (circle === null || (seats & ((1 << at) - 1)) !== 0) continue;
    updateActiveCircle(evaluation, slot, level, life, { circle, seats, unseated });
  }
}

/** Places of a subscriber in one region, a bit for each of `life.places`, and the one that no circle may be held through. */
interface Group {
  readonly circle: string;
  readonly seats: number;
  readonly unseated: PlaceFacts | null;
}

function updateActiveCircle(
  evaluation: Evaluation,
  slot: number,
  level: number,
  life: LifeFacts,
  { circle, seats, unseated }: Group,
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
    const at = placeWord(slot, place.place);
    if (place !== unseated) minutes += place.wakingMinutes;
    seenDay = Math.max(seenDay, place.seenDay);
    knownDay = Math.min(knownDay, halves[at * 2 + PLACE_SINCE_DAY_16] as number);
    if (((bytes[at * 4 + PLACE_ACTIVE_8] as number) & bit) !== 0)
      enteredDay = Math.min(enteredDay, halves[at * 2 + PLACE_ACTIVE_SINCE_16] as number);
  }
  const share = life.wakingMinutes === 0 ? 0 : Math.min(1, minutes / life.wakingMinutes);
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
  const toldScore = held ? score : null;
  if (isIn && !isWorthTelling(evaluation, slot, score, toldScore)) return;
  const standing = { circle, score, sinceDay, seenDay, evidence: () => activeEvidence(share, minutes, life) };
  if (isIn) tell(evaluation, slot, standing, toldScore);
  else leave(evaluation, slot, standing);
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Observed days from which somebody is active anywhere. */
export const ACTIVE_DAYS_MIN = 3;

/** Score of an active region by its share of the waking time, surer with the days observed. */
export function activeScore(share: number, observedDays: number): number {
  return Math.min(0.99, (0.5 + share / 2) * (1 - Math.exp(-observedDays / 3)));
}

/** With all seats taken the least lived-in place may have to make room, so no circle is held through it. */
export function leastLived(life: LifeFacts): PlaceFacts | null {
  if (life.places.length < PLACES) return null;
  return life.places.reduce((least, place) => (place.wakingMinutes < least.wakingMinutes ? place : least));
}

type Where = readonly [region: number, cell: number];

/** Region and cell of a place as its circles were told; those of today while none is held. */
function toldWhere(stays: Stays, slot: number, place: PlaceFacts, city: City): Where {
  const { words, bytes } = stays.table;
  const at = placeWord(slot, place.place);
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
  const at = placeWord(slot, place.place);
  const bits = bytes[at * 4 + PLACE_ACTIVE_8] as number;
  if (isIn && bits === 0) {
    halves[at * 2 + PLACE_ACTIVE_SINCE_16] = sinceDay;
    words[at + PLACE_TOLD_REGION] = city.regions.locate(place.x, place.y) + 1;
    words[at + PLACE_TOLD_CELL] = place.cell + 1;
  }
  bytes[at * 4 + PLACE_ACTIVE_8] = isIn ? bits | bit : bits & ~bit;
}

// Evidence is put together by hand: `JSON.stringify` takes longer than all else about a row, and there is nothing here to escape.

function evidenceOf(anchor: Anchor, place: PlaceFacts, life: LifeFacts): string {
  return (
    `{"rule":"${anchor.rule}","days":${anchor.days},"share":${round(anchor.share)},"observed_days":${life.observedDays},` +
    `"nights":${place.nights},"nights_observed":${life.nightsObserved},` +
    `"working_days":${place.workdays},"working_days_observed":${life.workdaysObserved},` +
    `"night_minutes":${place.nightMinutes},"work_minutes":${place.workMinutes},"waking_minutes":${place.wakingMinutes}}`
  );
}

function activeEvidence(share: number, minutes: number, life: LifeFacts): string {
  return (
    `{"rule":"waking-share","share":${round(share)},"waking_minutes":${minutes},` +
    `"of_minutes":${life.wakingMinutes},"observed_days":${life.observedDays}}`
  );
}

function leftEvidence(kind: string): string {
  return `{"rule":"left","because":"the ${kind} place is elsewhere or no longer sure"}`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** A membership is told when it is new (`toldScore` null) or has become stronger; one that goes on is told again now and then. */
function isWorthTelling(evaluation: Evaluation, slot: number, score: number, toldScore: number | null): boolean {
  return (
    toldScore === null ||
    isStronger(evaluation, score, toldScore) ||
    isToldAgain(evaluation.stays, evaluation.day, slot)
  );
}

function isStronger({ options }: Evaluation, score: number, toldScore: number): boolean {
  return toldScore > 0 && score >= toldScore + options.strengthenedBy;
}

/** Writes a membership that is worth it; logs it when it is new or has become stronger. */
function tell(evaluation: Evaluation, slot: number, standing: Standing, toldScore: number | null): void {
  if (!isWorthTelling(evaluation, slot, standing.score, toldScore)) return;
  const row = rowOf(evaluation, slot, standing, false);
  evaluation.sink.memberships.push(row);
  if (toldScore === null) evaluation.sink.membershipLog.push({ ...row, change: "entered" });
  else if (isStronger(evaluation, standing.score, toldScore))
    evaluation.sink.membershipLog.push({ ...row, change: "strengthened" });
}

/** What goes on is told again on such a day. Subscribers take turns by their keys, so that each day has its share of the rows. */
export function isToldAgain(stays: Stays, day: number, slot: number): boolean {
  return (day + stays.table.lo(slot)) % TOLD_AGAIN_DAYS === 0;
}

function leave(evaluation: Evaluation, slot: number, standing: Standing): void {
  const row = rowOf(evaluation, slot, standing, true);
  evaluation.sink.memberships.push(row);
  evaluation.sink.membershipLog.push({ ...row, change: "left" });
}

function rowOf(evaluation: Evaluation, slot: number, standing: Standing, gone: boolean): MembershipRow {
  const { calendar, table } = evaluation.stays;
  return {
    subscriberHi: table.hi(slot),
    subscriberLo: table.lo(slot),
    dimension: "region",
    circle: standing.circle,
    score: standing.score,
    sinceMs: calendar.dayStart(standing.sinceDay) * 1000,
    seenMs: Math.min(evaluation.versionMs, calendar.dayStart(standing.seenDay + 1) * 1000 - 1000),
    evidence: standing.evidence(),
    versionMs: evaluation.versionMs,
    gone,
  };
}

/** True while the store has any region membership of this subscriber. */
export function hasStanding(stays: Stays, slot: number): boolean {
  const { words, bytes, halves } = stays.table;
  const record = slot * RECORD_WORDS;
  if (words[record + STANDING_HOME + STANDING_CELL] !== 0 || words[record + STANDING_DAY + STANDING_CELL] !== 0)
    return true;
  for (let place = 0; place < PLACES; place++) {
    const at = placeWord(slot, place);
    if (halves[at * 2 + PLACE_SEEN_DAY_16] !== 0 && bytes[at * 4 + PLACE_ACTIVE_8] !== 0) return true;
  }
  return false;
}
