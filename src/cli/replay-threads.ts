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
import type { ConfiguredStore } from "./store.js";

export interface ReplayThreadData {
  readonly config: Config;
  /** Tells what is doubtful about the city: one thread of them does. */
  readonly warns: boolean;
}

/** A store that is running. */
export type RunningStore = Pick<ConfiguredStore, "url" | "password">;

export type ReplayThreadOrder =
  /** Deliveries follow. */
  | { readonly kind: "begin"; readonly store: RunningStore }
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  /** Nothing follows. */
  | { readonly kind: "end" };

export type ReplayThreadMessage =
  /** The city is there. */
  | { readonly kind: "ready" }
  /** So many deliveries were dealt with since the last message of this kind. */
  | { readonly kind: "taken"; readonly deliveries: number }
  | { readonly kind: "counted"; readonly totals: Counts }
  | { readonly kind: "ended"; readonly totals: Counts }
  | { readonly kind: "failed"; readonly error: ToldError };

/** Deliveries on their way to one thread: enough that it never waits, and a few megabytes. */
const DELIVERIES_AHEAD_MAX = 32;

/** Room for young objects, twice the usual: what outlives their collections is what is in hand, however seldom they come. */
const YOUNG_MB_MAX = 96;

/** A worker needs compiled JavaScript: beside this file, or in `dist/` where a test runs this file from `src/`. */
const BESIDE = fileURLToPath(new URL("./replay-thread.js", import.meta.url));
const ENTRY = existsSync(BESIDE) ? BESIDE : fileURLToPath(new URL("../../dist/cli/replay-thread.js", import.meta.url));

/** Threads that have loaded their city, and wait for what is to be derived. */
export class ReplayThreads {
  readonly #shares: readonly Share[];
  readonly #failed: Promise<never>;

  private constructor(config: Config, threads: number) {
    this.#shares = Array.from({ length: threads }, (_, number) => new Share({ config, warns: number === 0 }));
    this.#failed = Promise.race(this.#shares.map((share) => share.failed));
    // Threads are also ended from here, when nobody waits for a failure any more.
    this.#failed.catch(() => undefined);
  }

  /** @throws UserError of the city folder */
  static async start(config: Config, threads: number): Promise<ReplayThreads> {
    const started = new ReplayThreads(config, threads);
    try {
      await Promise.race([Promise.all(started.#shares.map((share) => share.ready)), started.#failed]);
    } catch (error) {
      await started.close();
      throw error;
    }
    return started;
  }

  /**
   * Runs a source to its end; the totals are those of all threads.
   *
   * @throws UserError of the source, or of a thread
   */
  async run(source: Source, store: RunningStore, onEpoch: (totals: Counts) => void): Promise<Counts> {
    const shares = this.#shares;
    for (const share of shares) share.begin(store, () => onEpoch(sumOf(shares)));
    try {
      for await (const delivery of source.deliveries(new Map()))
        await Promise.race([(shares[delivery.partition % shares.length] as Share).take(delivery), this.#failed]);
      await Promise.race([Promise.all(shares.map((share) => share.end())), this.#failed]);
      return sumOf(shares);
    } finally {
      await source.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#shares.map((share) => share.terminate()));
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
  readonly ready: Promise<void>;
  /** Never resolves; rejects with what broke the thread off before it was done. */
  readonly failed: Promise<never>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #onTotals: () => void = () => undefined;
  #ahead = 0;
  #room: () => void = () => undefined;

  constructor(data: ReplayThreadData) {
    this.#worker = new Worker(ENTRY, {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
    });
    const said = (kind: ReplayThreadMessage["kind"]) =>
      new Promise<void>((resolve) => {
        this.#worker.on("message", (message: ReplayThreadMessage) => {
          if (message.kind === kind) resolve();
        });
      });
    this.ready = said("ready");
    this.#ended = said("ended");
    let isDone = false;
    this.failed = new Promise((_, reject) => {
      this.#worker.on("error", reject);
      this.#worker.on("exit", () => {
        if (!isDone) reject(new Error("a thread of the replay ended before its time"));
      });
      this.#worker.on("message", (message: ReplayThreadMessage) => {
        if (message.kind === "failed") reject(toldError(message.error));
        if (message.kind === "taken") this.#taken(message.deliveries);
        if (message.kind === "ended") isDone = true;
        if ("totals" in message) this.#count(message.totals);
      });
    });
  }

  begin({ url, password }: RunningStore, onTotals: () => void): void {
    this.#onTotals = onTotals;
    this.#order({ kind: "begin", store: { url, password } });
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
    this.#order({ kind: "end" });
    return this.#ended;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #count(totals: Counts): void {
    this.totals = totals;
    this.#onTotals();
  }

  #order(order: ReplayThreadOrder, buffers: ArrayBuffer[] = []): void {
    this.#worker.postMessage(order, buffers);
  }

  #taken(deliveries: number): void {
    this.#ahead -= deliveries;
    this.#room();
  }
}
