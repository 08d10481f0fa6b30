import { setTimeout as pause } from "node:timers/promises";
import type { ErasureOrder } from "../checkpoint/erasure-orders.js";
import { SnapshotFault } from "../checkpoint/snapshot-fault.js";
import { optOutIn, orderIn } from "../cluster/forget-orders.js";
import { leaseKey, readLease } from "../cluster/lease.js";
import type { Ledger } from "../cluster/ledger.js";
import { openNatsLedger } from "../cluster/nats-ledger.js";
import { type Objects, openNatsObjects } from "../cluster/objects.js";
import type { Config } from "../config/schema.js";
import { partitionOf } from "../signal/identity.js";
import { UserError } from "../signal/user-error.js";
import { connectNats } from "../source/nats/connect.js";
import { parsePseudonym } from "../source/opt-out.js";
import { CONNECT_RETRY_MS_MAX } from "./context.js";

const POLL_MS = 200;
const DAY_MS = 86_400_000;

/** An order that was done, and what of the checkpoints still names the person. */
export interface DoneInCluster {
  readonly order: ErasureOrder;
  readonly filesLeft: readonly string[];
}

/**
 * Orders the engines that share the stream to forget somebody, waits until all have done so (a refused event may name the person in any
 * partition), and looks into the checkpoints of the person's partition.
 *
 * @throws UserError when no NATS server answers, or engines have not done it in time; the order stands then
 */
export async function forgetInCluster(
  config: Config,
  pseudonym: string,
  { secondsMax, optOut }: { readonly secondsMax: number; readonly optOut: boolean },
): Promise<DoneInCluster> {
  const { stream } = config;
  const words = parsePseudonym(pseudonym) ?? { hi: 0, lo: 0 };
  const connection = await connectNats(stream, { name: "lifecircle forget", retryMsMax: CONNECT_RETRY_MS_MAX });
  try {
    const ledger = await openNatsLedger(connection, stream.replicas);
    // First: whoever hears of the order has heard of this.
    if (optOut) await optOutIn(ledger, pseudonym);
    const order = await orderIn(ledger, pseudonym, Date.now(), stream.maxAgeDays * DAY_MS);
    await untilDone(ledger, order, stream.partitions, secondsMax);
    const objects = await openNatsObjects(connection, stream.replicas);
    return {
      order,
      filesLeft: await objectsNaming(objects, partitionOf(words.hi, words.lo, stream.partitions), words),
    };
  } finally {
    await connection.close();
  }
}

async function untilDone(ledger: Ledger, order: ErasureOrder, partitions: number, secondsMax: number): Promise<void> {
  const deadlineMs = Date.now() + secondsMax * 1000;
  for (let waiting = Array.from({ length: partitions }, (_, partition) => partition); ; ) {
    const still: number[] = [];
    for (const partition of waiting) {
      const entry = await ledger.get(leaseKey(partition));
      // Nobody has worked on the partition yet: whoever does will leave the person out.
      if (entry !== null && readLease(entry).forgottenUpToMs < order.atMs) still.push(partition);
    }
    if (still.length === 0) return;
    if (Date.now() > deadlineMs)
      throw new UserError(
        `the engines of partitions ${still.join(", ")} have not forgotten within ${secondsMax} s; they still will, the order stands`,
        "see whether engines run and can write their store and checkpoints, then give the same command again",
      );
    waiting = still;
    await pause(POLL_MS);
  }
}

/** Objects of the partition's checkpoints that hold the pseudonym, as records do. */
async function objectsNaming(
  objects: Objects,
  partition: number,
  { hi, lo }: { readonly hi: number; readonly lo: number },
): Promise<string[]> {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(lo, 0);
  bytes.writeUInt32LE(hi, 4);
  const naming: string[] = [];
  for (const name of await objects.names(`${partition}.`)) {
    try {
      if ((await objects.get(name)).includes(bytes)) naming.push(`${name} in ${objects.place}`);
    } catch (error) {
      // Checkpoints go on, and what is older is removed.
      if (!(error instanceof SnapshotFault)) throw error;
    }
  }
  return naming;
}
