import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/schema.js";
import type { Dimension } from "../rows.js";
import type { AnchorFact, CircleChanges, Found, FoundStay, Membership } from "../score/facts.js";
import type { Hearing } from "../score/hearing.js";
import { UserError } from "../signal/user-error.js";
import { fileSource } from "../source/file.js";
import { overheard } from "../source/overheard.js";
import type { Pseudonymiser } from "../source/pseudonym.js";
import type { StoreClient } from "../store/client.js";
import { storeErrorOf } from "../store/store-error.js";
import { LINE_BYTES_MAX } from "./store.js";

/** ClickHouse's codes for a table and a database that are not there. */
const MISSING_CODES = new Set([60, 81]);
const SIGNALLING_NAMES = ["signalling.csv", "signalling.csv.gz"];

const CHANGES = `SELECT circle, sum(entries), sum(strengthenings), sum(leavings), countIf(entries > 1) FROM (
  SELECT circle, subscriber, countIf(change = 'entered') AS entries, countIf(change = 'strengthened') AS strengthenings,
    countIf(change = 'left') AS leavings FROM membership_log GROUP BY circle, subscriber
) GROUP BY circle ORDER BY circle`;

/** Reads what the store says: memberships, first anchors, stays, and the changes of its log. Throws UserError where it holds none. */
export async function readFound(client: StoreClient, place: string): Promise<Found> {
  const memberships: Membership[] = [];
  const anchors: AnchorFact[] = [];
  const stays: FoundStay[] = [];
  const changes: CircleChanges[] = [];
  const mend = "replay the signalling that the truth is about into it first";
  try {
    await rowsOf(
      client,
      "SELECT toString(subscriber), toString(dimension), circle, score FROM memberships ORDER BY circle, subscriber",
      ([subscriber, dimension, circle, score]) => {
        memberships.push({
          subscriber: String(subscriber),
          dimension: String(dimension) as Dimension,
          circle: String(circle),
          score: Number(score),
        });
      },
    );
    await rowsOf(
      client,
      "SELECT toString(subscriber), toString(kind), lon, lat FROM anchors WHERE rank = 1 AND kind != 'other'",
      ([subscriber, kind, lon, lat]) => {
        anchors.push({ subscriber: String(subscriber), kind: String(kind), lon: Number(lon), lat: Number(lat) });
      },
    );
    await rowsOf(
      client,
      "SELECT toString(subscriber), toUnixTimestamp(start), toUnixTimestamp(end), lon, lat, events FROM stays ORDER BY subscriber, start",
      ([subscriber, start, end, lon, lat, events]) => {
        stays.push({
          subscriber: String(subscriber),
          startMs: Number(start) * 1000,
          endMs: Number(end) * 1000,
          lon: Number(lon),
          lat: Number(lat),
          events: Number(events),
        });
      },
    );
    await rowsOf(client, CHANGES, ([circle, entered, strengthened, left, returned]) => {
      changes.push({
        circle: String(circle),
        entered: Number(entered),
        strengthened: Number(strengthened),
        left: Number(left),
        returned: Number(returned),
      });
    });
  } catch (error) {
    const fault = storeErrorOf(error, "score");
    if (MISSING_CODES.has(fault.code)) throw new UserError(`the store ${place} has no tables of lifecircle`, mend);
    throw fault;
  }
  if (memberships.length + anchors.length + stays.length === 0)
    throw new UserError(`the store ${place} is empty: no membership, anchor or stay`, mend);
  return { memberships, anchors, stays, changes };
}

async function rowsOf(client: StoreClient, query: string, take: (row: readonly unknown[]) => void): Promise<void> {
  const answer = await client.query({
    query,
    format: "JSONCompactEachRow",
    clickhouse_settings: { readonly: "2" },
  });
  for await (const rows of answer.stream<readonly unknown[]>()) for (const row of rows) take(row.json());
}

/** The signalling file of a folder of truth; null where it has none. */
export function signallingIn(dir: string): string | null {
  return SIGNALLING_NAMES.map((name) => join(dir, name)).find(existsSync) ?? null;
}

/** Reads a signalling file for who was heard when; rows that the engine would not take for their place count as heard. */
export async function hearFile(
  path: string,
  config: Config,
  pseudonymiser: Pseudonymiser,
  hearing: Hearing,
): Promise<void> {
  const source = fileSource({
    files: [path],
    partitions: 1,
    rowsPerBatch: config.stream.batchRows,
    pseudonymiser,
    clock: Date.now,
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    lineBytesMax: LINE_BYTES_MAX,
    closeAtEnd: false,
  });
  for await (const _ of overheard(source, hearing).deliveries(new Map()));
}
