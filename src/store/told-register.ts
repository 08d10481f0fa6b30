/**
 * The sets of which a number was told, in the store: all processes of the API tell the same of them, also after a restart, and what one key
 * may be told in a day is counted over all of them.
 *
 * Who wants to be told of a set writes so first, and then reads what all have written: of two that ask for nearly the same set at once, both
 * see who came first, by the numbers of their inserts.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ToldSet } from "../audience/told.js";
import { secondsOfDayLeft, ToldSets } from "../audience/told-sets.js";
import type { StoreClient } from "./client.js";

export interface ToldOptions {
  readonly peopleMin: number;
  /** Different sets of which one principal is told in a day (UTC). */
  readonly perDayMax: number;
  readonly observe: (outcome: ToldOutcome) => void;
}

/** Of a set told before to the same one; of one that is new to it; not told, because it was told of as many as it may be. */
export const TOLD_OUTCOMES = ["again", "new", "spent"] as const;
export type ToldOutcome = (typeof TOLD_OUTCOMES)[number];

export type Telling = { readonly people: number | null } | { readonly retrySeconds: number };

/** Claims that come within this time share an insert. */
const GATHER_MS = 5;
/** Inserts begin no closer together, however many ask: each costs the store as much as a question, and so does the look at what all wrote. */
const APART_MS = 100;
/** Inserts that began before the newest row which was read may have ended since. */
const OVERLAP_SECONDS = 10;
const ROWS_MAX = 100_000;

interface Claim extends ToldSet {
  readonly id: string;
  readonly principal: string;
}

export class ToldRegister {
  private readonly client: StoreClient;
  private readonly options: ToldOptions;
  private readonly sets: ToldSets;
  private claims: Claim[] = [];
  private next: Promise<void> | null = null;
  private last: Promise<void> = Promise.resolve();
  /** Of the last insert. */
  private begunMs = Number.NEGATIVE_INFINITY;
  private readonly waiting = new Map<string, number>();
  /** Rows that were taken and may be read again, with their time. */
  private seen = new Map<string, number>();
  private newestMicros = "0";
  private opened: Promise<void> | null = null;

  constructor(client: StoreClient, options: ToldOptions) {
    this.client = client;
    this.options = options;
    this.sets = new ToldSets(options, options.perDayMax);
  }

  /** The number that somebody is told of a set, or the seconds after which it may be told of further ones. */
  async tell(principal: string, set: ToldSet): Promise<Telling> {
    this.opened ??= this.read();
    await this.opened.catch((error: unknown) => {
      this.opened = null;
      throw error;
    });
    const waiting = this.waiting.get(principal) ?? 0;
    const outcome = this.sets.mayTell(principal, set, Date.now(), waiting);
    this.options.observe(outcome);
    if (outcome === "spent") return { retrySeconds: secondsOfDayLeft(Date.now()) };
    if (outcome === "new") {
      this.waiting.set(principal, waiting + 1);
      try {
        await this.claim(principal, set);
      } finally {
        const still = (this.waiting.get(principal) ?? 1) - 1;
        if (still > 0) this.waiting.set(principal, still);
        else this.waiting.delete(principal);
      }
    }
    return { people: this.sets.numberOf(set) };
  }

  private claim(principal: string, set: ToldSet): Promise<void> {
    this.claims.push({ ...set, principal, id: String(Math.floor(Math.random() * 2 ** 52)) });
    this.next ??= this.flush();
    return this.next;
  }

  private async flush(): Promise<void> {
    await pause(Math.max(GATHER_MS, this.begunMs + APART_MS - performance.now()));
    await this.last.catch(() => undefined);
    const claims = this.claims;
    this.claims = [];
    this.next = null;
    this.begunMs = performance.now();
    this.last = this.write(claims);
    await this.last;
  }

  private async write(claims: readonly Claim[]): Promise<void> {
    await this.client.insert({
      table: "told_rows",
      format: "JSONEachRow",
      values: claims.map(({ told, fingerprint, ...row }) => ({
        ...row,
        told: told ?? 0,
        fingerprint: [...fingerprint],
      })),
    });
    await this.read();
  }

  private async read(): Promise<void> {
    const answer = await this.client.query({
      query: `SELECT * FROM (
  SELECT _block_number AS insert, toString(toUnixTimestamp64Micro(at)) AS micros, toString(id) AS id, principal, fingerprint, people, told
  FROM told_rows
  WHERE at >= fromUnixTimestamp64Micro({since:Int64}) - INTERVAL ${OVERLAP_SECONDS} SECOND ORDER BY at DESC, id LIMIT ${ROWS_MAX}
) ORDER BY insert, id`,
      query_params: { since: this.newestMicros },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      format: "JSONEachRow",
    });
    const before = this.seen;
    this.seen = new Map();
    for (const row of await answer.json<Row>()) {
      const timeMs = Number(row.micros) / 1000;
      this.seen.set(row.id, timeMs);
      if (before.has(row.id)) continue;
      const told = row.told === 0 ? null : row.told;
      this.sets.take({ ...row, told, fingerprint: Uint32Array.from(row.fingerprint), timeMs });
      if (BigInt(row.micros) > BigInt(this.newestMicros)) this.newestMicros = row.micros;
    }
  }
}

interface Row {
  readonly micros: string;
  readonly id: string;
  readonly principal: string;
  readonly fingerprint: readonly number[];
  readonly people: number;
  readonly told: number;
}
