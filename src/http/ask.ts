import { randomUUID } from "node:crypto";
import { PRIORITY, type StoreClient } from "../store/client.js";
import { storeErrorOf } from "../store/store-error.js";
import { Kept } from "./kept.js";
import type { Line } from "./line.js";
import { Problem } from "./problem.js";
import type { TablesNow } from "./tables-now.js";

/** What one question may cost. */
export interface CostLimits {
  readonly secondsMax: number;
  readonly memoryMbMax: number;
  readonly rowsReadMax: number;
}

export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;
/** Those of people as well. */
type PeopleParameters = Readonly<Record<string, string | number | readonly string[] | readonly bigint[]>>;

/** Asks the store. Values come as parameters `{name:Type}`, never within the text. Throws Problem 422 or 503. */
export type Ask = <Row>(sql: string, parameters?: PeopleParameters, signal?: AbortSignal) => Promise<Row[]>;

/** Rows of the greatest answer of one question. */
const RESULT_ROWS_MAX = 200_000;
/** Rows of all answers that are kept, and of the greatest one of them: the sizes of the region circles of a large city. */
const KEPT_ROWS_MAX = 1_000_000;
const KEPT_ROWS_MAX_ONE = 100_000;

/**
 * Conditions on the sorting key choose the few rows before their other columns are read; the engine moves only such conditions, since all
 * versions of a row have the same key. Starting another thread costs more than it brings.
 */
const FEW_ROWS = { max_threads: 1, optimize_move_to_prewhere_if_final: 1 } as const;
/** A second core while nobody else wants it. */
const MANY_ROWS_THREADS = 2;

/** Exceptions of ClickHouse when a limit was reached: rows, time, memory, result, bytes, rows or bytes of a join or set. */
const COST_CODES = new Set([158, 159, 160, 191, 241, 307, 396]);
const RETRY_SECONDS = 2;

/**
 * Questions to a store within limits of time, memory and rows.
 *
 * @param line in which they wait for one another
 * @param reads how much one reads: a few rows of one person, or many
 */
export function createAsk(client: StoreClient, limits: CostLimits, line: Line, reads: "few" | "many"): Ask {
  const asked = async <Row>(sql: string, parameters: PeopleParameters, signal: AbortSignal | undefined) => {
    if (signal?.aborted === true) throw problemOf(signal.reason, signal);
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
          priority: String(PRIORITY.questions),
          max_execution_time: limits.secondsMax,
          max_memory_usage: String(limits.memoryMbMax * 1_000_000),
          max_rows_to_read: String(limits.rowsReadMax),
          max_result_rows: String(RESULT_ROWS_MAX),
          ...(reads === "few" ? FEW_ROWS : { max_threads: line.isBusy ? 1 : MANY_ROWS_THREADS }),
          output_format_json_quote_64bit_integers: 0,
        },
      });
      return await answer.json<Row>();
    } catch (error) {
      throw problemOf(error, signal);
    }
  };
  return <Row>(sql: string, parameters: PeopleParameters = {}, signal?: AbortSignal) =>
    line.run(() => asked<Row>(sql, parameters, signal));
}

/** Rows, and as of which event time they are: the newest in the store before they were asked for, epoch seconds. */
export interface Numbers<Row> {
  readonly rows: readonly Row[];
  readonly asOfSec: number | null;
}

export type AskNumbers = <Row>(sql: string, parameters?: Parameters) => Promise<Numbers<Row>>;

/**
 * The same rows for a while, for another while beside the next ones, and for as long as the tables that they are made from stay as they are:
 * many clients ask the same of a city, and circles change once a day.
 */
export function cachedAsk(ask: Ask, secondsMax: number, tables: () => Promise<TablesNow>): AskNumbers {
  const kept = new Kept<Numbers<unknown>>({
    secondsMax,
    meanwhileSecondsMax: secondsMax,
    weightMax: KEPT_ROWS_MAX,
    oneWeightMax: KEPT_ROWS_MAX_ONE,
    // One without rows takes room, too.
    weightOf: ({ rows }) => rows.length + 10,
  });
  return async <Row>(sql: string, parameters: Parameters = {}) => {
    const make = async () => {
      const { watermarkSec } = await tables();
      // Without the signal of who asked first: others wait for the same answer.
      return { rows: await ask(sql, parameters), asOfSec: watermarkSec };
    };
    const version = async () => (await tables()).versionOf(sql);
    const { rows, asOfSec } = (await kept.get(JSON.stringify([sql, parameters]), make, version)) as Numbers<Row>;
    return { rows, asOfSec };
  };
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
