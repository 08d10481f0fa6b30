/**
 * What is kept of followed audiences: who follows which, who was in it at the start, every change since, and up to which change they were
 * published. A change is kept first and published then, so that one which a crash left unpublished is found again with the same id.
 */
import { insertRowBinary, type StoreClient } from "../store/client.js";
import { pseudonymsOf } from "../store/pseudonyms.js";
import {
  beginRow,
  createRowBuffer,
  putEpochMs,
  putString,
  putUInt8,
  putUInt32,
  putUInt64,
  written,
} from "../store/rowbinary.js";

export interface Follow {
  readonly audience: string;
  /** Regions of whose people changes are told, with those below them; null: of all. */
  readonly regions: readonly string[] | null;
  readonly followedBy: string;
  readonly role: string;
  readonly purpose: string;
  /** When it began, epoch ms; the number of the batch of those who were there. */
  readonly sinceMs: number;
}

export type Change = "present" | "entered" | "left";
const CODES: Readonly<Record<Change, number>> = { present: 1, entered: 2, left: 3 };

/** Changes that are found at one look, and the definition and watermark that they are by. */
export interface Batch {
  readonly audience: string;
  /** Greater than those of all batches before. */
  readonly batch: number;
  readonly version: number;
  readonly asOfMs: number;
}

export interface ChangeOf extends Omit<Batch, "audience"> {
  readonly subscriber: string;
  readonly change: Exclude<Change, "present">;
}

const ROWS_MAX = 100_000;

export class Follows {
  private readonly client: StoreClient;

  constructor(client: StoreClient) {
    this.client = client;
  }

  /** The audiences that are followed now. */
  async list(): Promise<Follow[]> {
    const rows = await this.rows<FollowRow>(
      `SELECT audience, everywhere, regions, followed_by AS followedBy, role, purpose, changed AS sinceMs
FROM audience_follows_rows FINAL WHERE following = 1 ORDER BY audience`,
    );
    return rows.map(({ everywhere, regions, sinceMs, ...row }) => ({
      ...row,
      regions: everywhere === 1 ? null : regions,
      sinceMs: Number(sinceMs),
    }));
  }

  /** Begins, or begins anew: these people are there, and nothing is published of them. */
  async begin(
    follow: Follow,
    { version, asOfMs }: Pick<Batch, "version" | "asOfMs">,
    people: BigUint64Array,
  ): Promise<void> {
    const { audience, sinceMs } = follow;
    await this.append({ audience, batch: sinceMs, version, asOfMs }, "present", people);
    await this.published(audience, sinceMs);
    await this.write(follow, 1);
  }

  /** False where it is not followed. */
  async end(audience: string, atMs: number): Promise<boolean> {
    const follow = (await this.list()).find((one) => one.audience === audience);
    if (follow === undefined) return false;
    await this.write({ ...follow, sinceMs: Math.max(atMs, follow.sinceMs + 1) }, 0);
    return true;
  }

  /** Who is in it by what was kept. */
  people({ audience, sinceMs }: Follow): AsyncGenerator<BigUint64Array> {
    const query = `SELECT subscriber FROM audience_log_rows WHERE audience = {audience:String} AND batch >= {since:UInt64}
GROUP BY subscriber HAVING argMax(change, batch) != 'left'`;
    return pseudonymsOf(this.client, query, { audience, since: sinceMs }, ROWS_MAX);
  }

  async append({ audience, batch, version, asOfMs }: Batch, change: Change, people: BigUint64Array): Promise<void> {
    const buffer = createRowBuffer();
    for (let at = 0; at < people.length; at += ROWS_MAX) {
      buffer.length = 0;
      for (const subscriber of people.subarray(at, at + ROWS_MAX)) {
        beginRow(buffer);
        putString(buffer, audience);
        putEpochMs(buffer, batch);
        putUInt64(buffer, Number(subscriber >> 32n), Number(subscriber & 0xffff_ffffn));
        putUInt8(buffer, CODES[change]);
        putUInt32(buffer, version);
        putUInt32(buffer, Math.floor(asOfMs / 1000));
      }
      const columns = ["audience", "batch", "subscriber", "change", "version", "as_of"];
      await insertRowBinary(this.client, "audience_log_rows", columns, written(buffer));
    }
  }

  /** Changes that were kept and perhaps not published, oldest first: whole batches, ROWS_MAX changes or some more. */
  async unpublished({ audience, sinceMs }: Follow): Promise<ChangeOf[]> {
    const rows = await this.rows<ChangeRow>(
      `SELECT batch, toString(subscriber) AS subscriber, toString(change) AS change, version, toUnixTimestamp(as_of) AS asOfSec
FROM audience_log_rows FINAL WHERE audience = {audience:String} AND batch > {since:UInt64}
  AND batch > (SELECT max(batch) FROM audience_published_rows WHERE audience = {audience:String})
ORDER BY batch LIMIT {rows:UInt32} WITH TIES`,
      { audience, since: sinceMs, rows: ROWS_MAX },
    );
    return rows.map(({ batch, asOfSec, ...row }) => ({ ...row, batch: Number(batch), asOfMs: asOfSec * 1000 }));
  }

  /** Everything up to this batch is with the stream. */
  async published(audience: string, batch: number): Promise<void> {
    const values = [{ audience, batch: String(batch) }];
    await this.client.insert({ table: "audience_published_rows", format: "JSONEachRow", values });
  }

  private async write({ followedBy, sinceMs, regions, ...follow }: Follow, following: 0 | 1): Promise<void> {
    const row = { ...follow, following, regions: regions ?? [], everywhere: regions === null ? 1 : 0 };
    const values = [{ ...row, followed_by: followedBy, changed: String(sinceMs) }];
    await this.client.insert({ table: "audience_follows_rows", format: "JSONEachRow", values });
  }

  private async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const answer = await this.client.query({ query, query_params: parameters, format: "JSONEachRow" });
    return answer.json<Row>();
  }
}

type FollowRow = Omit<Follow, "regions" | "sinceMs"> & {
  readonly everywhere: number;
  readonly regions: readonly string[];
  readonly sinceMs: string;
};

type ChangeRow = Pick<ChangeOf, "subscriber" | "change" | "version"> & {
  readonly batch: string;
  readonly asOfSec: number;
};
