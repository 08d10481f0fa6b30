import type { CityEvent } from "../geo/city.js";

/** A stay that may have been at the venue of an event; epoch seconds. */
export interface Visit {
  readonly startSec: number;
  readonly endSec: number;
  /** Standard deviations of the inferred arrival and departure, seconds. */
  readonly arrivalErrorSec: number;
  readonly departureErrorSec: number;
  /** Probability that the stay was at the venue. */
  readonly probability: number;
}

/** Part of a concert or match that must be seen, and hours of an expo (CIRCLES.md, "What counts"). */
const SHARE_MIN = 0.6;
const EXPO_SEC_MIN = 3600;

/** Normal quantiles of nine equal parts of probability, each for its middle: exact enough, and bounded. */
const QUANTILES = [-1.593, -0.967, -0.589, -0.282, 0, 0.282, 0.589, 0.967, 1.593] as const;

/**
 * Probability that somebody attended an event: was at its venue for 60 % of it, or for an hour at an expo. Arrival and departure have
 * normal errors of their own. Several stays during one event add up their time; they share one truth about where the person was, so their
 * venue probabilities are not multiplied: the time of the more doubtful ones counts in the part of the cases in which they were there, too.
 */
export function attendance(event: CityEvent, visits: readonly Visit[]): number {
  const startSec = event.startMs / 1000;
  const endSec = event.endMs / 1000;
  const neededSec =
    event.category === "expo" ? Math.min(EXPO_SEC_MIN, endSec - startSec) : SHARE_MIN * (endSec - startSec);
  const surest = [...visits].sort((a, b) => b.probability - a.probability);
  let chance = 0;
  for (let i = 0; i < surest.length; i++) {
    const least = (surest[i] as Visit).probability;
    const next = surest[i + 1]?.probability ?? 0;
    // In this part of the cases the first i + 1 stays were at the venue, and the others were not.
    chance += (least - next) * enoughTime(surest.slice(0, i + 1), startSec, endSec, neededSec);
  }
  return chance;
}

/** Probability that stays at the venue cover `neededSec` of the interval: over all pairs of quantiles of the errors, moved alike. */
function enoughTime(visits: readonly Visit[], startSec: number, endSec: number, neededSec: number): number {
  let enough = 0;
  for (const early of QUANTILES) {
    for (const late of QUANTILES) {
      let present = 0;
      for (const { startSec: from, endSec: to, arrivalErrorSec, departureErrorSec } of visits)
        present += Math.max(
          0,
          Math.min(to + late * departureErrorSec, endSec) - Math.max(from + early * arrivalErrorSec, startSec),
        );
      if (present >= neededSec) enough++;
    }
  }
  return enough / QUANTILES.length ** 2;
}
