import { join } from "node:path";
import { openCheckpointFolder } from "../checkpoint/folder.js";
import { derivationOptions } from "../config/derivation.js";
import type { Config } from "../config/schema.js";
import { Engine } from "../engine.js";
import { type HttpServer, startHttp, watermarkCheck } from "../http/server.js";
import { createLog } from "../metrics/log.js";
import { createMetrics, type Metrics } from "../metrics/metrics.js";
import { UserError } from "../signal/user-error.js";
import { connectNats, type NatsConnectionOptions } from "../source/nats/connect.js";
import { startIngestEdge } from "../source/nats/ingest.js";
import { OrderedPublisher } from "../source/nats/ordered-publisher.js";
import { type RunningNatsServer, startNatsServer } from "../source/nats/server.js";
import { type NatsSource, natsSource } from "../source/nats/source.js";
import { type StreamOptions, streamsBytesMax } from "../source/nats/streams.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import { createStoreWriter } from "../store/writer.js";
import { openCity } from "./city.js";
import { runDemoFeed } from "./demo-feed.js";
import { pseudonymKey } from "./pseudonym.js";
import { type ConfiguredStore, openConfiguredStore, WRITER_LIMITS } from "./store.js";

export interface EngineCommand {
  readonly config: Config;
  /** Feed it with the simulated city. */
  readonly demo: boolean;
  /** Start what config names no URL for; without it both URLs must be given. */
  readonly whole: boolean;
}

const CONNECT_RETRY_MS_MAX = 30_000;
const DEMO_IN_FLIGHT_MAX = 16;
const GIGABYTE = 1e9;

type Log = ReturnType<typeof createLog>;

/** What was opened, closed in the opposite order whatever happens. */
class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }
  async closeAll(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }
}

/** `lifecircle up` and `lifecircle engine`: runs until SIGINT or SIGTERM, then drains; a second signal ends it at once. */
export async function runEngineCommand(command: EngineCommand): Promise<void> {
  const { config } = command;
  const log = createLog({ level: config.log.level, pretty: config.log.pretty });
  if (!command.whole) requireUrls(config);
  const closers = new Closers();
  try {
    await runUntilStopped(command, log, closers);
  } finally {
    await closers.closeAll();
  }
}

function requireUrls(config: Config): void {
  const missing = (["stream", "store"] as const)
    .filter((section) => config[section].url === "")
    .map((section) => `${section}.url`);
  if (missing.length > 0)
    throw new UserError(
      `the engine alone needs ${missing.join(" and ")}`,
      "set it in the config file, or run `lifecircle up`, which starts servers of its own",
    );
}

async function runUntilStopped(command: EngineCommand, log: Log, closers: Closers): Promise<void> {
  const { config } = command;
  const city = await openCity(config.geo.dir, (message) => log.warn(message));
  const metrics = createMetrics();
  const store = await openConfiguredStore(config);
  closers.add(() => store.close());
  const nats = config.stream.url === "" ? await startOwnNats(config) : null;
  if (nats !== null) closers.add(() => nats.close());
  const connection: NatsConnectionOptions = nats === null ? config.stream : { url: nats.url };
  const streams = streamOptions(config);
  const warn = (message: string) => log.warn(message);
  const source = natsSource({
    connection,
    streams,
    messagesInFlightMax: config.stream.messagesInFlightMax,
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    connectRetryMsMax: CONNECT_RETRY_MS_MAX,
    warn,
  });
  const key = await pseudonymKey(config);
  if (config.stream.ingest.enabled) closers.add(await startIngest(config, connection, streams, key, warn));
  const http = await startHttp({
    ...config.http,
    registry: metrics.registry,
    health: healthChecks(config, metrics, store),
  });
  closers.add(() => http.close());
  const checkpoints = await openCheckpointFolder(
    config.checkpoint.dir === "" ? join(config.data.dir, "checkpoints") : config.checkpoint.dir,
    warn,
  );
  const engine = new Engine({
    source,
    city,
    options: derivationOptions(config),
    writer: createStoreWriter(store.store, WRITER_LIMITS),
    checkpoints,
    metrics,
    limits: {
      flushRowsMax: config.store.flushRowsMax,
      flushMsMax: config.store.flushSecondsMax * 1000,
      checkpointMs: config.checkpoint.everySeconds * 1000,
    },
  });
  const stop = stopOnSignal(source, log);
  const run = engine.run();
  say(config, city.name, http, store, nats);
  const feed = command.demo ? startDemo(config, key, connection, log, stop) : Promise.resolve();
  const totals = await Promise.race([run, failureOf(feed), diedOf(store, nats, stop)]);
  await feed;
  log.info({ events: totals.events, stays: totals.stays }, "drained: everything taken is written and saved");
}

async function failureOf(feed: Promise<void>): Promise<never> {
  await feed;
  return new Promise(() => undefined);
}

/** A server of ours that dies while we need it ends the engine: nothing is lost, since nothing unsaved was acknowledged. */
async function diedOf(store: ConfiguredStore, nats: RunningNatsServer | null, stop: AbortSignal): Promise<never> {
  const never = new Promise<never>(() => undefined);
  const ended = await Promise.race([
    store.server === null ? never : store.server.exited.then((code) => `the embedded ClickHouse ended (${code})`),
    nats === null ? never : nats.ended.then((code) => `the NATS server ended (${code})`),
  ]);
  if (stop.aborted) return never;
  throw new UserError(ended, "start again: it goes on from the last checkpoint");
}

function streamOptions(config: Config): StreamOptions {
  return {
    partitions: config.stream.partitions,
    maxBytes: Math.round(config.stream.maxBytesGb * GIGABYTE),
    maxAgeMs: config.stream.maxAgeDays * 86_400_000,
  };
}

function startOwnNats(config: Config): Promise<RunningNatsServer> {
  return startNatsServer({
    dataDir: config.data.dir,
    port: config.stream.port,
    storeBytesMax: streamsBytesMax(streamOptions(config)),
  });
}

async function startIngest(
  config: Config,
  connection: NatsConnectionOptions,
  streams: StreamOptions,
  key: Uint8Array,
  warn: (message: string) => void,
): Promise<() => Promise<void>> {
  const edge = await startIngestEdge({
    connection,
    streams,
    pseudonymiser: new Pseudonymiser(key),
    rowsPerBatch: config.stream.batchRows,
    flushMsMax: config.stream.ingest.flushMsMax,
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    connectRetryMsMax: CONNECT_RETRY_MS_MAX,
    warn,
  });
  return () => edge.close();
}

function healthChecks(config: Config, metrics: Metrics, store: ConfiguredStore) {
  return {
    store: async () =>
      (await store.store.isHealthy())
        ? { ok: true, detail: store.url }
        : { ok: false, detail: `${store.url} does not answer` },
    watermark: watermarkCheck(metrics, config.http.watermarkDelayMinutesMax),
  };
}

function stopOnSignal(source: NatsSource, log: Log): AbortSignal {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1);
    log.info(`${signal}: draining; once more ends at once`);
    stop.abort();
    void source.close();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return stop.signal;
}

async function startDemo(
  config: Config,
  key: Uint8Array,
  connection: NatsConnectionOptions,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const nats = await connectNats(connection, { name: "lifecircle demo", retryMsMax: CONNECT_RETRY_MS_MAX });
  try {
    const publisher = new OrderedPublisher(nats, {
      inFlightMax: DEMO_IN_FLIGHT_MAX,
      retryMsMax: Number.POSITIVE_INFINITY,
      warn: (message) => log.warn(message),
    });
    await runDemoFeed({
      config,
      key,
      publisher,
      signal: stop,
      onDay: (date, events) => log.info({ date, events }, "the demo city has lived a day"),
    });
  } finally {
    await nats.close();
  }
}

function say(
  config: Config,
  city: string,
  http: HttpServer,
  store: ConfiguredStore,
  nats: RunningNatsServer | null,
): void {
  const lines = [
    `Lifecircle runs for ${city}.`,
    `  metrics    ${http.url}/metrics   health ${http.url}/healthz ${http.url}/readyz`,
    `  store      ${store.url} (ClickHouse over HTTP, database ${config.store.database})`,
    `  stream     ${nats === null ? config.stream.url : nats.url} (subjects signalling.v1.*, JSON lines on signalling.json.v1)`,
    `  ask        npx lifecircle sql --data ${config.data.dir} "SELECT dimension, count() AS members FROM memberships GROUP BY dimension"`,
    "Ctrl-C drains and stops; the next start goes on from there.",
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}
