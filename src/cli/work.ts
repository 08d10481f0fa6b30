/** The engine of a command: one for all partitions, or one for each that is leased to this process. */
import { setTimeout as pause } from "node:timers/promises";
import { checkedAgainst } from "../checkpoint/checked-store.js";
import { openCheckpoints } from "../checkpoint/checkpoints.js";
import { dropOldOrders } from "../checkpoint/erasure-orders.js";
import { openCheckpointFolder } from "../checkpoint/folder.js";
import { derivationOptions } from "../config/derivation.js";
import { watchRules } from "../config/rules.js";
import { Engine, type EngineParts } from "../engine.js";
import type { Counts } from "../partition.js";
import { UserError } from "../signal/user-error.js";
import type { NatsConnectionOptions } from "../source/nats/connect.js";
import { natsSource, noCounts } from "../source/nats/source.js";
import { streamOptionsOf } from "../source/nats/streams.js";
import { createStoreWriter } from "../store/writer.js";
import { writtenUpTo } from "../store/written-up-to.js";
import type { NoticeSink } from "../trigger/notice.js";
import { type Cluster, runInCluster } from "./cluster.js";
import { CONNECT_RETRY_MS_MAX, type Context } from "./context.js";
import { PREDECESSOR_MS_MAX } from "./lifetime.js";
import { folderOrders, type OrderBook, watchPrivacy } from "./privacy.js";
import { openScratch } from "./scratch.js";
import { checkpointDir, holdState } from "./state-folder.js";
import { type ConfiguredStore, WRITER_LIMITS } from "./store.js";
import { toEach } from "./to-each.js";
import type { CityWatch } from "./watch-city.js";
import type { TriggersWatch } from "./watch-triggers.js";

/** How long an engine that has to stop may take for what it has in hand. */
const DRAIN_MS_MAX = 10_000;
const DAY_MS = 86_400_000;

/** Makes sources, which are counted together; for some partitions, or all of them. */
function sources({ config, metrics, warn }: Context, connection: NatsConnectionOptions) {
  metrics.alarm("stream_down", true);
  const counts = noCounts();
  metrics.observeStream(counts);
  return (partitions?: readonly number[]) =>
    natsSource(
      {
        connection,
        streams: streamOptionsOf(config.stream),
        ...(partitions === undefined ? {} : { partitions }),
        messagesInFlightMax: config.stream.messagesInFlightMax,
        aheadMsMax: config.time.futureToleranceMinutes * 60_000,
        connectRetryMsMax: CONNECT_RETRY_MS_MAX,
        warn,
        onConnection: (isUp) => metrics.alarm("stream_down", !isUp),
        onWaiting: (partition, messages) => metrics.waiting(partition, messages),
      },
      counts,
    );
}

type CommonParts = Omit<EngineParts, "source" | "writer" | "checkpoints" | "metrics">;

interface CommonNeeds {
  readonly city: CityWatch;
  readonly key: Uint8Array;
  readonly triggers: TriggersWatch;
  readonly notices: NoticeSink;
}

/** What the engines of one process have alike: each call is for one more of them, and says where it finds orders to forget. */
export async function engineParts(
  { config, warn, closers }: Context,
  needs: CommonNeeds,
): Promise<(orders: OrderBook) => CommonParts> {
  const { city, key, triggers, notices } = needs;
  const { checkpoint, store, data } = config;
  await dropOldOrders(data.dir, Date.now(), config.stream.maxAgeDays * DAY_MS);
  const scratch = openScratch(config, warn);
  closers.add(async () => scratch.close());
  const options = { ...derivationOptions(config), scratch };
  const rules = toEach(watchRules(config.circles.rulesFile, warn));
  const reference = toEach(() => city.changed());
  const watched = toEach(() => triggers.changed());
  return (orders) => ({
    city: city.city,
    changedCity: reference(),
    options,
    changedRules: rules(),
    changedTriggers: watched(),
    notices,
    privacy: watchPrivacy(config, key, warn, orders),
    warn,
    limits: {
      flushRowsMax: store.flushRowsMax,
      flushMsMax: store.flushSecondsMax * 1000,
      checkpointMs: checkpoint.everySeconds * 1000,
    },
  });
}

export interface WorkParts {
  readonly context: Context;
  readonly connection: NatsConnectionOptions;
  readonly store: ConfiguredStore;
  readonly engine: (orders: OrderBook) => CommonParts;
}

/** An engine's work under way, and how it is asked to end. */
interface Work {
  readonly run: Promise<Counts>;
  readonly end: () => void;
}

/** One engine for all partitions, with its checkpoints in a folder. */
export async function startWhole({ context, connection, store, engine }: WorkParts): Promise<Work> {
  const { config, metrics, warn, closers } = context;
  const source = sources(context, connection)();
  const folder = await openCheckpointFolder(checkpointDir(config));
  const letGo = await holdState(config, PREDECESSOR_MS_MAX);
  if (letGo === null)
    throw new UserError(
      `another lifecircle works on the checkpoints in ${folder.place}`,
      "stop that engine, or wait for that `lifecircle forget`; an engine beside it needs a data folder of its own",
    );
  closers.add(letGo);
  const checkpoints = checkedAgainst(writtenUpTo(store.store), await openCheckpoints(folder, warn));
  const { partitions } = config.stream;
  metrics.observeCluster(() => ({ owned: partitions, partitions, leaseAgeSeconds: 0 }));
  const writer = createStoreWriter(store.store, WRITER_LIMITS);
  return {
    run: new Engine({ ...engine(folderOrders(config.data.dir)), source, writer, checkpoints, metrics }).run(),
    end: () => void source.close(),
  };
}

/** An engine for each partition that is leased to this process. */
export function startShare({ context, connection, store, engine }: WorkParts, cluster: Cluster): Work {
  const { log } = context;
  const ending = new AbortController();
  const source = sources(context, connection);
  const run = runInCluster({
    ...context,
    connection,
    cluster,
    say: (message) => log.info(message),
    stop: ending.signal,
    source: (partition) => source([partition]),
    writer: (before) => createStoreWriter(store.store, WRITER_LIMITS, before),
    writtenUpTo: writtenUpTo(store.store),
    engine,
  });
  return { run, end: () => ending.abort() };
}

/** Ends the work and lets it write what it has, unless what it would write to is gone. */
export async function drained(run: Promise<unknown>, end: () => void): Promise<void> {
  end();
  await Promise.race([run.catch(() => undefined), pause(DRAIN_MS_MAX, undefined, { ref: false })]);
}
