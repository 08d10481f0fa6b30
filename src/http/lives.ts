/** What the store knows of people, some at a time: four questions however many they are. */
import type { Dimension } from "../rows.js";
import { type Services, watermarkSec } from "./services.js";

const RHYTHM_SEC = 28 * 86_400;
const HISTORY_MAX = 200;

export interface AnchorRecord {
  readonly kind: "home" | "day" | "other";
  readonly rank: number;
  readonly lon: number;
  readonly lat: number;
  readonly h3Hex: string;
  readonly cell: string;
  readonly region: string;
  readonly venue: string;
  readonly category: string;
  readonly share: number;
  readonly days: number;
  readonly rule: string;
  readonly confidence: number;
}

export interface MembershipRecord {
  readonly circle: string;
  readonly dimension: Dimension;
  readonly score: number;
  readonly sinceSec: number;
  readonly seenSec: number;
  readonly evidence: string;
}

export interface LogRecord extends MembershipRecord {
  readonly change: "entered" | "strengthened" | "left";
  readonly timeSec: number;
}

export interface StayRecord {
  readonly startSec: number;
  readonly endSec: number;
  readonly lon: number;
  readonly lat: number;
  readonly venue: string;
}

export interface Life {
  readonly anchors: readonly AnchorRecord[];
  /** The surest first. */
  readonly memberships: readonly MembershipRecord[];
  /** The last changes, the newest first. */
  readonly history: readonly LogRecord[];
  /** Of the last weeks. */
  readonly stays: readonly StayRecord[];
}

type Of<Row> = Row & { readonly who: string };

/** The tables beneath the views: to unfold a view costs as much as to read a person out of it. */
const PEOPLE = "FINAL WHERE subscriber IN {people:Array(UInt64)}";

const ANCHORS = `SELECT toString(subscriber) AS who, toString(kind) AS kind, rank, lon, lat, lower(hex(h3)) AS h3Hex, cell, region, venue, category,
  round(share, 3) AS share, days, rule, round(confidence, 3) AS confidence
FROM anchors_rows ${PEOPLE} ORDER BY anchors_rows.kind, rank`;

const MEMBERSHIP = `toString(subscriber) AS who, circle, toString(dimension) AS dimension, round(score, 3) AS score,
  toUnixTimestamp(since) AS sinceSec, toUnixTimestamp(seen) AS seenSec, evidence`;

const MEMBERSHIPS = `SELECT ${MEMBERSHIP} FROM memberships_by_person_rows ${PEOPLE} ORDER BY memberships_by_person_rows.score DESC, circle`;

const HISTORY = `SELECT ${MEMBERSHIP}, toString(change) AS change, toUnixTimestamp(time) AS timeSec
FROM membership_log_rows ${PEOPLE} ORDER BY time DESC, circle LIMIT ${HISTORY_MAX} BY who`;

const STAYS = `SELECT toString(subscriber) AS who, toUnixTimestamp(start) AS startSec, toUnixTimestamp(end) AS endSec, lon, lat, venue
FROM stays_rows ${PEOPLE} AND start >= fromUnixTimestamp({from:Int64}) ORDER BY start`;

/**
 * The lives of people; of those of whom no place and no circle is known there is nothing.
 *
 * @param pseudonyms as decimal digits without leading zeros
 */
export async function readLives(
  services: Pick<Services, "ask" | "tables">,
  pseudonyms: readonly string[],
): Promise<Map<string, Life>> {
  const people = pseudonyms.map(BigInt);
  const watermark = (await watermarkSec(services)) ?? 0;
  const [anchors, memberships, history, stays] = await Promise.all([
    services.ask<Of<AnchorRecord>>(ANCHORS, { people }),
    services.ask<Of<MembershipRecord>>(MEMBERSHIPS, { people }),
    services.ask<Of<LogRecord>>(HISTORY, { people }),
    services.ask<Of<StayRecord>>(STAYS, { people, from: Math.max(0, watermark - RHYTHM_SEC) }),
  ]);
  const [anchorsOf, membershipsOf, historyOf, staysOf] = [
    byPerson(anchors),
    byPerson(memberships),
    byPerson(history),
    byPerson(stays),
  ];
  const lives = new Map<string, Life>();
  for (const who of pseudonyms) {
    if (!anchorsOf.has(who) && !membershipsOf.has(who) && !historyOf.has(who)) continue;
    lives.set(who, {
      anchors: anchorsOf.get(who) ?? [],
      memberships: membershipsOf.get(who) ?? [],
      history: historyOf.get(who) ?? [],
      stays: staysOf.get(who) ?? [],
    });
  }
  return lives;
}

function byPerson<Row>(rows: readonly Of<Row>[]): Map<string, Row[]> {
  const byWho = new Map<string, Row[]>();
  for (const { who, ...row } of rows) {
    const own = byWho.get(who) ?? [];
    own.push(row as unknown as Row);
    byWho.set(who, own);
  }
  return byWho;
}
