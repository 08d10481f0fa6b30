/**
 * Saved audiences: an expression with an id and a name, in versions that are all kept. What it was when an export was made, or while it was
 * followed, can be read afterwards; removing it ends it and keeps its versions.
 */
import { type Expression, readExpression } from "../audience/expression.js";
import { printAudience } from "../audience/print.js";
import type { StoreClient } from "../store/client.js";

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

export class SavedAudiences {
  private readonly client: StoreClient;
  /** Saves of this process wait for one another, so that each makes a version of its own. */
  private last: Promise<unknown> = Promise.resolve();

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
    return this.alone(async () => {
      const before = await this.get(wanted.audience);
      if (before !== null) mayChange(await this.ownerOf(wanted.audience));
      const text = printAudience(wanted.expression);
      if (before !== null && before.text === text && before.name === wanted.name) return before;
      const saved = { ...wanted, text, version: (await this.newest(wanted.audience)) + 1, savedMs: Date.now() };
      await this.write(saved, 0);
      return saved;
    });
  }

  /** False where there was none. @param mayChange as for `save` */
  remove(audience: string, by: string, mayChange: (owner: string) => void): Promise<boolean> {
    return this.alone(async () => {
      const before = await this.get(audience);
      if (before === null) return false;
      mayChange(await this.ownerOf(audience));
      await this.write({ ...before, version: before.version + 1, savedBy: by, savedMs: Date.now() }, 1);
      return true;
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

  private async write(saved: SavedAudience, gone: 0 | 1): Promise<void> {
    const { audience, version, name, text, expression, savedBy, savedMs } = saved;
    const row = { audience, version, name, text, expression: JSON.stringify(expression), saved_by: savedBy, gone };
    await this.client.insert({
      table: "audiences_rows",
      format: "JSONEachRow",
      values: [{ ...row, saved: (savedMs / 1000).toFixed(3) }],
    });
  }

  private async read(query: string, parameters: Record<string, unknown>): Promise<SavedAudience[]> {
    const answer = await this.client.query({ query, query_params: parameters, format: "JSONEachRow" });
    return (await answer.json<SavedRow>()).map(({ json, savedMs, ...row }) => ({
      ...row,
      expression: expressionOf(json),
      savedMs: Number(savedMs),
    }));
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

type SavedRow = Omit<SavedAudience, "expression" | "savedMs"> & { readonly json: string; readonly savedMs: string };

function expressionOf(json: string): Expression {
  const read = readExpression(JSON.parse(json));
  if ("expression" in read) return read.expression;
  throw new Error(`a saved audience is no expression: ${read.faults[0]?.says}`);
}
