import { ClickHouseError } from "@clickhouse/client";

/**
 * `away`: nobody answers or the answer broke off. `busy`: the server is there but cannot just now (memory, too many parts or queries, full
 * disk). Both pass when tried again later. `fatal`: trying again gives the same.
 */
export type StoreFault = "away" | "busy" | "fatal";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly fault: StoreFault;
  /** ClickHouse's exception code, 0 where there is none. */
  readonly code: number;

  constructor(message: string, fault: StoreFault, code = 0, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
    this.code = code;
  }

  get retryable(): boolean {
    return this.fault !== "fatal";
  }
}

/** Exceptions of ClickHouse that pass: time-outs, limits of memory, queries and parts, a full disk, replicas and Keeper away. */
const BUSY_CODES = new Set([159, 160, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 286, 319, 425, 999]);

/** Reads any error of @clickhouse/client as one of ours. */
export function storeErrorOf(error: unknown, place: string): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof ClickHouseError) {
    const code = Number(error.code);
    const text = error.message.trim().replace(/\.$/, "");
    return new StoreError(
      `${place}: ${text} (${error.type ?? code})`,
      BUSY_CODES.has(code) ? "busy" : "fatal",
      code,
      error,
    );
  }
  const text = error instanceof Error ? error.message || codeOf(error) : String(error);
  return new StoreError(`${place}: ${text}`, isConfiguration(error) ? "fatal" : "away", 0, error);
}

const CONNECTION_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EAI_AGAIN", "ENOTFOUND"]);
/** What @clickhouse/client says of an answer that did not come in time. */
const TIMED_OUT = "Timeout error.";

/** Whether an error of any kind is one of the store that passes when tried again later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StoreError || error instanceof ClickHouseError) return storeErrorOf(error, "").retryable;
  if (!(error instanceof Error)) return false;
  return CONNECTION_CODES.has(codeOf(error)) || error.message === TIMED_OUT || error.message === "socket hang up";
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.name;
}

/** Certificates that do not fit will not fit on the second try. */
function isConfiguration(error: unknown): boolean {
  return error instanceof Error && /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(codeOf(error));
}
