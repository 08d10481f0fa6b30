import { toX, toY } from "../geo/city.js";
import { type RhythmStay, weekRhythm } from "../insight/rhythm.js";
import { DIMENSIONS, type Dimension } from "../rows.js";
import type { Principal } from "./access/principal.js";
import { circleWords } from "./circle-words.js";
import { Gathered } from "./gathered.js";
import { type AnchorRecord, type MembershipRecord, readLives, type StayRecord } from "./lives.js";
import type { Answers } from "./operation.js";
import type { OPERATIONS } from "./operations.js";
import { Problem } from "./problem.js";
import { asOf, isoOf, type Scope, type Services } from "./services.js";

/** Panoramas that are asked for within this time are read together. */
const APART_MS = 100;
const AT_ONCE_MAX = 50;

type SubscriberAnswers = Pick<Answers<typeof OPERATIONS>, "getSubscriber" | "lookupSubscriber">;

export function subscriberAnswers(services: Services): SubscriberAnswers {
  const lives = new Gathered({
    read: (people) => readLives(services, people),
    apartMs: APART_MS,
    keysMax: AT_ONCE_MAX,
  });
  return {
    async getSubscriber({ params, principal, told }) {
      const about = await asOf(services);
      const life = isWithheld(services, params.subscriber, principal)
        ? null
        : await lives.get(keyOf(params.subscriber));
      if (life === null || !isWithin(services.scopeOf(principal), life.anchors)) throw notFound(params.subscriber);
      const { anchors, memberships, history, stays } = life;
      told(1);
      return {
        ...about,
        subscriber: params.subscriber,
        anchors: anchors.map(({ h3Hex, ...anchor }) => ({ ...anchor, h3: h3Hex.replace(/^0+/, "") })),
        circles: byDimension(services, memberships),
        week: weekRhythm(
          stays.map((stay) => placed(services, stay, anchors)),
          services.calendar,
        ),
        history: history.map((row) => ({
          ...membershipOf(services, row),
          change: row.change,
          time: isoOf(row.timeSec),
        })),
      };
    },
    async lookupSubscriber({ body, principal, told }) {
      const subscriber = services.pseudonymOf(body.id);
      if (subscriber === null) {
        throw new Problem(400, "the id is too long", "give it as it stands in the signalling", [
          { place: "body.id", says: "is too long" },
        ]);
      }
      const about = await asOf(services);
      const life = await lives.get(keyOf(subscriber));
      const known = life !== null && isWithin(services.scopeOf(principal), life.anchors);
      told(known ? 1 : 0);
      return { ...about, subscriber, known };
    },
  };
}

/** As the store writes it: without leading zeros. */
function keyOf(subscriber: string): string {
  return BigInt(subscriber).toString();
}

/** Who opted out, or is to be forgotten, is shown to admins alone: they must be able to say what is kept of somebody until it is removed. */
function isWithheld({ excluded }: Services, subscriber: string, { role }: Principal): boolean {
  const key = BigInt(subscriber);
  const [hiWanted, loWanted] = [Number(key >> 32n), Number(key & 0xffff_ffffn)];
  return role !== "admin" && excluded().some(({ hi, lo }) => hi === hiWanted && lo === loWanted);
}

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

function membershipOf(services: Services, row: MembershipRecord) {
  const { circle, dimension, score } = row;
  return {
    circle,
    name: circleWords(services.rules(), services.city, circle)?.name ?? null,
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

function byDimension(services: Services, rows: readonly MembershipRecord[]) {
  const of = (wanted: Dimension) =>
    rows
      .filter((row) => row.dimension === wanted)
      .map((row) => {
        const { dimension: _, ...membership } = membershipOf(services, row);
        return membership;
      });
  return Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, of(dimension)])) as Record<
    Dimension,
    ReturnType<typeof of>
  >;
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
