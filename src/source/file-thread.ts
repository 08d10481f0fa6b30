import { on } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { UserError } from "../signal/user-error.js";
import type { FileSourceOptions } from "./file.js";
import { type ToldError, toldError } from "./hand-over.js";
import type { Delivery, Source } from "./source.js";

/** Options of `fileSource` as they are told to a thread: the key instead of the pseudonymiser; the clock is that of the machine. */
export interface FileThreadOptions extends Omit<FileSourceOptions, "pseudonymiser" | "clock"> {
  readonly pseudonymKey: Uint8Array;
}

export interface FileThreadData {
  readonly options: FileThreadOptions;
  readonly after: ReadonlyMap<number, number>;
  /**
   * One word that both threads share: deliveries under way. The thread counts up, whoever takes them counts down. At DELIVERIES_AHEAD_MAX
   * the thread waits until DELIVERIES_AHEAD_MIN are left, since each waking costs as much as a good part of a delivery.
   */
  readonly underWay: Int32Array;
}

/** What the thread says. */
export type FileThreadMessage =
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  | { readonly kind: "ended" }
  /** What the user can mend; everything else breaks the thread off. */
  | { readonly kind: "failed"; readonly error: ToldError };

/** Deliveries read ahead of the engine: enough that neither waits for the other at each turn, and a few megabytes. */
export const DELIVERIES_AHEAD_MAX = 32;
export const DELIVERIES_AHEAD_MIN = 16;

/** Heap of the thread: a damaged Parquet file may ask for any. */
const HEAP_MB_MAX = 2048;

/** A worker needs compiled JavaScript: beside this file, or in `dist/` where a test runs this file from `src/`. */
const BESIDE = fileURLToPath(new URL("./file-worker.js", import.meta.url));
const ENTRY = existsSync(BESIDE) ? BESIDE : fileURLToPath(new URL("../../dist/source/file-worker.js", import.meta.url));

/**
 * `fileSource` in a thread of its own, so that a second core reads and checks rows while the first derives. The deliveries are the same,
 * in the same order; their columns change hands without a copy.
 */
export function fileThread(options: FileThreadOptions): Source {
  const closing = new AbortController();
  return {
    async *deliveries(after) {
      if (closing.signal.aborted) return;
      const underWay = new Int32Array(new SharedArrayBuffer(4));
      const worker = new Worker(ENTRY, {
        workerData: { options, after, underWay } satisfies FileThreadData,
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
      });
      try {
        for await (const [message] of on(worker, "message", { signal: closing.signal, close: ["exit"] })) {
          const said = message as FileThreadMessage;
          if (said.kind === "ended") return;
          if (said.kind === "failed") throw toldError(said.error);
          if (Atomics.sub(underWay, 0, 1) === DELIVERIES_AHEAD_MIN + 1) Atomics.notify(underWay, 0);
          yield said.delivery;
        }
        throw new Error("the thread that reads the files ended before its time");
      } catch (error) {
        if (closing.signal.aborted) return;
        if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_OUT_OF_MEMORY") throw error;
        throw new UserError(
          `the files cannot be read in ${HEAP_MB_MAX} MB: one says that it holds more than it can`,
          "export the Parquet file again, with smaller row groups",
        );
      } finally {
        await worker.terminate();
      }
    },
    async acknowledge() {
      // Files keep no position; a checkpoint holds the numbers to go on after.
    },
    async close() {
      closing.abort();
    },
  };
}
