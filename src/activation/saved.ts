/**
 * Saved audiences: an expression with an id and a name, in versions that are all kept. What it was when an export was made, or while it was
 * followed, can be read afterwards; removing it ends it and keeps its versions.
 */
import { type Expression, readExpression } from "../audience/expression.js";
import { printAudience } from "../audience/print.js";
import type { StoreClient } from "../store/client.js";
import { StoreError } from "../store/store-error.js";

export interface SavedAudience {
  readonly audience: string;
  /** From 1. */
  readonly version: number;
  /** For people. */
  readonly name: string;
  readonly text: string;
  readonly expression: Expression;
  /** Who saved this version. */
  readonly savedBy: string;
  readonly savedMs: number;
}

export interface NewVersion {
  readonly audience: string;
  readonly name: string;
  readonly expression: Expression;
  readonly savedBy: string;
}

const COLUMNS =
  "audience, version, name, text, expression AS json, saved_by AS savedBy, toUnixTimestamp64Milli(saved) AS savedMs";

/** So many others may save the same audience at once. */
const TRIES_MAX = 20;

export class SavedAudiences {
  private readonly client: StoreClient;

  constructor(client: StoreClient) {
    this.client = client;
  }

  /** The newest versions, by id. @param after only ids after this one */
  list(after: string, limit: number): Promise<SavedAudience[]> {
    const query = `SELECT ${COLUMNS} FROM audiences WHERE audience > {after:String} ORDER BY audience LIMIT {limit:UInt32}`;
    return this.read(query, { after, limit });
  }

  /** The newest version; null where there is none, or it was removed. */
  async get(audience: string): Promise<SavedAudience | null> {
    const [found] = await this.read(`SELECT ${COLUMNS} FROM audiences WHERE audience = {audience:String}`, {
      audience,
    });
    return found ?? null;
  }

  /** All versions, the newest first; those of before a removal too. */
  versions(audience: string): Promise<SavedAudience[]> {
    const query = `SELECT ${COLUMNS} FROM audiences_rows FINAL WHERE audience = {audience:String} AND gone = 0 ORDER BY version DESC`;
    return this.read(query, { audience });
  }

  /**
   * Makes a version, unless the newest says the same.
   *
   * @param mayChange asked before one that is there is changed, with who saved it first; what it throws ends it
   */
  save(wanted: NewVersion, mayChange: (owner: string) => void): Promise<SavedAudience> {
    return untilWritten(async () => {
      const before = await this.get(wanted.audience);
      if (before !== null) mayChange(await this.ownerOf(wanted.audience));
      const text = printAudience(wanted.expression);
      if (before !== null && before.text === text && before.name === wanted.name) return before;
      const saved = { ...wanted, text, version: (await this.newest(wanted.audience)) + 1, savedMs: Date.now() };
      return (await this.write(saved, 0)) ? saved : null;
    });
  }

  /** False where there was none. @param mayChange as for `save` */
  remove(audience: string, by: string, mayChange: (owner: string) => void): Promise<boolean> {
    return untilWritten(async () => {
      const before = await this.get(audience);
      if (before === null) return false;
      mayChange(await this.ownerOf(audience));
      const end = { ...before, version: before.version + 1, savedBy: by, savedMs: Date.now() };
      return (await this.write(end, 1)) ? true : null;
    });
  }

  /** Who saved it first; whose it was before it was last removed does not count. */
  private async ownerOf(audience: string): Promise<string> {
    const query = `SELECT ${COLUMNS} FROM audiences_rows FINAL WHERE audience = {audience:String} AND gone = 0
  AND version > (SELECT maxIf(version, gone = 1) FROM audiences_rows WHERE audience = {audience:String}) ORDER BY version LIMIT 1`;
    return (await this.read(query, { audience }))[0]?.savedBy ?? "";
  }

  private async newest(audience: string): Promise<number> {
    const answer = await this.client.query({
      query: "SELECT max(version) AS version FROM audiences_rows WHERE audience = {audience:String}",
      query_params: { audience },
      format: "JSONEachRow",
    });
    return (await answer.json<{ version: number }>())[0]?.version ?? 0;
  }

  /**
   * False where another process has written this version first: of inserts with one mark the store keeps the first. Of two that write the same
   * in one millisecond both have written it.
   */
  private async write(saved: SavedAudience, gone: 0 | 1): Promise<boolean> {
    const { audience, version, name, text, expression, savedBy, savedMs } = saved;
    const row = { audience, version, name, text, expression: JSON.stringify(expression), saved_by: savedBy, gone };
    await this.client.insert({
      table: "audiences_rows",
      format: "JSONEachRow",
      values: [{ ...row, saved: (savedMs / 1000).toFixed(3) }],
      clickhouse_settings: { insert_deduplication_token: `${audience}/${version}` },
    });
    const answer = await this.client.query({
      query: `SELECT name, text, saved_by, gone, toUnixTimestamp64Milli(saved) AS saved FROM audiences_rows
WHERE audience = {audience:String} AND version = {version:UInt32}`,
      query_params: { audience, version },
      format: "JSONEachRow",
    });
    const [kept] = await answer.json<{ name: string; text: string; saved_by: string; gone: number; saved: string }>();
    const isSame = kept?.name === name && kept.text === text && kept.saved_by === savedBy && kept.gone === gone;
    return isSame && Number(kept.saved) === savedMs;
  }

  private async read(query: string, parameters: Record<string, unknown>): Promise<SavedAudience[]> {
    const answer = await this.client.query({ query, query_params: parameters, format: "JSONEachRow" });
    return (await answer.json<SavedRow>()).map(({ json, savedMs, ...row }) => ({
      ...row,
      expression: expressionOf(json),
      savedMs: Number(savedMs),
    }));
  }
}

/** Tries until a version is written, each time after what others wrote meanwhile; `attempt` says null where they came first. */
async function untilWritten<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const made = await attempt();
    if (made !== null) return made;
  }
  throw new StoreError("others change the audience all the time", "busy");
}

type SavedRow = Omit<SavedAudience, "expression" | "savedMs"> & { readonly json: string; readonly savedMs: string };

function expressionOf(json: string): Expression {
  const read = readExpression(JSON.parse(json));
  if ("expression" in read) return read.expression;
  throw new Error(`a saved audience is no expression: ${read.faults[0]?.says}`);
}
