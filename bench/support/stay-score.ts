import { type City, toX, toY } from "../../src/geo/city.js";
import type { StayRow } from "../../src/rows.js";
import { entryOf, type Heard } from "./heard.js";
import type { TrueStay } from "./truth.js";

const MINUTE_MS = 60_000;

export interface StayScore {
  readonly truths: number;
  readonly found: number;
  readonly matched: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly medianArrivalErrorMinutes: number;
  readonly medianDepartureErrorMinutes: number;
  /** Share of the true stays in which the phone was not heard once. */
  readonly unheardShare: number;
}

/** A stay on the city's plane: metres and epoch ms. */
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
      const share = overlapShare(truth, found);
      if (share < OVERLAP_MIN || share <= bestShare || Math.hypot(truth.x - found.x, truth.y - found.y) > METRES_MAX)
        continue;
      best = found;
      bestShare = share;
    }
    if (best === null) continue;
    free.delete(best);
    matches.push({ truth, found: best });
  }
  return matches;
}

/** The middle value, the upper one of two; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Scores the stays said about the people of the truth. */
export function scoreStays(city: City, heard: Heard, stays: readonly TrueStay[]): StayScore {
  const bySubscriber = new Map<string, TrueStay[]>();
  for (const stay of stays) entryOf(bySubscriber, stay.subscriber).push(stay);
  const placed = (stay: TrueStay | StayRow): PlacedStay => ({
    startMs: stay.startMs,
    endMs: stay.endMs,
    x: toX(city.plane, stay.lon),
    y: toY(city.plane, stay.lat),
  });
  const arrivals: number[] = [];
  const departures: number[] = [];
  let truths = 0;
  let found = 0;
  let unheard = 0;
  for (const [name, own] of bySubscriber) {
    const said = heard.stays.get(name) ?? [];
    truths += own.length;
    found += said.length;
    unheard += countUnheard(own, heard.times.get(name) ?? []);
    for (const match of matchStays(own.map(placed), said.map(placed))) {
      arrivals.push(Math.abs(match.found.startMs - match.truth.startMs) / MINUTE_MS);
      departures.push(Math.abs(match.found.endMs - match.truth.endMs) / MINUTE_MS);
    }
  }
  const precision = arrivals.length / found;
  const recall = arrivals.length / truths;
  return {
    truths,
    found,
    matched: arrivals.length,
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall),
    medianArrivalErrorMinutes: median(arrivals),
    medianDepartureErrorMinutes: median(departures),
    unheardShare: unheard / truths,
  };
}

/** Stays in which no event lies. */
function countUnheard(stays: readonly TrueStay[], heardMs: readonly number[]): number {
  const sorted = Float64Array.from(heardMs).sort();
  let at = 0;
  let unheard = 0;
  for (const stay of stays.toSorted((a, b) => a.startMs - b.startMs)) {
    while (at < sorted.length && (sorted[at] ?? 0) < stay.startMs) at++;
    if (at === sorted.length || (sorted[at] ?? 0) > stay.endMs) unheard++;
  }
  return unheard;
}
