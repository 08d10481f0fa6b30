/** What is told of region circles: new, stronger, going on now and then, left. */
import type { City } from "../geo/city.js";
import { loggedRow, type MembershipLogRow, type MembershipRow } from "../rows.js";
import type { Stays } from "../stay/stays.js";

/** See `circles` in config/default.yaml. */
export interface RegionCircleOptions {
  readonly enterScore: number;
  readonly leaveScore: number;
  readonly activeShareEnter: number;
  readonly activeShareLeave: number;
  /** A score that rose by this much since it was last told is `strengthened`. */
  readonly strengthenedBy: number;
}

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

export interface Standing {
  readonly circle: string;
  readonly score: number;
  readonly sinceDay: number;
  readonly seenDay: number;
  /** Made only for a row that is written. */
  readonly evidence: () => string;
}

/** Days after which a membership or anchor that goes on is told again, as it is on that day. */
const TOLD_AGAIN_DAYS = 3;

/** Evidence that several standings share, made when the first of them is written. */
export function once(make: () => string): () => string {
  let made: string | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

export function leftEvidence(kind: string): () => string {
  return () => `{"rule":"left","because":"the ${kind} place is elsewhere or no longer sure"}`;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** A membership is told when it is new (`toldScore` null) or has become stronger; one that goes on is told again now and then. */
export function isWorthTelling(evaluation: Evaluation, slot: number, score: number, toldScore: number | null): boolean {
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
export function tell(evaluation: Evaluation, slot: number, standing: Standing, toldScore: number | null): void {
  if (!isWorthTelling(evaluation, slot, standing.score, toldScore)) return;
  const row = rowOf(evaluation, slot, standing, false);
  evaluation.sink.memberships.push(row);
  if (toldScore === null) evaluation.sink.membershipLog.push(loggedRow(row, "entered"));
  else if (isStronger(evaluation, standing.score, toldScore))
    evaluation.sink.membershipLog.push(loggedRow(row, "strengthened"));
}

/** What goes on is told again on such a day. Subscribers take turns by their keys, so that each day has its share of the rows. */
export function isToldAgain(stays: Stays, day: number, slot: number): boolean {
  return (day + stays.table.lo(slot)) % TOLD_AGAIN_DAYS === 0;
}

export function leave(evaluation: Evaluation, slot: number, standing: Standing): void {
  const row = rowOf(evaluation, slot, standing, true);
  evaluation.sink.memberships.push(row);
  evaluation.sink.membershipLog.push(loggedRow(row, "left"));
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
