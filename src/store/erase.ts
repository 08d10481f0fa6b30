/**
 * Erasure of one subscriber from all tables. A mutation keeps the text of its condition on disk for a long time, so that the condition
 * names the subscriber by a hash with a salt of its own and not by the pseudonym.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { StoreClient } from "./client.js";

/** Rows by table. */
export type RowsByTable = Readonly<Record<string, number>>;

export interface Erasure {
  /** Rows removed, older versions of a row included; only tables that had some. */
  readonly removed: RowsByTable;
  /** Rows that still name the subscriber; every table that can. Nothing but zeros is a success. */
  readonly left: RowsByTable;
  /** Replaced files of these tables that the server has not removed from the disk yet. */
  readonly replacedParts: number;
}

/** The statement text holds the pseudonym where it asks for it; a server with a query log must not keep that. */
const UNLOGGED = { log_queries: 0 } as const;
/** Seconds for which the server keeps the files that a mutation has replaced; 480 unless a table says so. */
const REPLACED_SECONDS = 1;
const REPLACED_MS_MAX = 180_000;
const POLL_MS = 250;

/**
 * Removes every row of the subscriber and, from the refused events, every row that names it. Resolves when the files with these rows are
 * gone from the disk, or after three minutes.
 *
 * @param pseudonym decimal
 */
export async function eraseSubscriber(client: StoreClient, pseudonym: string): Promise<Erasure> {
  const tables = await tablesOf(client);
  const salt = randomBytes(16).toString("hex");
  const hash = await one(client, "SELECT hex(sipHash128({salt:String}, {id:String})) AS value", {
    salt,
    id: pseudonym,
  });
  const removed: Record<string, number> = {};
  for (const table of tables) {
    const condition = conditionOf(table, salt, hash);
    const rows = Number(await one(client, `SELECT count() AS value FROM ${table.name} WHERE ${condition}`));
    if (rows === 0) continue;
    await client.command({
      query: `ALTER TABLE ${table.name} MODIFY SETTING old_parts_lifetime = ${REPLACED_SECONDS}`,
      clickhouse_settings: UNLOGGED,
    });
    await client.command({
      query: `ALTER TABLE ${table.name} DELETE WHERE ${condition}`,
      clickhouse_settings: { ...UNLOGGED, mutations_sync: "2" },
    });
    removed[table.name] = rows;
  }
  const replaced = await untilReplacedAreGone(client, Object.keys(removed));
  for (const name of Object.keys(removed))
    await client.command({ query: `ALTER TABLE ${name} RESET SETTING old_parts_lifetime` });
  return { removed, left: await rowsOfSubscriber(client, pseudonym), replacedParts: replaced };
}

/** Rows that name a subscriber, every table that can. */
export async function rowsOfSubscriber(client: StoreClient, pseudonym: string): Promise<RowsByTable> {
  const left: Record<string, number> = {};
  for (const { name, text } of await tablesOf(client)) {
    const condition = text ? `has(${NUMBERS}, {id:String})` : "toString(subscriber) = {id:String}";
    const query = `SELECT count() AS value FROM ${name} WHERE ${condition}`;
    left[name] = Number(await one(client, query, { id: pseudonym }));
  }
  return left;
}

interface SubscriberTable {
  readonly name: string;
  /** It names subscribers in texts, and not in a column. */
  readonly text: boolean;
}

/** The numbers in the texts of a refused event. */
const NUMBERS = "extractAll(concat(source, ' ', raw), '[0-9]+')";

/** Every table that keeps a column `subscriber`, whoever made it, and the refused events. */
async function tablesOf(client: StoreClient): Promise<SubscriberTable[]> {
  const answer = await client.query({
    query: `SELECT name, name = 'rejected_rows' AS text FROM system.tables
WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') AND (name = 'rejected_rows'
  OR name IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'subscriber'))
ORDER BY name`,
    format: "JSONEachRow",
  });
  return (await answer.json<{ name: string; text: number }>()).map(({ name, text }) => ({ name, text: text === 1 }));
}

function conditionOf({ text }: SubscriberTable, salt: string, hash: string): string {
  const isIt = (value: string) => `hex(sipHash128('${salt}', ${value})) = '${hash}'`;
  return text ? `arrayExists(number -> ${isIt("number")}, ${NUMBERS})` : isIt("toString(subscriber)");
}

/** Parts with rows that are there no more; a merge of new rows makes others while we wait, which hold nobody who is removed. */
async function untilReplacedAreGone(client: StoreClient, tables: readonly string[]): Promise<number> {
  const deadlineMs = Date.now() + REPLACED_MS_MAX;
  let parts = tables.length === 0 ? [] : await replacedParts(client, tables);
  while (parts.length > 0 && Date.now() < deadlineMs) {
    await pause(POLL_MS);
    for (const table of new Set(parts.map((part) => part.split(" ")[0] as string))) await cleanUp(client, table);
    const still = new Set(await replacedParts(client, tables));
    parts = parts.filter((part) => still.has(part));
  }
  return parts.length;
}

/** Has the server look for replaced files of a table now, and not in half a minute. Who may not ask for it waits. */
async function cleanUp(client: StoreClient, table: string): Promise<void> {
  await client.command({ query: `SYSTEM START CLEANUP ${table}`, clickhouse_settings: UNLOGGED }).catch(() => {});
}

async function replacedParts(client: StoreClient, tables: readonly string[]): Promise<string[]> {
  const answer = await client.query({
    query: `SELECT concat(table, ' ', name) AS part FROM system.parts
WHERE database = currentDatabase() AND NOT active AND rows > 0 AND has({tables:Array(String)}, table)`,
    query_params: { tables },
    format: "JSONEachRow",
  });
  return (await answer.json<{ part: string }>()).map(({ part }) => part);
}

async function one(client: StoreClient, query: string, parameters: Record<string, unknown> = {}): Promise<string> {
  const answer = await client.query({
    query,
    query_params: parameters,
    format: "JSONEachRow",
    clickhouse_settings: UNLOGGED,
  });
  return String((await answer.json<{ value: string | number }>())[0]?.value ?? "");
}
