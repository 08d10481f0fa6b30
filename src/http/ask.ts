import { randomUUID } from "node:crypto";
import type { StoreClient } from "../store/client.js";
import { storeErrorOf } from "../store/store-error.js";
import { Kept } from "./kept.js";
import { Problem } from "./problem.js";

/** What one question may cost. */
export interface CostLimits {
  readonly secondsMax: number;
  readonly memoryMbMax: number;
  readonly rowsReadMax: number;
}

export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

/** Asks the store. Values come as parameters `{name:Type}`, never within the text. Throws Problem 422 or 503. */
export type Ask = <Row>(sql: string, parameters?: Parameters, signal?: AbortSignal) => Promise<Row[]>;

/** Rows of the greatest answer of one question. */
const RESULT_ROWS_MAX = 200_000;
const CACHED_MAX = 500;
const CACHED_ROWS_MAX = 5000;

/** Exceptions of ClickHouse when a limit was reached: rows, time, memory, result, bytes, rows or bytes of a join or set. */
const COST_CODES = new Set([158, 159, 160, 191, 241, 307, 396]);
const RETRY_SECONDS = 2;

/** Questions to a store within limits of time, memory and rows. */
export function createAsk(client: StoreClient, limits: CostLimits): Ask {
  return async <Row>(sql: string, parameters: Parameters = {}, signal?: AbortSignal) => {
    try {
      const answer = await client.query({
        query: sql,
        query_params: parameters,
        query_id: randomUUID(),
        format: "JSONEachRow",
        // Lists of regions are too long for a URL.
        use_multipart_params_auto: true,
        ...(signal === undefined ? {} : { abort_signal: signal }),
        clickhouse_settings: {
          // 2: reads only, with settings of its own.
          readonly: "2",
          max_execution_time: limits.secondsMax,
          max_memory_usage: String(limits.memoryMbMax * 1_000_000),
          max_rows_to_read: String(limits.rowsReadMax),
          max_result_rows: String(RESULT_ROWS_MAX),
          max_threads: 2,
          output_format_json_quote_64bit_integers: 0,
        },
      });
      return await answer.json<Row>();
    } catch (error) {
      throw problemOf(error, signal);
    }
  };
}

/** The same answers for a while: many clients ask the same of a city, and the store changes once in some seconds. */
export function cachedAsk(ask: Ask, secondsMax: number): Ask {
  const kept = new Kept<unknown[]>({
    secondsMax,
    entriesMax: CACHED_MAX,
    isKept: (rows) => rows.length <= CACHED_ROWS_MAX,
  });
  // Without the signal of who asked first: others wait for the same answer.
  return <Row>(sql: string, parameters: Parameters = {}) =>
    kept.get(JSON.stringify([sql, parameters]), () => ask<Row>(sql, parameters)) as Promise<Row[]>;
}

function problemOf(error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) {
    return new Problem(503, "the question took too long", "narrow it, or ask again later", [], retryAfter());
  }
  const fault = storeErrorOf(error, "ask");
  if (COST_CODES.has(fault.code)) {
    return new Problem(
      422,
      "the question costs more time, memory or rows than one may",
      "ask for fewer days, regions or circles",
    );
  }
  if (fault.retryable)
    return new Problem(503, "the store does not answer now", "ask again a little later", [], retryAfter());
  return fault;
}

function retryAfter(): Record<string, string> {
  return { "retry-after": String(RETRY_SECONDS) };
}
