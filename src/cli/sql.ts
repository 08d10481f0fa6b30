import { existsSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UserError } from "../signal/user-error.js";
import { connectStore, type StoreClient } from "../store/client.js";
import { readServerFile } from "../store/server-file.js";
import { startEmbeddedStore } from "../store/server-process.js";
import { storeErrorOf } from "../store/store-error.js";

export interface SqlOptions {
  /** Data folder: its running store answers, or one is started for this question. Either this or `url`. */
  readonly data?: string;
  readonly url?: string;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** A ClickHouse format; by default PrettyCompact on a terminal and TabSeparatedWithNames elsewhere. A FORMAT clause wins. */
  readonly format?: string;
  /** PEM file of the authority of an https URL. */
  readonly caFile?: string;
}

/** Longest question; a person waits for it. */
const REQUEST_MS_MAX = 600_000;
const READONLY_CODE = 164;

interface Target {
  readonly client: StoreClient;
  close(): Promise<void>;
}

/**
 * Puts a read-only question to the store and streams its answer to `out`. A reader that has enough (`| head`) ends it quietly.
 * Throws UserError for statements that write, for errors in the SQL, and where there is no store.
 */
export async function runSql(
  query: string,
  options: SqlOptions,
  out: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  const terminal = "isTTY" in out && out.isTTY === true;
  const format = options.format ?? (terminal ? "PrettyCompact" : "TabSeparatedWithNames");
  const target = await findStore(options);
  try {
    const answer = await target.client.exec({
      query,
      // 2: reads only, but the question may bring settings of its own.
      clickhouse_settings: { readonly: "2" },
      http_headers: { "X-ClickHouse-Format": format },
    });
    await pour(answer.stream, out);
  } catch (error) {
    throw readable(error);
  } finally {
    await target.close();
  }
}

async function findStore(options: SqlOptions): Promise<Target> {
  if (options.url !== undefined) return connect(options, options.url);
  if (options.data === undefined) throw new UserError("no store is named", "give --data DIR or --url URL");
  const running = readServerFile(options.data);
  if (running !== null) {
    const target = connect({ ...running, ...options }, running.url);
    if ((await target.client.ping()).success) return target;
    await target.close();
  }
  if (!existsSync(join(options.data, "clickhouse"))) {
    throw new UserError(
      `there is no store in ${options.data}`,
      "give the folder that `lifecircle up` or `replay` was given",
    );
  }
  const own = await startEmbeddedStore({ dataDir: options.data });
  const target = connect(options, own.url);
  return {
    client: target.client,
    async close() {
      await target.close();
      await own.close();
    },
  };
}

function connect(options: SqlOptions, url: string): Target {
  const client = connectStore({
    url,
    database: options.database ?? "lifecircle",
    user: options.user ?? "default",
    password: options.password ?? "",
    caFile: options.caFile ?? null,
    gzip: false,
    requestMsMax: REQUEST_MS_MAX,
    retriesMax: 0,
    retryFirstMs: 0,
    retryMsMax: 0,
  });
  return { client, close: () => client.close() };
}

/** Copies a stream to another that stays open; ends quietly when the other side reads no more. */
async function pour(from: NodeJS.ReadableStream, out: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(from, out, { end: false });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

function readable(error: unknown): UserError {
  const fault = storeErrorOf(error, "sql");
  if (fault.code === READONLY_CODE) {
    return new UserError(
      "`lifecircle sql` only reads; this statement would change the store",
      "use SELECT, SHOW, DESCRIBE or EXPLAIN",
    );
  }
  return new UserError(fault.message.replace(/\s*Expected one of: .*?(?=\s\([A-Z_]+\)$|$)/s, ""));
}
