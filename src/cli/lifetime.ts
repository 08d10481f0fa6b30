import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";

/** A run that was killed leaves servers that end by themselves a moment later. */
export const PREDECESSOR_MS_MAX = 5000;

/** What was opened, closed in the opposite order whatever happens; one that cannot be closed does not keep the others open. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async closeAll(warn: (message: string) => void): Promise<void> {
    for (const close of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        warn(`not closed in order: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}

const PARENT_CHECK_MS = 500;

/**
 * Aborts at the first SIGINT or SIGTERM; at the second the process ends at once, and its servers with it. npm and npx run a command in a
 * shell and send a SIGTERM to that shell alone, which dies without a word; so below them the death of the parent counts as one.
 */
export function stopOnSignal(log: Logger): AbortSignal {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1);
    log.info(`${signal}: draining; once more ends at once`);
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  if (process.env.npm_command !== undefined) {
    const parent = process.ppid;
    const check = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(check);
      if (!stop.signal.aborted) onSignal("SIGTERM");
    }, PARENT_CHECK_MS);
    check.unref();
  }
  return stop.signal;
}

/** Waits for a server that a killed run left behind; after some seconds it counts as one that is meant to run. */
export async function untilGone(isThere: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + PREDECESSOR_MS_MAX;
  while ((await isThere()) && Date.now() < deadlineMs) await pause(100);
}
