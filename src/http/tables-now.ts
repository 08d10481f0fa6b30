import type { Ask } from "./ask.js";
import { Kept } from "./kept.js";

/** Seconds for which a look at the tables is enough. */
const LOOK_SECONDS = 1;
const TABLES = /\b(memberships|membership_log|anchors|stays|presence)(?:_rows)?\b/g;

/** Tables that are divided by event time; another, as the audit log, by the clock. The nameless one is of `LATEST`. */
const OF_EVENTS = new Set(["stays_rows", "membership_log_rows", "presence_rows", ""]);

/**
 * What differs whenever rows were inserted into a table or changed in it, while merges of its parts leave it as it is; and the newest event
 * time in it. Of the metadata alone, so that it costs the same for ten million people.
 */
const LOOK = `SELECT table, toString(sum(newest)) AS version, toUnixTimestamp(max(latest)) AS latestSec FROM (
  SELECT table, partition_id, max(max_block_number) + max(data_version) AS newest, max(max_time) AS latest
  FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition_id
) GROUP BY table`;
/** The same time where a user may not see the parts. */
const LATEST = `SELECT '' AS table, '' AS version, toUnixTimestamp(greatest((SELECT max(start) FROM stays_rows),
  (SELECT max(time) FROM membership_log_rows), (SELECT max(slot) FROM presence_rows))) AS latestSec`;

interface TableRow {
  readonly table: string;
  readonly version: string;
  readonly latestSec: number;
}

/** What a look at the tables found. */
export interface TablesNow {
  /** Newest event time in the store, epoch seconds; null while it is empty. */
  readonly watermarkSec: number | null;
  /** Of all tables that a statement names; one that nobody knows is like no other. */
  versionOf(sql: string): string;
}

/** Looks at the tables, at most once a second. */
export function tablesNow(ask: Ask): () => Promise<TablesNow> {
  const kept = new Kept<TablesNow>({
    ...{ secondsMax: LOOK_SECONDS, meanwhileSecondsMax: 0, weightMax: 1, oneWeightMax: 1 },
    weightOf: () => 1,
  });
  const look = async () => {
    try {
      return found(await ask<TableRow>(LOOK));
    } catch {
      return found(await ask<TableRow>(LATEST));
    }
  };
  return () => kept.get("", look);
}

function found(rows: readonly TableRow[]): TablesNow {
  const latestSec = Math.max(0, ...rows.filter(({ table }) => OF_EVENTS.has(table)).map((row) => row.latestSec));
  const versions = new Map(rows.map(({ table, version }) => [table, version]));
  return {
    watermarkSec: latestSec === 0 ? null : latestSec,
    versionOf(sql) {
      if (versions.has("")) return `${Math.random()}`;
      const tables = new Set([...sql.matchAll(TABLES)].map((match) => `${match[1]}_rows`));
      return [...tables].map((table) => `${table}:${versions.get(table)}`).join();
    },
  };
}
