/**
 * The people of the store in memory, for questions about audiences. What an expression names is read when it is first asked for, and kept
 * fresh from then on: entering and leaving by the membership log, everything else when the hour of the watermark changes.
 */
import { type Bits, countBits, firstIn } from "../audience/bitset.js";
import { evaluate, evaluateForCount } from "../audience/evaluate.js";
import {
  circleOf,
  type Expression,
  isMembership,
  type Leaf,
  leavesOf,
  type MembershipLeaf,
  type PresenceLeaf,
} from "../audience/expression.js";
import { agesWithTime, Population } from "../audience/population.js";
import type { Disclosure } from "../insight/disclosure.js";
import type { StoreClient } from "./client.js";

const DAY_SEC = 86_400;
const HOUR_SEC = 3600;
/** Further back than the last refresh, for rows that were being written then; reading a change twice changes nothing. */
const OVERLAP_SEC = 60;
const ROW_BYTES = 8;
/** Memory for the sets of circles and places; those of one question fit many times over, at ten million people. */
const SET_BYTES_MAX = 256 * 2 ** 20;

/** The later of the last window of presence and the last close of a day, epoch seconds; 0 for an empty store. */
const WATERMARK = `SELECT toUInt32(greatest(
  toUnixTimestamp((SELECT max(slot) FROM presence_rows)), intDiv((SELECT max(version) FROM memberships_rows), 1000)))`;

const CHANGED = `SELECT toString(subscriber), circle, argMax(score, version), toUnixTimestamp(argMax(since, version)),
  toUnixTimestamp(argMax(seen, version)), argMax(gone, version)
FROM memberships_rows
WHERE (circle, subscriber) IN (SELECT circle, subscriber FROM membership_log_rows WHERE written >= {since:UInt32})
GROUP BY circle, subscriber`;

export class AudienceIndex {
  private readonly client: StoreClient;
  private readonly population: Population;
  /** Clock of the store at the last refresh, epoch seconds. */
  private refreshedSec: number;
  /** Reads and refreshes wait for one another. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(client: StoreClient, population: Population, refreshedSec: number) {
    this.client = client;
    this.population = population;
    this.refreshedSec = refreshedSec;
  }

  /**
   * Reads who is in any circle. Errors are those of the client.
   *
   * @param setBytesMax memory for the sets of circles and places, bytes
   */
  static async open(client: StoreClient, setBytesMax = SET_BYTES_MAX): Promise<AudienceIndex> {
    const nowSec = await numberOf(client, "SELECT toUInt32(now())");
    const population = new Population(setBytesMax, await numberOf(client, WATERMARK));
    await subscribersOf(client, "SELECT DISTINCT subscriber FROM memberships ORDER BY subscriber", {}, (hi, lo) =>
      population.enter(hi, lo),
    );
    return new AudienceIndex(client, population, nowSec);
  }

  /** The time that answers are true of, epoch milliseconds: the watermark of what is stored. */
  get asOfMs(): number {
    return this.population.asOfSec * 1000;
  }

  get byteLength(): number {
    return this.population.byteLength;
  }

  /** The names of all circles that have members, region circles aside. */
  async circles(): Promise<string[]> {
    const rows = await rowsOf(
      this.client,
      "SELECT DISTINCT circle FROM memberships WHERE dimension != 'region' ORDER BY circle",
    );
    return rows.map(([circle]) => String(circle));
  }

  /** Everybody of an expression, exactly. */
  people(expression: Expression): Promise<Bits> {
    return this.alone(async () => {
      await this.prepare(expression);
      return evaluate(expression, this.population.sets());
    });
  }

  /**
   * The people to be counted for a number that is told: conditions that change it by fewer than `peopleMin` are left out.
   *
   * @param scope those whom the asker may know of; null: everybody
   */
  peopleToTell(expression: Expression, peopleMin: number, scope: Expression | null = null): Promise<Bits> {
    return this.alone(async () => {
      await this.prepare(scope === null ? expression : { all: [expression, scope] });
      const sets = this.population.sets();
      const everybody = scope === null ? sets.everybody : evaluate(scope, sets);
      return evaluateForCount(expression, { ...sets, everybody }, peopleMin);
    });
  }

  /** The pseudonym behind a dense id. */
  pseudonymOf(id: number): bigint {
    const { ids } = this.population;
    return (BigInt(ids.hiOf(id)) << 32n) | BigInt(ids.loOf(id));
  }

  /** The number to tell of a set. Its noise is by its people and not its words: equal sets have equal numbers, however asked for. */
  tell(bits: Bits, disclosure: Disclosure): number | null {
    const first = firstIn(bits);
    return first < 0 ? null : disclosure.number(`audience:${this.pseudonymOf(first)}`, countBits(bits));
  }

  /** Takes in what was written since the last time. */
  refresh(): Promise<void> {
    return this.alone(async () => {
      const nowSec = await numberOf(this.client, "SELECT toUInt32(now())");
      const asOfSec = await numberOf(this.client, WATERMARK);
      const since = Math.max(0, this.refreshedSec - OVERLAP_SEC);
      for (const [subscriber, circle, score, sinceSec, seenSec, gone] of await rowsOf(this.client, CHANGED, {
        since,
      })) {
        const pseudonym = BigInt(String(subscriber));
        this.population.apply({
          subscriberHi: Number(pseudonym >> 32n),
          subscriberLo: Number(pseudonym & 0xffffffffn),
          circle: String(circle),
          score: Number(score),
          sinceSec: Number(sinceSec),
          seenSec: Number(seenSec),
          gone: Number(gone) === 1,
        });
      }
      this.refreshedSec = nowSec;
      if (Math.floor(asOfSec / HOUR_SEC) === Math.floor(this.population.asOfSec / HOUR_SEC)) return;
      this.population.asOfSec = asOfSec;
      this.population.dropWhere(agesWithTime);
    });
  }

  private async prepare(expression: Expression): Promise<void> {
    const leaves = leavesOf(expression);
    for (const leaf of leaves) if (!this.population.has(leaf)) await this.read(leaf);
    this.population.makeRoom(leaves);
  }

  private async read(leaf: Leaf): Promise<void> {
    const draft = this.population.draft(leaf);
    const { query, params } = questionOf(leaf, this.population.asOfSec);
    await subscribersOf(this.client, query, params, draft.add);
    draft.keep();
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

interface Question {
  readonly query: string;
  readonly params: Record<string, unknown>;
}

/** The subscribers of a leaf in SQL. */
export function questionOf(leaf: Leaf, asOfSec: number): Question {
  return isMembership(leaf) ? membersQuestion(leaf, asOfSec) : presenceQuestion(leaf, asOfSec);
}

function membersQuestion(leaf: MembershipLeaf, asOfSec: number): Question {
  const params: Record<string, unknown> = { circle: circleOf(leaf) };
  const conditions = ["circle = {circle:String}"];
  const say = (condition: string, name: string, value: number | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    params[name] = value;
  };
  const before = (days: number | undefined) => (days === undefined ? undefined : Math.max(0, asOfSec - days * DAY_SEC));
  say("score >= toFloat32({score:Float64})", "score", leaf.scoreMin);
  say("toUnixTimestamp(seen) >= {seen:UInt32}", "seen", before(leaf.seenWithinDays));
  say("toUnixTimestamp(since) >= {entered:UInt32}", "entered", before(leaf.memberWithinDays));
  say("toUnixTimestamp(since) <= {member:UInt32}", "member", before(leaf.memberForDays));
  return { query: `SELECT subscriber FROM memberships WHERE ${conditions.join(" AND ")}`, params };
}

function presenceQuestion({ at, from, to, withinDays, minutesMin = 0 }: PresenceLeaf, asOfSec: number): Question {
  const [[column, place]] = Object.entries(at) as [[string, string]];
  const fromSec = withinDays === undefined ? epochSec(from) : Math.max(0, asOfSec - withinDays * DAY_SEC);
  const params = {
    place,
    from: fromSec,
    to: withinDays === undefined ? epochSec(to) : 2 ** 32 - 1,
    seconds: minutesMin * 60,
  };
  const query = `SELECT DISTINCT subscriber FROM stays WHERE ${column} = {place:String}
  AND toUnixTimestamp(start) < {to:UInt32} AND toUnixTimestamp(end) > {from:UInt32} AND end - start >= {seconds:UInt32}`;
  return { query, params };
}

function epochSec(instant: string | undefined): number {
  return Math.max(0, Math.floor(Date.parse(instant ?? "") / 1000));
}

async function rowsOf(
  client: StoreClient,
  query: string,
  params: Record<string, unknown> = {},
): Promise<readonly (readonly unknown[])[]> {
  const answer = await client.query({ query, query_params: params, format: "JSONCompactEachRow" });
  return answer.json<readonly unknown[]>();
}

async function numberOf(client: StoreClient, query: string): Promise<number> {
  return Number((await rowsOf(client, query))[0]?.[0] ?? 0);
}

/** Reads one column of pseudonyms; ten million are 80 MB on the wire. */
async function subscribersOf(
  client: StoreClient,
  query: string,
  params: Record<string, unknown>,
  take: (hi: number, lo: number) => void,
): Promise<void> {
  const answer = await client.exec({ query: `${query} FORMAT RowBinary`, query_params: params });
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of answer.stream as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % ROW_BYTES);
    for (let at = 0; at < whole; at += ROW_BYTES) take(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at));
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) throw new Error(`the store sent ${rest.length} bytes after the last pseudonym`);
}
