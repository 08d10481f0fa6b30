import { pipeline } from "node:stream/promises";
import { UserError } from "../signal/user-error.js";
import { storeErrorOf } from "../store/store-error.js";
import { findStore, type StoreAddress } from "./find-store.js";

export interface SqlOptions extends StoreAddress {
  /** A ClickHouse format; by default PrettyCompact on a terminal and TabSeparatedWithNames elsewhere. A FORMAT clause wins. */
  readonly format?: string;
}

const READONLY_CODE = 164;

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
