import type { Membership } from "./facts.js";
import { share } from "./statistics.js";

const BINS = 10;

/** Memberships whose score lies from `from` to below `to` (the last bin holds 1 as well). */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanScore: number;
  readonly trueShare: number;
}

/** How far a score is the chance that its membership is true. */
export interface Calibration {
  readonly count: number;
  /** Mean squared distance of the score from the truth, 0 or 1 (Brier 1950); 0 is perfect. */
  readonly brier: number;
  /** Mean distance of the mean score from the share of true ones in a bin, weighted by its count. */
  readonly expectedError: number;
  readonly bins: readonly ReliabilityBin[];
}

/** The reliability table of memberships. */
export function calibrate(
  memberships: readonly Membership[],
  isTrue: (membership: Membership) => boolean,
): Calibration {
  const count = new Float64Array(BINS);
  const scores = new Float64Array(BINS);
  const truths = new Float64Array(BINS);
  let squares = 0;
  for (const membership of memberships) {
    const { score } = membership;
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(score * BINS)));
    const truth = Number(isTrue(membership));
    count[bin] = (count[bin] as number) + 1;
    scores[bin] = (scores[bin] as number) + score;
    truths[bin] = (truths[bin] as number) + truth;
    squares += (score - truth) ** 2;
  }
  const bins = Array.from(count, (own, bin) => ({
    from: bin / BINS,
    to: (bin + 1) / BINS,
    count: own,
    meanScore: share(scores[bin] as number, own),
    trueShare: share(truths[bin] as number, own),
  }));
  const gaps = bins.reduce(
    (sum, bin) => sum + (bin.count === 0 ? 0 : Math.abs(bin.meanScore - bin.trueShare) * bin.count),
    0,
  );
  return {
    count: memberships.length,
    brier: share(squares, memberships.length),
    expectedError: share(gaps, memberships.length),
    bins,
  };
}
