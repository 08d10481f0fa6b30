import { toX, toY } from "../geo/city.js";
import { type RhythmStay, weekRhythm } from "../insight/rhythm.js";
import { DIMENSIONS, type Dimension } from "../rows.js";
import type { Answers } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import { Problem } from "./problem.js";
import { asOf, isoOf, type Scope, type Services, watermarkSec } from "./services.js";

const RHYTHM_SEC = 28 * 86_400;
const HISTORY_MAX = 200;

type SubscriberAnswers = Pick<Answers<typeof OPERATIONS>, "getSubscriber" | "lookupSubscriber">;

export function subscriberAnswers(services: Services): SubscriberAnswers {
  return {
    async getSubscriber({ params, principal, signal, told }) {
      const who = { subscriber: params.subscriber };
      const [anchors, memberships, history, stays] = await Promise.all([
        services.ask<AnchorRecord>(ANCHORS, who, signal),
        services.ask<MembershipRecord>(MEMBERSHIPS, who, signal),
        services.ask<LogRecord>(HISTORY, { ...who, rows: HISTORY_MAX }, signal),
        staysOf(services, params.subscriber, signal),
      ]);
      const isThere = anchors.length > 0 || memberships.length > 0 || history.length > 0;
      if (!isThere || !isWithin(services.scopeOf(principal), anchors)) throw notFound(params.subscriber);
      told(1);
      return {
        ...(await asOf(services)),
        subscriber: params.subscriber,
        anchors: anchors.map(({ h3Hex, ...anchor }) => ({ ...anchor, h3: h3Hex.replace(/^0+/, "") })),
        circles: byDimension(memberships),
        week: weekRhythm(
          stays.map((stay) => placed(services, stay, anchors)),
          services.calendar,
        ),
        history: history.map((row) => ({ ...membershipOf(row), change: row.change, time: isoOf(row.timeSec) })),
      };
    },
    async lookupSubscriber({ body, principal, signal, told }) {
      const subscriber = services.pseudonymOf(body.id);
      if (subscriber === null) {
        throw new Problem(400, "the id is too long", "give it as it stands in the signalling", [
          { place: "body.id", says: "is too long" },
        ]);
      }
      const [anchors, memberships] = await Promise.all([
        services.ask<AnchorRecord>(ANCHORS, { subscriber }, signal),
        services.ask<MembershipRecord>(MEMBERSHIPS, { subscriber }, signal),
      ]);
      const isThere = anchors.length > 0 || memberships.length > 0;
      const known = isThere && isWithin(services.scopeOf(principal), anchors);
      told(known ? 1 : 0);
      return { ...(await asOf(services)), subscriber, known };
    },
  };
}

interface AnchorRecord {
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

interface MembershipRecord {
  readonly circle: string;
  readonly dimension: Dimension;
  readonly score: number;
  readonly sinceSec: number;
  readonly seenSec: number;
  readonly evidence: string;
}

interface LogRecord extends MembershipRecord {
  readonly change: "entered" | "strengthened" | "left";
  readonly timeSec: number;
}

const ANCHORS = `SELECT toString(kind) AS kind, rank, lon, lat, lower(hex(h3)) AS h3Hex, cell, region, venue, category,
  round(share, 3) AS share, days, rule, round(confidence, 3) AS confidence
FROM anchors WHERE subscriber = {subscriber:UInt64} ORDER BY anchors.kind, rank`;

const MEMBERSHIP = `circle, toString(dimension) AS dimension, round(score, 3) AS score, toUnixTimestamp(since) AS sinceSec,
  toUnixTimestamp(seen) AS seenSec, evidence`;

const MEMBERSHIPS = `SELECT ${MEMBERSHIP} FROM memberships WHERE subscriber = {subscriber:UInt64} ORDER BY memberships.score DESC, circle`;

const HISTORY = `SELECT ${MEMBERSHIP}, toString(change) AS change, toUnixTimestamp(time) AS timeSec
FROM membership_log WHERE subscriber = {subscriber:UInt64} ORDER BY time DESC, circle LIMIT {rows:UInt32}`;

const STAYS = `SELECT toUnixTimestamp(start) AS startSec, toUnixTimestamp(end) AS endSec, lon, lat, venue
FROM stays WHERE subscriber = {subscriber:UInt64} AND start >= fromUnixTimestamp({from:Int64}) ORDER BY start`;

/** Who has no home in the scope is a stranger to who asks. */
function isWithin(scope: Scope, anchors: readonly AnchorRecord[]): boolean {
  const home = anchors.find(({ kind, rank }) => kind === "home" && rank === 1);
  return scope.regions === null || (home !== undefined && scope.regions.includes(home.region));
}

function notFound(subscriber: string): Problem {
  return new Problem(
    404,
    `nothing is known of subscriber ${subscriber}, or who asks may not know it`,
    "give the pseudonym of a subscriber who lives in your regions, as POST /v1/subscribers/lookup tells it",
  );
}

function membershipOf(row: MembershipRecord) {
  const { circle, dimension, score } = row;
  return {
    circle,
    dimension,
    score,
    since: isoOf(row.sinceSec),
    seen: isoOf(row.seenSec),
    evidence: evidenceOf(row.evidence),
  };
}

function evidenceOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function byDimension(rows: readonly MembershipRecord[]) {
  const of = (wanted: Dimension) =>
    rows
      .filter((row) => row.dimension === wanted)
      .map((row) => {
        const { dimension: _, ...membership } = membershipOf(row);
        return membership;
      });
  return Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, of(dimension)])) as Record<
    Dimension,
    ReturnType<typeof of>
  >;
}

interface StayRecord {
  readonly startSec: number;
  readonly endSec: number;
  readonly lon: number;
  readonly lat: number;
  readonly venue: string;
}

async function staysOf(services: Services, subscriber: string, signal: AbortSignal): Promise<StayRecord[]> {
  const watermark = await watermarkSec(services);
  if (watermark === null) return [];
  return services.ask<StayRecord>(STAYS, { subscriber, from: watermark - RHYTHM_SEC }, signal);
}

/** A stay at the home, the day place, or elsewhere. */
function placed(services: Services, stay: StayRecord, anchors: readonly AnchorRecord[]): RhythmStay {
  const isOf = (kind: "home" | "day") =>
    isAt(
      services,
      stay,
      anchors.filter((one) => one.kind === kind),
    );
  const { startSec, endSec } = stay;
  return { startSec, endSec, at: isOf("home") ? "home" : isOf("day") ? "day" : "other" };
}

/** At one of the places: at its venue, or within the distance that makes two positions one place. */
function isAt({ city, samePlaceMetres }: Services, stay: StayRecord, places: readonly AnchorRecord[]): boolean {
  const { plane } = city;
  return places.some(
    (place) =>
      (stay.venue !== "" && stay.venue === place.venue) ||
      Math.hypot(toX(plane, stay.lon) - toX(plane, place.lon), toY(plane, stay.lat) - toY(plane, place.lat)) <=
        samePlaceMetres,
  );
}
