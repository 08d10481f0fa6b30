/** `engine.partitions: lease`: an engine that shares the partitions of the stream with others. */

import { setTimeout as pause } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { nuid } from "@nats-io/transport-node";
import { optedOutIn, ordersIn } from "../cluster/forget-orders.js";
import { startHeart } from "../cluster/heart.js";
import type { Lease } from "../cluster/lease.js";
import { LeaseLost, type Ledger } from "../cluster/ledger.js";
import { Member } from "../cluster/member.js";
import { openNatsLedger } from "../cluster/nats-ledger.js";
import { openNatsObjects } from "../cluster/objects.js";
import { requireOwnVersion } from "../cluster/own-version.js";
import { type ClusterParts, workOn } from "../cluster.js";
import type { Config } from "../config/schema.js";
import { SYSTEM_CLOCK } from "../engine.js";
import { LevelSums } from "../metrics/level-sums.js";
import type { Metrics } from "../metrics/metrics.js";
import { addCounts, type Counts, emptyCounts } from "../partition.js";
import { connectNats, type NatsConnectionOptions } from "../source/nats/connect.js";
import { ensureStreams, streamOptionsOf } from "../source/nats/streams.js";
import { CONNECT_RETRY_MS_MAX, type Context } from "./context.js";
import type { KnownOrders, OrderBook } from "./privacy.js";

const BEATS_A_LEASE = 4;
const TRY_AGAIN_MS = 1000;
/** For so many leases an engine may be busy with one thing, as the close of a day; then it is taken for broken. */
const SILENT_LEASES_MAX = 60;

/** What the engines share by NATS, seen from one of them. */
export interface Cluster {
  readonly connection: NatsConnection;
  readonly ledger: Ledger;
  readonly known: KnownOrders;
}

/** @throws UserError when no NATS server answers */
export async function openCluster({ config, closers }: Context, options: NatsConnectionOptions): Promise<Cluster> {
  const connection = await connectNats(options, { name: "lifecircle leases", retryMsMax: CONNECT_RETRY_MS_MAX });
  closers.add(() => connection.close());
  await ensureStreams(connection, streamOptionsOf(config.stream));
  const ledger = await openNatsLedger(connection, config.stream.replicas);
  closers.add(async () => ledger.close());
  return { connection, ledger, known: { orders: () => ordersIn(ledger), optedOut: () => optedOutIn(ledger) } };
}

export interface ClusterOptions {
  readonly config: Config;
  readonly connection: NatsConnectionOptions;
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly warn: (message: string) => void;
  readonly say: (message: string) => void;
  readonly stop: AbortSignal;
  readonly source: ClusterParts["source"];
  readonly writer: ClusterParts["writer"];
  readonly writtenUpTo: ClusterParts["writtenUpTo"];
  /** What the engine of a partition is made of, but for what comes of its lease. */
  readonly engine: (orders: OrderBook) => Omit<ReturnType<ClusterParts["engine"]>, "metrics">;
}

/**
 * Takes its share of the partitions until `stop`, then hands all over.
 *
 * @returns what was counted in all of them
 * @throws UserError when the checkpoints are of another version; what `workOn` throws
 */
export async function runInCluster(options: ClusterOptions): Promise<Counts> {
  const { config, metrics, warn, say } = options;
  const { partitions, replicas } = config.stream;
  const { connection, ledger, known } = options.cluster;
  const objects = await openNatsObjects(connection, replicas);
  await requireOwnVersion(ledger, objects);
  const sums = new LevelSums(metrics);
  const totals = emptyCounts();
  const orders = (lease: Lease): OrderBook => ({
    ...known,
    doneUpTo: () => lease.forgottenUpToMs,
    done: (upToMs) => void noteForgotten(lease, upToMs, warn),
  });
  const parts: ClusterParts = {
    engine: (lease) => ({ ...options.engine(orders(lease)), metrics: sums.of(lease.partition) }),
    source: options.source,
    writer: options.writer,
    writtenUpTo: options.writtenUpTo,
    objects,
    warn,
  };
  const leaseMs = config.engine.leaseSeconds * 1000;
  const heart = startHeart(
    {
      connection: options.connection,
      replicas,
      everyMs: leaseMs / BEATS_A_LEASE,
      silentMsMax: leaseMs * SILENT_LEASES_MAX,
    },
    warn,
  );
  const member = new Member({
    ledger,
    heart,
    partitions,
    clock: SYSTEM_CLOCK,
    leaseMs,
    newName: () => nuid.next(),
    work: async (lease) => addCounts(totals, await workOn(lease, parts)),
    onHandOver(partition, how) {
      metrics.handedOver(how);
      if (how !== "taken") sums.drop(partition);
      say(`partition ${partition} ${how}; ${member.owned} of ${partitions} are here`);
    },
    warn,
  });
  metrics.observeCluster(() => ({ owned: member.owned, partitions, leaseAgeSeconds: member.ageMs / 1000 }));
  try {
    await member.run(options.stop);
  } finally {
    await heart.close();
  }
  return totals;
}

/** Who waits for it waits for this word, so it is said again until it is heard; when the partition is another's, that one says it. */
async function noteForgotten(lease: Lease, upToMs: number, warn: (message: string) => void): Promise<void> {
  for (;;) {
    try {
      return await lease.setForgotten(upToMs);
    } catch (error) {
      if (error instanceof LeaseLost) return;
      warn(`forgetting in partition ${lease.partition}: ${(error as Error).message}; trying again`);
      await pause(TRY_AGAIN_MS, undefined, { ref: false });
    }
  }
}
