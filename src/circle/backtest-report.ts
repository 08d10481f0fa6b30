/** A backtest as it is told: exactly, or so that it may be handed on. */
import type { Backtest, CircleTrial, Example, Group } from "./backtest.js";
import { BANDS } from "./backtest.js";

/** A number as it may be told; null where it may not. */
export type Tell = (group: Group) => number | null;

export interface OverlapReport {
  readonly circle: string;
  readonly together: number;
  /** Share of the members of the tried circle who are in the other one, and the other way round. */
  readonly shareOfThis: number;
  readonly shareOfOther: number;
  /** Those in both over those in either. */
  readonly jaccard: number;
}

export interface CircleReport {
  readonly circle: string;
  readonly dimension: string;
  readonly people: number | null;
  readonly bands: readonly { readonly from: number; readonly to: number; readonly people: number | null }[];
  readonly now: number | null;
  readonly enters: number | null;
  readonly leaves: number | null;
  readonly overlaps: readonly OverlapReport[];
  readonly examples: readonly Example[];
}

export interface ReportOptions {
  readonly tell: Tell;
  /** Overlaps of fewer people are left out. */
  readonly peopleMin: number;
  readonly overlapsMax: number;
  readonly examplesMax: number;
}

export function circleReports(backtest: Backtest, options: ReportOptions): CircleReport[] {
  return backtest.trials.map((trial) => circleReport(backtest, trial, options));
}

const NOBODY: Group = { count: 0, first: "" };

function circleReport({ present }: Backtest, trial: CircleTrial, options: ReportOptions): CircleReport {
  const { circle, members, bands, enters, leaves } = trial;
  const { tell, examplesMax } = options;
  return {
    circle: circle.id,
    dimension: circle.dimension,
    people: tell(members),
    bands: bands
      .map((band, i) => ({ from: i / BANDS, to: (i + 1) / BANDS, people: tell(band), isUsed: band.count > 0 }))
      .filter(({ isUsed }) => isUsed)
      .map(({ from, to, people }) => ({ from, to, people })),
    now: tell(present.get(circle.id) ?? NOBODY),
    enters: tell(enters),
    leaves: tell(leaves),
    overlaps: overlapsOf(present, trial, options),
    examples: chosen(trial.examples, examplesMax),
  };
}

/** The largest overlaps by Jaccard index. */
function overlapsOf(present: Backtest["present"], trial: CircleTrial, options: ReportOptions): OverlapReport[] {
  const { tell, peopleMin, overlapsMax } = options;
  const all: OverlapReport[] = [];
  const members = tell(trial.members);
  for (const [circle, group] of trial.together) {
    if (group.count < peopleMin) continue;
    const [together, others] = [tell(group), tell(present.get(circle) ?? NOBODY)];
    if (members === null || together === null || others === null || members === 0 || others === 0) continue;
    // Numbers that were made uncertain need not fit together.
    const either = Math.max(together, members + others - together);
    all.push({
      circle,
      together,
      shareOfThis: Math.min(1, together / members),
      shareOfOther: Math.min(1, together / others),
      jaccard: together / either,
    });
  }
  all.sort((a, b) => b.jaccard - a.jaccard || (a.circle < b.circle ? -1 : 1));
  return all.slice(0, overlapsMax);
}

const ORDER = { enters: 0, leaves: 1, stays: 2 } as const;

/** Changes first: they are what a rule is tried for. */
function chosen(examples: readonly Example[], most: number): Example[] {
  const kinds = examples.toSorted((a, b) => ORDER[a.change] - ORDER[b.change]);
  const turns = kinds.map((one, at) => ({
    one,
    turn: kinds.slice(0, at).filter((e) => e.change === one.change).length,
  }));
  return turns
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, most)
    .map(({ one }) => one);
}
