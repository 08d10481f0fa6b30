import { setTimeout as pause } from "node:timers/promises";
import type { ErasureOrder } from "../checkpoint/erasure-orders.js";
import { orderIn } from "../cluster/forget-orders.js";
import { leaseKey, readLease } from "../cluster/lease.js";
import { openNatsLedger } from "../cluster/nats-ledger.js";
import type { Config } from "../config/schema.js";
import { partitionOf } from "../signal/identity.js";
import { UserError } from "../signal/user-error.js";
import { connectNats } from "../source/nats/connect.js";
import { parsePseudonym } from "../source/opt-out.js";
import { CONNECT_RETRY_MS_MAX } from "./context.js";

const POLL_MS = 200;
const DAY_MS = 86_400_000;

/**
 * Orders the engines that share the stream to forget somebody, and waits until the one that has the person's partition has done so.
 *
 * @throws UserError when no NATS server answers, or no engine has done it in time; the order stands then
 */
export async function forgetInCluster(config: Config, pseudonym: string, secondsMax: number): Promise<ErasureOrder> {
  const { stream } = config;
  const words = parsePseudonym(pseudonym) ?? { hi: 0, lo: 0 };
  const partition = partitionOf(words.hi, words.lo, stream.partitions);
  const connection = await connectNats(stream, { name: "lifecircle forget", retryMsMax: CONNECT_RETRY_MS_MAX });
  try {
    const ledger = await openNatsLedger(connection, stream.replicas);
    const order = await orderIn(ledger, pseudonym, Date.now(), stream.maxAgeDays * DAY_MS);
    const deadlineMs = Date.now() + secondsMax * 1000;
    for (;;) {
      const entry = await ledger.get(leaseKey(partition));
      // Nobody has worked on the partition yet: whoever does will leave the person out.
      if (entry === null || readLease(entry).forgottenUpToMs >= order.atMs) return order;
      if (Date.now() > deadlineMs)
        throw new UserError(
          `the engine of partition ${partition} has not forgotten within ${secondsMax} s; it still will, the order stands`,
          "see whether an engine runs and can write its store and checkpoints, then give the same command again",
        );
      await pause(POLL_MS);
    }
  } finally {
    await connection.close();
  }
}
