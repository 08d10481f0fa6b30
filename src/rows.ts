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
  /** Standard deviations of start and end, seconds. */
  readonly arrivalErrorSec: number;
  readonly departureErrorSec: number;
  /** Venues where it may have been, best first: what the circle rules work on. */
  readonly candidates: readonly VenueChance[];
}

export interface VenueChance {
  /** Id of the venue. */
  readonly venue: string;
  readonly probability: number;
}

/** A station or airport heard on a way. */
export interface TouchedVenue extends VenueChance {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The way between two stays. Key: subscriber, startMs. */
export interface WayRow extends Subscriber {
  readonly startMs: number;
  readonly endMs: number;
  /** Natural log likelihood ratios of metro and bus against any other mode; -Infinity where the way is not possible. */
  readonly metro: number;
  readonly bus: number;
  /** In the order of their ends. */
  readonly touched: readonly TouchedVenue[];
}

/** How much of which hours, and how many days of the window, were spent at a place. */
export interface PlaceBooks {
  readonly nights: number;
  readonly recentNights: number;
  readonly workdays: number;
  readonly nightMinutes: number;
  readonly workMinutes: number;
  readonly wakingMinutes: number;
  /** City day on which it was last seen. */
  readonly seenDay: number;
}

/** How much was observed of a subscriber in the window, wherever it was. */
export interface LifeTallies {
  readonly observedDays: number;
  readonly nightsObserved: number;
  readonly recentNightsObserved: number;
  readonly workdaysObserved: number;
  readonly wakingMinutes: number;
  /** Observations, a minute or more apart, in the night hours and in working hours. */
  readonly nightObservations: number;
  readonly workObservations: number;
}

/** One of the places that a subscriber keeps, as the anchor rules see it. */
export interface KeptPlace extends PlaceBooks {
  readonly lon: number;
  readonly lat: number;
  readonly sigma: number;
  /** Text names and weights of the cells that serve it, heaviest first. */
  readonly cells: readonly { readonly cell: string; readonly weight: number }[];
}

/**
 * What was known of a subscriber besides stays and ways when its circles were last evaluated: with these it can be evaluated again, to
 * explain a membership or to try another rule. Key: subscriber; a newer version replaces an older one.
 */
export interface PortraitRow extends Subscriber, LifeTallies {
  /** City day that was closed. */
  readonly day: number;
  readonly versionMs: number;
  /** End of the last stay or way that was known, whole minutes in epoch seconds; 0 = none. */
  readonly knownUntilSec: number;
  /** First city day since which somebody was heard without a break. */
  readonly streamFirstDay: number;
  /** Bit i: heard on the day i days before `day`. */
  readonly heard: number;
  /** Days of the window on which the subscriber, known by then, was silent. */
  readonly silentDays: number;
  readonly isForeign: boolean;
  readonly places: readonly KeptPlace[];
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

/** The row of the log of a membership that has changed. A plain literal, as decision 0013 has it. */
export function loggedRow(row: MembershipRow, change: MembershipLogRow["change"]): MembershipLogRow {
  return {
    subscriberHi: row.subscriberHi,
    subscriberLo: row.subscriberLo,
    dimension: row.dimension,
    circle: row.circle,
    score: row.score,
    sinceMs: row.sinceMs,
    seenMs: row.seenMs,
    evidence: row.evidence,
    versionMs: row.versionMs,
    gone: row.gone,
    change,
  };
}

/** Where people are counted: an H3 cell and a region, empty where there is none. */
export interface Spot {
  readonly h3Hi: number;
  readonly h3Lo: number;
  readonly region: string;
}

/** Key: slotMs, h3, region, circle, partition. */
export interface PresenceRow extends Spot {
  readonly slotMs: number;
  /** Empty: everybody. */
  readonly circle: string;
  readonly partition: number;
  /** Distinct people of this partition; the view adds the partitions, which share nobody. */
  readonly subscribers: number;
}

const PRESENCE_ROWS_FIRST = 64;

/** Rows of presence in columns: there are nearly as many of them as of events, and all but a number in each is shared with others. */
export class PresenceRows implements Iterable<PresenceRow> {
  length = 0;
  readonly spot: Spot[] = [];
  readonly circle: string[] = [];
  slotMs: Float64Array;
  partition: Uint32Array;
  subscribers: Uint32Array;

  /** @param expected rows that there is room for before the columns are made anew */
  constructor(expected = 0) {
    const length = Math.max(PRESENCE_ROWS_FIRST, expected);
    this.slotMs = new Float64Array(length);
    this.partition = new Uint32Array(length);
    this.subscribers = new Uint32Array(length);
  }

  static of(rows: Iterable<PresenceRow>): PresenceRows {
    const columns = new PresenceRows();
    for (const row of rows) columns.push(row.slotMs, row, row.circle, row.partition, row.subscribers);
    return columns;
  }

  push(slotMs: number, spot: Spot, circle: string, partition: number, subscribers: number): void {
    const at = this.length++;
    if (at === this.slotMs.length) this.widen(2 * at);
    this.spot.push(spot);
    this.circle.push(circle);
    this.slotMs[at] = slotMs;
    this.partition[at] = partition;
    this.subscribers[at] = subscribers;
  }

  append(from: PresenceRows): void {
    for (let at = 0; at < from.length; at++)
      this.push(
        from.slotMs[at] as number,
        from.spot[at] as Spot,
        from.circle[at] as string,
        from.partition[at] as number,
        from.subscribers[at] as number,
      );
  }

  *[Symbol.iterator](): Generator<PresenceRow> {
    for (let at = 0; at < this.length; at++) {
      const { h3Hi, h3Lo, region } = this.spot[at] as Spot;
      yield {
        slotMs: this.slotMs[at] as number,
        h3Hi,
        h3Lo,
        region,
        circle: this.circle[at] as string,
        partition: this.partition[at] as number,
        subscribers: this.subscribers[at] as number,
      };
    }
  }

  private widen(length: number): void {
    const { slotMs, partition, subscribers } = this;
    this.slotMs = new Float64Array(length);
    this.slotMs.set(slotMs);
    this.partition = new Uint32Array(length);
    this.partition.set(partition);
    this.subscribers = new Uint32Array(length);
    this.subscribers.set(subscribers);
  }
}

/** Key: source (which names the row). */
export interface RejectedRow {
  readonly timeMs: number;
  readonly reason: string;
  readonly source: string;
  readonly raw: string;
}

/** The device that somebody is heard with. Key: subscriber; the latest `sinceMs` counts. */
export interface DeviceRow extends Subscriber {
  /** Type allocation code (3GPP TS 23.003, section 6.2), the first 8 digits of the IMEI. */
  readonly tac: number;
  readonly sinceMs: number;
}

/** What one step of the engine gives to the store at once. */
export interface RowSet {
  readonly stays: StayRow[];
  readonly ways: WayRow[];
  readonly portraits: PortraitRow[];
  readonly anchors: AnchorRow[];
  readonly memberships: MembershipRow[];
  readonly membershipLog: MembershipLogRow[];
  readonly presence: PresenceRows;
  readonly devices: DeviceRow[];
  readonly rejected: RejectedRow[];
}

/** @param presenceRows as many as there are likely to be */
export function emptyRowSet(presenceRows = 0): RowSet {
  return {
    stays: [],
    ways: [],
    portraits: [],
    anchors: [],
    memberships: [],
    membershipLog: [],
    presence: new PresenceRows(presenceRows),
    devices: [],
    rejected: [],
  };
}

/** Name of each table and of its rows in a set. */
export const TABLE_ROWS = [
  ["stays", "stays"],
  ["ways", "ways"],
  ["portraits", "portraits"],
  ["anchors", "anchors"],
  ["memberships", "memberships"],
  ["membership_log", "membershipLog"],
  ["presence", "presence"],
  ["devices", "devices"],
  ["rejected", "rejected"],
] as const;

export function rowCount(rows: RowSet): number {
  let count = 0;
  for (const [, key] of TABLE_ROWS) count += rows[key].length;
  return count;
}

/** The rows of both, in the larger of them: neither is good for anything else afterwards. */
export function joined(one: RowSet, other: RowSet): RowSet {
  const [to, from] = rowCount(one) < rowCount(other) ? [other, one] : [one, other];
  append(to.stays, from.stays);
  append(to.ways, from.ways);
  append(to.portraits, from.portraits);
  append(to.anchors, from.anchors);
  append(to.memberships, from.memberships);
  append(to.membershipLog, from.membershipLog);
  to.presence.append(from.presence);
  append(to.devices, from.devices);
  append(to.rejected, from.rejected);
  return to;
}

/** `push(...rows)` would put a day close's rows on the stack. */
function append<Row>(to: Row[], from: readonly Row[]): void {
  for (const row of from) to.push(row);
}
