import type { Plane } from "../../src/geo/city.js";
import type { StayFact } from "../../src/score/facts.js";
import { matchStays, overlapShare, type PlacedStay, placedStays } from "../../src/score/stay-score.js";
import type { KeptEvent } from "./kept-events.js";

const METRES_MAX = 1000;
const SAME_PLACE_METRES = 300;

/** Why a true stay is missed, in the order in which it is asked. */
export const LOSSES = [
  "not heard",
  "right time, over 1 km off",
  "one with a later or earlier stay at the same place",
  "one with a stay at another place",
  "other times, at most 1 km off",
  "heard on the way, or as part of a stay over 1 km off",
] as const;

/** Missed true stays by reason. */
export type StayLosses = Record<(typeof LOSSES)[number], number>;

/** Why the true stays of `people` that were not found were missed. */
export function lossesOf(
  truths: readonly StayFact[],
  founds: readonly StayFact[],
  events: ReadonlyMap<string, readonly KeptEvent[]>,
  people: ReadonlySet<string>,
  plane: Plane,
): StayLosses {
  const losses = Object.fromEntries(LOSSES.map((why) => [why, 0])) as StayLosses;
  const said = placedStays(founds, people, plane);
  for (const [subscriber, own] of placedStays(truths, people, plane)) {
    const found = said.get(subscriber) ?? [];
    const matched = new Set(matchStays(own, found).map(({ truth }) => truth));
    for (const truth of own) if (!matched.has(truth)) losses[lossOf(truth, own, found, events.get(subscriber) ?? [])]++;
  }
  return losses;
}

function lossOf(
  truth: PlacedStay,
  own: readonly PlacedStay[],
  found: readonly PlacedStay[],
  events: readonly KeptEvent[],
): keyof StayLosses {
  if (!events.some(({ ms }) => ms >= truth.startMs && ms <= truth.endMs)) return "not heard";
  const touching = found.filter((stay) => overlapShare(stay, truth) > 0);
  if (touching.some((stay) => overlapShare(stay, truth) >= 0.5 && metres(stay, truth) > METRES_MAX))
    return "right time, over 1 km off";
  const near = touching.filter((stay) => metres(stay, truth) <= METRES_MAX);
  const best = near.toSorted((a, b) => overlapShare(b, truth) - overlapShare(a, truth))[0];
  if (best === undefined) return "heard on the way, or as part of a stay over 1 km off";
  const others = own.filter((other) => other !== truth && covers(best, other));
  if (others.some((other) => metres(other, truth) <= SAME_PLACE_METRES))
    return "one with a later or earlier stay at the same place";
  return others.length > 0 ? "one with a stay at another place" : "other times, at most 1 km off";
}

/** More than half of the other lies within the stay. */
function covers(stay: PlacedStay, other: PlacedStay): boolean {
  const common = Math.min(stay.endMs, other.endMs) - Math.max(stay.startMs, other.startMs);
  return common > 0.5 * (other.endMs - other.startMs);
}

function metres(a: PlacedStay, b: PlacedStay): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
