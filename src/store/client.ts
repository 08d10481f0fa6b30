import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { UserError } from "../signal/user-error.js";
import { applyTtl, migrate, type TtlDays } from "./migrate.js";
import { StoreError, storeErrorOf } from "./store-error.js";

export interface StoreOptions {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** PEM file of the authority that signed the server's certificate; null trusts the system's. */
  readonly caFile: string | null;
  /** Compresses what is sent and received; pays over a network, not over loopback. */
  readonly gzip: boolean;
  readonly requestMsMax: number;
  /** Further tries after a failure that may pass. */
  readonly retriesMax: number;
  readonly retryFirstMs: number;
  readonly retryMsMax: number;
  /** Told before each further try. */
  readonly onRetry?: (fault: StoreError) => void;
  readonly ttlDays: TtlDays;
}

type Retries = Pick<StoreOptions, "retriesMax" | "retryFirstMs" | "retryMsMax" | "onRetry">;

/**
 * ClickHouse holds a question of a greater number back while a statement of a smaller one runs; what has none holds nobody back and waits for
 * nobody. Rows of the engine come before questions: it stands still when they are not written in time.
 */
export const PRIORITY = { inserts: 1, questions: 2 } as const;

export type StoreClient = ReturnType<typeof createClient>;

export interface Store {
  /** For questions; its errors are the client's own. */
  readonly client: StoreClient;
  /**
   * Appends rows in RowBinary. Durable when it resolves. Throws StoreError once the tries are used up, or at once when fatal. Right before
   * each try `before` is asked; what it throws ends the tries.
   */
  insertRowBinary(
    table: string,
    columns: readonly string[],
    rows: Uint8Array,
    before?: () => Promise<void>,
  ): Promise<void>;
  /** Does what may be done twice, with the tries of an insert. Throws StoreError. */
  retried<T>(place: string, work: () => Promise<T>): Promise<T>;
  /** True when the server answers a select with this login. */
  isHealthy(): Promise<boolean>;
  close(): Promise<void>;
}

/** A client for questions, without migrations. Throws UserError when the certificate file cannot be read. */
export function connectStore(options: Omit<StoreOptions, "ttlDays">, database = options.database): StoreClient {
  return createClient({
    url: options.url,
    database,
    username: options.user,
    password: options.password,
    request_timeout: options.requestMsMax,
    compression: { request: options.gzip, response: options.gzip },
    application: "lifecircle",
    log: { level: ClickHouseLogLevel.OFF },
    ...(options.caFile === null ? {} : { tls: { ca_cert: readCertificate(options.caFile) } }),
  });
}

/**
 * Connects to a ClickHouse, makes the database, brings its schema and times to live up to date, and checks that it answers.
 * Throws StoreError.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const client = connectStore(options);
  const retry = <T>(place: string, work: () => Promise<T>) => withRetries(options, place, work);
  try {
    const first = connectStore(options, "system");
    const name = `\`${options.database.replaceAll("`", "\\`")}\``;
    await retry("create the database", () => first.command({ query: `CREATE DATABASE IF NOT EXISTS ${name}` }));
    await first.close();
    await retry("migrate", () => migrate(client));
    await retry("apply the times to live", () => applyTtl(client, options.ttlDays));
  } catch (error) {
    await client.close();
    throw error;
  }
  return storeOver(client, options);
}

/** A store whose schema somebody else has brought up to date. */
export function attachStore(options: Omit<StoreOptions, "ttlDays">): Store {
  return storeOver(connectStore(options), options);
}

function storeOver(client: StoreClient, options: Retries): Store {
  return {
    client,
    insertRowBinary: (table, columns, rows, before) =>
      withRetries(options, `insert into ${table}`, () => insertRowBinary(client, table, columns, rows), before),
    retried: (place, work) => withRetries(options, place, work),
    async isHealthy() {
      return (await client.ping({ select: true })).success;
    },
    close: () => client.close(),
  };
}

/** Appends rows in RowBinary, once. Errors are those of the client. */
export async function insertRowBinary(
  client: StoreClient,
  table: string,
  columns: readonly string[],
  rows: Uint8Array,
): Promise<void> {
  const body = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
  const answer = await client.exec({
    query: `INSERT INTO ${table} (${columns.join(", ")}) FORMAT RowBinary`,
    values: Readable.from([body], { objectMode: false }),
    clickhouse_settings: {
      priority: String(PRIORITY.inserts),
      // A long history may touch any number of weeks at once.
      max_partitions_per_insert_block: "0",
      // Rows of one key meet in merges and in FINAL; looking for them in each insert as well costs half of its rate.
      optimize_on_insert: 0,
    },
  });
  for await (const _ of answer.stream);
}

async function withRetries<T>(
  options: Retries,
  place: string,
  work: () => Promise<T>,
  before?: () => Promise<void>,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    await before?.();
    try {
      return await work();
    } catch (error) {
      const fault = storeErrorOf(error, place);
      if (!fault.retryable) throw fault;
      if (tries >= options.retriesMax) {
        throw new StoreError(`${fault.message} (after ${tries + 1} tries)`, fault.fault, fault.code, error);
      }
      options.onRetry?.(fault);
      await pause(Math.min(options.retryFirstMs * 2 ** tries, options.retryMsMax));
    }
  }
}

function readCertificate(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(
      `the certificate file ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}
