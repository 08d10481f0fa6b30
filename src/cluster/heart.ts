/**
 * Renewals of an engine's entry from a thread of its own, beside those of the rounds (member.ts): the close of a day of a large partition
 * holds the engine's thread for longer than a lease, and such an engine is not dead. What is written is still asked for by the engine itself
 * right before it writes, so a process that stood still has no sure lease, whichever thread wakes first.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { NatsConnectionOptions } from "../source/nats/connect.js";

export interface Heart {
  /** Renews this entry from now on; `onRenewed` hears how long ago each renewal that was made was sent. */
  beat(key: string, onRenewed: (agoMs: number) => void): void;
  /** The engine's thread runs. */
  alive(): void;
  /** Resolves when nothing is renewed any more. */
  rest(): Promise<void>;
}

export interface HeartData {
  readonly connection: NatsConnectionOptions;
  readonly replicas: number;
  readonly everyMs: number;
  /** An engine whose thread has not run for so long is taken for broken: its renewals end, and others take its partitions. */
  readonly silentMsMax: number;
}

/** What the engine says to the thread. */
export type HeartOrder = { readonly kind: "beat"; readonly key: string } | { readonly kind: "alive" | "rest" };
/** What the thread says: a renewal was made that was sent at this time of `process.hrtime`, or it rests. */
export type HeartSign = { readonly kind: "renewed"; readonly sentNs: bigint } | { readonly kind: "resting" };

/** A worker needs compiled JavaScript: beside this file, or in `dist/` where a test runs this file from `src/`. */
const BESIDE = fileURLToPath(new URL("./heart-worker.js", import.meta.url));
const ENTRY = existsSync(BESIDE)
  ? BESIDE
  : fileURLToPath(new URL("../../dist/cluster/heart-worker.js", import.meta.url));

/** A heart with a connection of its own. What breaks its thread is told once; the rounds renew without it. */
export function startHeart(data: HeartData, warn: (message: string) => void): Heart & { close(): Promise<void> } {
  const worker = new Worker(ENTRY, { workerData: data });
  let renewed: (agoMs: number) => void = () => undefined;
  let rested: () => void = () => undefined;
  let isBroken = false;
  worker.on("message", (sign: HeartSign) => {
    if (sign.kind === "renewed") renewed(Number(process.hrtime.bigint() - sign.sentNs) / 1e6);
    else rested();
  });
  worker.on("error", (error) => warn(`the thread that renews the lease ended (${error.message}); going on without it`));
  worker.on("exit", () => {
    isBroken = true;
    rested();
  });
  const order = (what: HeartOrder) => worker.postMessage(what);
  return {
    beat(key, onRenewed) {
      renewed = onRenewed;
      order({ kind: "beat", key });
    },
    alive: () => order({ kind: "alive" }),
    async rest() {
      renewed = () => undefined;
      if (isBroken) return;
      const resting = new Promise<void>((resolve) => {
        rested = resolve;
      });
      order({ kind: "rest" });
      await resting;
    },
    close: async () => void (await worker.terminate()),
  };
}
