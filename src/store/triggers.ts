/** Where triggers are kept. */
import type { Trigger } from "../trigger/trigger.js";
import type { StoreClient } from "./client.js";

/** More triggers than this are not taken. */
export const TRIGGERS_MAX = 100_000;

interface Row {
  readonly trigger: string;
  readonly version: string;
  readonly deleted: number;
  readonly definition: string;
}

async function rowsOf(client: StoreClient, query: string, parameters: Record<string, string>): Promise<Row[]> {
  const answer = await client.query({ query, query_params: parameters, format: "JSONEachRow" });
  return answer.json<Row>();
}

/** All triggers by id. */
export async function readTriggers(client: StoreClient): Promise<Trigger[]> {
  const rows = await rowsOf(client, "SELECT definition FROM triggers FINAL WHERE deleted = 0 ORDER BY trigger", {});
  return rows.map(({ definition }) => JSON.parse(definition) as Trigger);
}

/** What differs whenever a trigger was made or deleted. */
export async function triggersVersion(client: StoreClient): Promise<string> {
  const answer = await client.query({
    query: "SELECT toString(max(version)) AS newest, toString(count()) AS many FROM triggers FINAL",
    format: "JSONEachRow",
  });
  const [row] = await answer.json<{ newest: string; many: string }>();
  return `${row?.newest}:${row?.many}`;
}

/** One trigger by its id, null where there is none. */
export async function readTrigger(client: StoreClient, trigger: string): Promise<Trigger | null> {
  const [row] = await newest(client, trigger);
  return row === undefined || Number(row.deleted) === 1 ? null : (JSON.parse(row.definition) as Trigger);
}

/** How many there are. */
export async function countTriggers(client: StoreClient): Promise<number> {
  const answer = await client.query({
    query: "SELECT count() AS many FROM triggers FINAL WHERE deleted = 0",
    format: "JSONEachRow",
  });
  const [row] = await answer.json<{ many: string }>();
  return Number(row?.many ?? 0);
}

/**
 * Makes a trigger. False where there is one of its id, also where another process made it first: of inserts that take the place of one row the
 * store keeps the first. Durable when it resolves.
 */
export async function makeTrigger(client: StoreClient, trigger: Trigger): Promise<boolean> {
  const [row] = await newest(client, trigger.trigger);
  if (row !== undefined && Number(row.deleted) === 0) return false;
  await write(client, trigger, row, 0);
  const [kept] = await newest(client, trigger.trigger);
  return kept?.definition === JSON.stringify(trigger);
}

/** Writes that a trigger is no more; durable when it resolves. */
export async function deleteTrigger(client: StoreClient, trigger: Trigger): Promise<void> {
  const [row] = await newest(client, trigger.trigger);
  await write(client, trigger, row, 1);
}

async function write(client: StoreClient, trigger: Trigger, before: Row | undefined, deleted: 0 | 1): Promise<void> {
  const newestVersion = Number(before?.version ?? 0);
  const version = String(Math.max(Date.now(), newestVersion + 1));
  await client.insert({
    table: "triggers",
    format: "JSONEachRow",
    values: [{ trigger: trigger.trigger, version, deleted, definition: JSON.stringify(trigger) }],
    clickhouse_settings: { insert_deduplication_token: `${trigger.trigger}/${newestVersion}` },
  });
}

function newest(client: StoreClient, trigger: string): Promise<Row[]> {
  return rowsOf(
    client,
    "SELECT trigger, toString(version) AS version, deleted, definition FROM triggers FINAL WHERE trigger = {trigger:String}",
    { trigger },
  );
}
