/**
 * Region circles: `home:`, `day:` and `active:` at the five levels. What was told to the store stands in the subscriber's record, so a
 * membership is entered above one threshold, left below a lower one, and keeps its `since` at every level that did not change.
 */
import type { Anchor, LifeFacts, PlaceFacts } from "../anchor/anchors.js";
import { type City, NONE } from "../geo/city.js";
import {
  PLACE_ACTIVE_8,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACES,
  STANDING_CELL,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
  STANDING_REGION,
  STANDING_SCORE_8,
  STANDING_SINCE_16,
} from "../stay/record.js";
import type { Stays } from "../stay/stays.js";
import type { KnownAnchor } from "./portrait.js";
import { updateActiveCircles } from "./region-active.js";
import { LEVELS, type RegionCircleKind, regionCircleNamesOf } from "./region-circle-names.js";
import { settledRegion } from "./region-of-place.js";
import { type Evaluation, isWorthTelling, leave, leftEvidence, once, round, tell } from "./region-rows.js";

/** Brings the region circles of one subscriber up to date with its anchors. */
export function updateRegionCircles(
  evaluation: Evaluation,
  slot: number,
  life: LifeFacts,
  known: readonly KnownAnchor[],
): void {
  // Who has no rest has no place, and the store was told nothing.
  if (!evaluation.stays.table.hasRest(slot)) return;
  updateAnchored(evaluation, slot, "home", STANDING_HOME, known, life);
  updateAnchored(evaluation, slot, "day", STANDING_DAY, known, life);
  updateActiveCircles(evaluation, slot, life);
}

function updateAnchored(
  evaluation: Evaluation,
  slot: number,
  kind: Exclude<RegionCircleKind, "active">,
  offset: number,
  known: readonly KnownAnchor[],
  life: LifeFacts,
): void {
  const { city, stays, options, day } = evaluation;
  const { words, halves, bytes } = stays.table;
  const at = stays.table.restWord(slot) + offset;
  const wasCell = (words[at + STANDING_CELL] as number) - 1;
  const wasRegion = (words[at + STANDING_REGION] as number) - 1;
  const anchor = known.find((one) => one.anchor.kind === kind && one.anchor.rank === 1)?.anchor;
  const isIn = anchor !== undefined && anchor.confidence >= (wasCell >= 0 ? options.leaveScore : options.enterScore);
  const place = isIn ? placeFacts(life, anchor.place) : undefined;
  const isSamePlace = isIn && bytes[at * 4 + STANDING_PLACE_8] === anchor.place + 1;
  const cell = place === undefined ? NONE : place.cell;
  const region = place === undefined ? NONE : regionOf(city, place, isSamePlace ? wasRegion : null);
  words[at + STANDING_CELL] = cell + 1;
  words[at + STANDING_REGION] = region + 1;
  bytes[at * 4 + STANDING_PLACE_8] = isIn ? anchor.place + 1 : 0;
  const toldScore = (bytes[at * 4 + STANDING_SCORE_8] as number) / 255;
  rememberScore(evaluation, at, isIn ? anchor.confidence : 0);
  const isAsTold = cell === wasCell && region === wasRegion;
  if (isAsTold && (place === undefined || !isWorthTelling(evaluation, slot, anchor?.confidence ?? 0, toldScore)))
    return;
  const names = regionCircleNamesOf(city);
  // The same at all levels.
  const evidence = evidenceOf(anchor as Anchor, place as PlaceFacts, life);
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
        evidence: leftEvidence(kind),
      });
    }
    if (now === null || anchor === undefined || place === undefined) continue;
    if (before !== now)
      halves[sinceHalf] =
        before === null ? (halves[stays.table.placeWord(slot, place.place) * 2 + PLACE_SINCE_DAY_16] as number) : day;
    const standing = {
      circle: now,
      score: anchor.confidence,
      sinceDay: halves[sinceHalf] as number,
      seenDay: place.seenDay,
      evidence,
    };
    tell(evaluation, slot, standing, before === now ? toldScore : null);
  }
}

/** @param was region in which the place was told to be, null where it was not */
function regionOf(city: City, { x, y }: PlaceFacts, was: number | null): number {
  return was === null ? city.regions.locate(x, y) : settledRegion(city, was, x, y);
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

/** True while the store has any region membership of this subscriber. */
export function hasStanding(stays: Stays, slot: number): boolean {
  const { words, bytes, halves } = stays.table;
  const record = stays.table.restWord(slot);
  if (words[record + STANDING_HOME + STANDING_CELL] !== 0 || words[record + STANDING_DAY + STANDING_CELL] !== 0)
    return true;
  for (let place = 0; place < PLACES; place++) {
    const at = stays.table.placeWord(slot, place);
    if (halves[at * 2 + PLACE_SEEN_DAY_16] !== 0 && bytes[at * 4 + PLACE_ACTIVE_8] !== 0) return true;
  }
  return false;
}

// Evidence is put together by hand: `JSON.stringify` takes longer than all else about a row, and there is nothing here to escape.

/** A function of its own: what a closure holds is put on the heap when the function around it begins, and most circles are not told. */
function evidenceOf(anchor: Anchor, place: PlaceFacts, life: LifeFacts): () => string {
  return once(
    () =>
      `{"rule":"${anchor.rule}","days":${anchor.days},"share":${round(anchor.share)},"observed_days":${life.observedDays},` +
      `"nights":${place.nights},"nights_observed":${life.nightsObserved},` +
      `"working_days":${place.workdays},"working_days_observed":${life.workdaysObserved},` +
      `"night_minutes":${place.nightMinutes},"work_minutes":${place.workMinutes},"waking_minutes":${place.wakingMinutes}}`,
  );
}
