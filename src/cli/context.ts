import type { Logger } from "pino";
import type { Config } from "../config/schema.js";
import type { Metrics } from "../metrics/metrics.js";
import type { Closers } from "./lifetime.js";

/** What a command works with, passed down as one. */
export interface Context {
  readonly config: Config;
  readonly log: Logger;
  readonly warn: (message: string) => void;
  readonly metrics: Metrics;
  readonly closers: Closers;
  readonly stop: AbortSignal;
  /** Everything on one machine, the API included. */
  readonly whole: boolean;
}

/** How long to try at the start when no NATS server answers. */
export const CONNECT_RETRY_MS_MAX = 10_000;
