import { setTimeout as pause } from "node:timers/promises";
import type { StoreClient } from "../../src/store/client.js";
import type { Sent } from "./feed.js";

const POLL_MS = 100;
/** Looks at `rejected` for one look at `memberships`. */
const REJECTED_LOOKS = 4;
/** A row says when its insert began; it can be read so much later at most. */
const INSERT_SEC_MAX = 20;

/** Asks the store, ten times a second, what can be read in it. */
export class ReadableWatch {
  /** Milliseconds from publishing to readable, by sequence of the message: of its one event whose cell nobody knows. */
  readonly latencies = new Map<number, number>();
  /** Rows of memberships by the end of the day that they tell of (epoch ms), and when the last of them came. */
  readonly days = new Map<number, { rows: number; readableMs: number }>();
  private readonly client: StoreClient;
  private readonly sent: ReadonlyMap<number, Sent>;
  private fromSec = 0;
  private isClosed = false;
  private readonly ended: Promise<void>;

  constructor(client: StoreClient, sent: ReadonlyMap<number, Sent>) {
    this.client = client;
    this.sent = sent;
    this.ended = this.watch();
  }

  private async watch(): Promise<void> {
    for (let look = 0; !this.isClosed; look++) {
      await this.lookAtRejected();
      if (look % REJECTED_LOOKS === 0) await this.lookAtMemberships();
      await pause(POLL_MS);
    }
  }

  private async lookAtRejected(): Promise<void> {
    const rows = await this.rows<{ source: string; sec: number }>(
      `SELECT source, toUnixTimestamp(written) AS sec FROM rejected_rows WHERE reason = 'unknown_cell' AND written >= ${this.fromSec}`,
    );
    const nowMs = performance.now();
    let latestSec = 0;
    for (const { source, sec } of rows) {
      latestSec = Math.max(latestSec, sec);
      const sequence = Number(/^nats:[^:]+:(\d+):/.exec(source)?.[1]);
      const sent = this.sent.get(sequence);
      if (sent !== undefined && !this.latencies.has(sequence)) this.latencies.set(sequence, nowMs - sent.sentMs);
    }
    this.fromSec = Math.max(this.fromSec, latestSec - INSERT_SEC_MAX);
  }

  private async lookAtMemberships(): Promise<void> {
    const rows = await this.rows<{ version: string; n: string }>(
      "SELECT toString(version) AS version, toString(count()) AS n FROM memberships_rows GROUP BY version",
    );
    const readableMs = performance.now();
    for (const { version, n } of rows)
      if (this.days.get(Number(version))?.rows !== Number(n))
        this.days.set(Number(version), { rows: Number(n), readableMs });
  }

  private async rows<Row>(query: string): Promise<Row[]> {
    const answer = await this.client.query({ query, format: "JSONEachRow" });
    return answer.json<Row>();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.ended;
  }
}
