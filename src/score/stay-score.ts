import { type Plane, toX, toY } from "../geo/city.js";
import { entryOf, type StayFact } from "./facts.js";
import { type Errors, errorsOf, f1Of, share } from "./statistics.js";

const MINUTE_MS = 60_000;

export interface StayScore {
  readonly truths: number;
  readonly found: number;
  readonly matched: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Minutes between the true and the found arrival, and departure, of the matched stays, without sign. */
  readonly arrivalErrorMinutes: Errors;
  readonly departureErrorMinutes: Errors;
}

/** A stay on a plane: metres and epoch ms. */
export interface PlacedStay {
  readonly startMs: number;
  readonly endMs: number;
  readonly x: number;
  readonly y: number;
}

export interface StayMatch {
  readonly truth: PlacedStay;
  readonly found: PlacedStay;
}

/** Intersection of two intervals over their union, 0 where they do not meet. */
export function overlapShare(a: PlacedStay, b: PlacedStay): number {
  const common = Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
  return common <= 0 ? 0 : common / (Math.max(a.endMs, b.endMs) - Math.min(a.startMs, b.startMs));
}

const OVERLAP_MIN = 0.5;
const METRES_MAX = 1000;

/**
 * Pairs true and found stays of one person: the same stay when they overlap by half of their union within 1 km. Each counts once; as the
 * stays of a person do not overlap each other, hardly one has two partners to choose from.
 */
export function matchStays(truths: readonly PlacedStay[], founds: readonly PlacedStay[]): StayMatch[] {
  const free = new Set(founds);
  const matches: StayMatch[] = [];
  for (const truth of truths) {
    let best: PlacedStay | null = null;
    let bestShare = 0;
    for (const found of free) {
      const overlap = overlapShare(truth, found);
      if (overlap < OVERLAP_MIN || overlap <= bestShare) continue;
      if (Math.hypot(truth.x - found.x, truth.y - found.y) > METRES_MAX) continue;
      best = found;
      bestShare = overlap;
    }
    if (best === null) continue;
    free.delete(best);
    matches.push({ truth, found: best });
  }
  return matches;
}

/** Scores the stays that were found of `people`. */
export function scoreStays(
  truths: readonly StayFact[],
  founds: readonly StayFact[],
  people: ReadonlySet<string>,
  plane: Plane,
): StayScore {
  const real = placedStays(truths, people, plane);
  const said = placedStays(founds, people, plane);
  const matches = [...real].flatMap(([subscriber, own]) => matchStays(own, said.get(subscriber) ?? []));
  const count = (lists: Map<string, PlacedStay[]>) => [...lists.values()].reduce((sum, list) => sum + list.length, 0);
  const counts = { truths: count(real), found: count(said), matched: matches.length };
  return {
    ...counts,
    precision: share(counts.matched, counts.found),
    recall: share(counts.matched, counts.truths),
    f1: f1Of(counts.truths, counts.found, counts.matched),
    arrivalErrorMinutes: errorsOf(matches.map((m) => Math.abs(m.found.startMs - m.truth.startMs) / MINUTE_MS)),
    departureErrorMinutes: errorsOf(matches.map((m) => Math.abs(m.found.endMs - m.truth.endMs) / MINUTE_MS)),
  };
}

/** The stays of `people` on the plane, by person. */
export function placedStays(
  stays: readonly StayFact[],
  people: ReadonlySet<string>,
  plane: Plane,
): Map<string, PlacedStay[]> {
  const lists = new Map<string, PlacedStay[]>();
  for (const { subscriber, startMs, endMs, lon, lat } of stays)
    if (people.has(subscriber))
      entryOf(lists, subscriber).push({ startMs, endMs, x: toX(plane, lon), y: toY(plane, lat) });
  return lists;
}
