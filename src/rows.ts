/**
 * The rows that the engine derives, before the store encodes them. Subscribers are 64-bit pseudonyms in two unsigned words, times
 * epoch ms, H3 cells 64-bit indices in two words. Every row has a natural key and depends only on the events, so a replay writes the
 * same rows again and the store keeps one of them.
 */
export interface Subscriber {
  readonly subscriberHi: number;
  readonly subscriberLo: number;
}

export interface Located {
  readonly lon: number;
  readonly lat: number;
  readonly h3Hi: number;
  readonly h3Lo: number;
  /** Text name of the dominant cell. */
  readonly cell: string;
  /** Id of the finest region (level 4 where the city has one), empty where none. */
  readonly region: string;
  /** Id and category of the most probable venue, empty where none is probable. */
  readonly venue: string;
  readonly category: string;
}

/** Key: subscriber, startMs. */
export interface StayRow extends Subscriber, Located {
  readonly startMs: number;
  readonly endMs: number;
  /** Probability that the person was within reach of this position for the interval, 0..1. */
  readonly confidence: number;
  readonly events: number;
  /** Probability of `venue`, 0..1. */
  readonly venueProbability: number;
}

export const ANCHOR_KINDS = ["home", "day", "other"] as const;

/** Key: subscriber, kind, rank. A newer version replaces an older one; `gone` removes it. */
export interface AnchorRow extends Subscriber, Located {
  readonly kind: (typeof ANCHOR_KINDS)[number];
  /** 1 is the first of its kind; a second home is home 2. */
  readonly rank: number;
  readonly share: number;
  readonly days: number;
  readonly rule: string;
  readonly confidence: number;
  /** Event time of the evaluation, epoch ms. */
  readonly versionMs: number;
  readonly gone: boolean;
}

export const DIMENSIONS = ["region", "demographic", "preference", "behaviour"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Key: subscriber, circle. A newer version replaces an older one; `gone` removes it. */
export interface MembershipRow extends Subscriber {
  readonly dimension: Dimension;
  readonly circle: string;
  readonly score: number;
  readonly sinceMs: number;
  readonly seenMs: number;
  /** JSON: the rule, the days, dwell and counts that a person would check. */
  readonly evidence: string;
  readonly versionMs: number;
  readonly gone: boolean;
}

export const CHANGES = ["entered", "strengthened", "left"] as const;

/** Key: subscriber, circle, versionMs, change. */
export interface MembershipLogRow extends MembershipRow {
  readonly change: (typeof CHANGES)[number];
}

/** Key: slotMs, h3, region, circle, partition. */
export interface PresenceRow {
  readonly slotMs: number;
  readonly h3Hi: number;
  readonly h3Lo: number;
  readonly region: string;
  /** Empty: everybody. */
  readonly circle: string;
  readonly partition: number;
  /** Distinct people of this partition; the view adds the partitions, which share nobody. */
  readonly subscribers: number;
}

/** Key: source (which names the row). */
export interface RejectedRow {
  readonly timeMs: number;
  readonly reason: string;
  readonly source: string;
  readonly raw: string;
}

/** What one step of the engine gives to the store at once. */
export interface RowSet {
  readonly stays: StayRow[];
  readonly anchors: AnchorRow[];
  readonly memberships: MembershipRow[];
  readonly membershipLog: MembershipLogRow[];
  readonly presence: PresenceRow[];
  readonly rejected: RejectedRow[];
}

export function emptyRowSet(): RowSet {
  return { stays: [], anchors: [], memberships: [], membershipLog: [], presence: [], rejected: [] };
}
