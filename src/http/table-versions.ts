import type { Ask } from "./ask.js";
import { Kept } from "./kept.js";

/** Seconds for which a look at the tables is enough. */
const LOOK_SECONDS = 1;
const TABLES = /\b(memberships|membership_log|anchors|stays|presence)(?:_rows)?\b/g;

/** What differs whenever rows were inserted into a table or changed in it; merges of its parts leave it as it is. */
const VERSIONS = `SELECT table, toString(sum(newest)) AS version FROM (
  SELECT table, partition_id, max(max_block_number) + max(data_version) AS newest
  FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition_id
) GROUP BY table`;

/** The version of all tables that a statement names. One that cannot be had, as where a user may not see the parts, is like no other. */
export function tableVersions(ask: Ask): (sql: string) => Promise<string> {
  const kept = new Kept<ReadonlyMap<string, string>>({
    ...{ secondsMax: LOOK_SECONDS, weightMax: 1, oneWeightMax: 1 },
    weightOf: () => 1,
  });
  const look = async () => {
    const rows = await ask<{ table: string; version: string }>(VERSIONS);
    return new Map(rows.map(({ table, version }) => [table, version]));
  };
  return async (sql) => {
    const tables = new Set([...sql.matchAll(TABLES)].map((match) => `${match[1]}_rows`));
    try {
      const versions = await kept.get("", look);
      return [...tables].map((table) => `${table}:${versions.get(table)}`).join();
    } catch {
      return `${Math.random()}`;
    }
  };
}
