import type { ClickHouseClient } from "@clickhouse/client";
import { tables } from "./migrations/0001-tables.js";
import { portraits } from "./migrations/0002-portraits.js";
import { audit } from "./migrations/0003-audit.js";
import { triggers } from "./migrations/0004-triggers.js";
import { audiences } from "./migrations/0005-audiences.js";
import { devices } from "./migrations/0006-devices.js";
import { told } from "./migrations/0007-told.js";
import { writtenLately } from "./migrations/0008-written-lately.js";
import { membershipsByPerson } from "./migrations/0009-memberships-by-person.js";
import { firstVersion } from "./migrations/0010-first-version.js";
import { writtenUpTo } from "./migrations/0011-written-up-to.js";
import { StoreError } from "./store-error.js";

/** A step of the schema. Its statements may run twice, also at once in two processes: each says IF NOT EXISTS or the like. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  tables,
  portraits,
  audit,
  triggers,
  audiences,
  devices,
  told,
  writtenLately,
  membershipsByPerson,
  firstVersion,
  writtenUpTo,
];

/**
 * Brings the database to the schema of this version; a second run changes nothing. Throws StoreError (fatal) for a schema that a newer
 * version made.
 */
export async function migrate(client: ClickHouseClient): Promise<void> {
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS schema_migrations (number UInt32, name String, applied DateTime('UTC') DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY number`,
  });
  const answer = await client.query({ query: "SELECT number FROM schema_migrations FINAL", format: "JSONEachRow" });
  const applied = new Set((await answer.json<{ number: number }>()).map((row) => row.number));
  const newest = MIGRATIONS.at(-1)?.number ?? 0;
  for (const number of applied) {
    if (number > newest) {
      throw new StoreError(
        `the store has schema ${number}, this version knows ${newest}: use the newer version`,
        "fatal",
      );
    }
  }
  for (const migration of MIGRATIONS) {
    if (applied.has(migration.number)) continue;
    for (const query of migration.statements) await client.command({ query });
    await client.insert({
      table: "schema_migrations",
      columns: ["number", "name"],
      values: [{ number: migration.number, name: migration.name }],
      format: "JSONEachRow",
    });
  }
}

/**
 * Days after which rows of a table are forgotten; null keeps them. Counted from when a row was written, not from its event time: who
 * replays an old month wants to read it.
 */
export interface TtlDays {
  readonly stays: number | null;
  readonly membershipLog: number | null;
  readonly presence: number | null;
  readonly rejected: number | null;
}

const TTL_TABLES = [
  ["stays", "stays_rows"],
  ["stays", "ways_rows"],
  ["membershipLog", "membership_log_rows"],
  ["presence", "presence_rows"],
  ["rejected", "rejected_rows"],
] as const;

/** Changes the time to live of the tables where it differs from what is wanted. */
export async function applyTtl(client: ClickHouseClient, ttl: TtlDays): Promise<void> {
  const answer = await client.query({
    query: "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()",
    format: "JSONEachRow",
  });
  const engines = new Map(
    (await answer.json<{ name: string; engine_full: string }>()).map((row) => [row.name, row.engine_full]),
  );
  for (const [key, table] of TTL_TABLES) {
    const match = /TTL .*?toIntervalDay\((\d+)\)/.exec(engines.get(table) ?? "");
    const present = match === null ? null : Number(match[1]);
    const wanted = ttl[key];
    if (wanted === present) continue;
    const clause = wanted === null ? "REMOVE TTL" : `MODIFY TTL written + INTERVAL ${wanted} DAY`;
    await client.command({ query: `ALTER TABLE ${table} ${clause}` });
  }
}
