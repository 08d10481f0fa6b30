/**
 * A replay in several threads: each has an engine of its own over some of the partitions, which share nobody and nothing, so the rows
 * are those of one engine. The deliveries go from the thread that reads the files through this one, which holds back whoever is ahead.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Config } from "../config/schema.js";
import { addCounts, type Counts, emptyCounts } from "../partition.js";
import { buffersOf, type ToldError, toldError } from "../source/hand-over.js";
import type { Delivery, Source } from "../source/source.js";

export interface ReplayThreadData {
  readonly config: Config;
  /** The store that is already running. */
  readonly store: { readonly url: string; readonly password: string };
}

export type ReplayThreadOrder =
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  /** Nothing follows. */
  | { readonly kind: "end" };

export type ReplayThreadMessage =
  /** So many deliveries were dealt with since the last message of this kind. */
  | { readonly kind: "taken"; readonly deliveries: number }
  | { readonly kind: "counted"; readonly totals: Counts }
  | { readonly kind: "ended"; readonly totals: Counts }
  | { readonly kind: "failed"; readonly error: ToldError };

/** Deliveries on their way to one thread: enough that it never waits, and a few megabytes. */
const DELIVERIES_AHEAD_MAX = 32;

/** A worker needs compiled JavaScript: beside this file, or in `dist/` where a test runs this file from `src/`. */
const BESIDE = fileURLToPath(new URL("./replay-thread.js", import.meta.url));
const ENTRY = existsSync(BESIDE) ? BESIDE : fileURLToPath(new URL("../../dist/cli/replay-thread.js", import.meta.url));

/**
 * Runs a source to its end in so many threads; the totals are those of all of them.
 *
 * @throws UserError of the source, or of a thread
 */
export async function replayInThreads(
  source: Source,
  threads: number,
  data: ReplayThreadData,
  onEpoch: (totals: Counts) => void,
): Promise<Counts> {
  const tell = () => onEpoch(sumOf(shares));
  const shares = Array.from({ length: threads }, () => new Share(data, tell));
  try {
    const failed = Promise.race(shares.map((share) => share.failed));
    // Threads are also ended from here, when nobody waits for a failure any more.
    failed.catch(() => undefined);
    for await (const delivery of source.deliveries(new Map()))
      await Promise.race([(shares[delivery.partition % threads] as Share).take(delivery), failed]);
    await Promise.race([Promise.all(shares.map((share) => share.end())), failed]);
    return sumOf(shares);
  } finally {
    await source.close();
    await Promise.all(shares.map((share) => share.terminate()));
  }
}

function sumOf(shares: readonly Share[]): Counts {
  const sum = emptyCounts();
  for (const { totals } of shares) addCounts(sum, totals);
  return sum;
}

/** One thread and the deliveries on their way to it. */
class Share {
  totals: Counts = emptyCounts();
  /** Never resolves; rejects with what broke the thread off before it was done. */
  readonly failed: Promise<never>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #ahead = 0;
  #room: () => void = () => undefined;

  constructor(data: ReplayThreadData, onTotals: () => void) {
    this.#worker = new Worker(ENTRY, { workerData: data });
    let isDone = false;
    let end: () => void;
    this.#ended = new Promise((resolve) => {
      end = resolve;
    });
    this.failed = new Promise((_, reject) => {
      this.#worker.on("error", reject);
      this.#worker.on("exit", () => {
        if (!isDone) reject(new Error("a thread of the replay ended before its time"));
      });
      this.#worker.on("message", (said: ReplayThreadMessage) => {
        if (said.kind === "failed") reject(toldError(said.error));
        else if (said.kind === "taken") this.#taken(said.deliveries);
        else {
          this.totals = said.totals;
          onTotals();
          if (said.kind !== "ended") return;
          isDone = true;
          end();
        }
      });
    });
  }

  /** Resolves when there is room for another. */
  async take(delivery: Delivery): Promise<void> {
    this.#order({ kind: "delivery", delivery }, buffersOf(delivery));
    if (++this.#ahead < DELIVERIES_AHEAD_MAX) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  end(): Promise<void> {
    this.#order({ kind: "end" }, []);
    return this.#ended;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #order(order: ReplayThreadOrder, buffers: ArrayBuffer[]): void {
    this.#worker.postMessage(order, buffers);
  }

  #taken(deliveries: number): void {
    this.#ahead -= deliveries;
    this.#room();
  }
}
