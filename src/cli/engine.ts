import { setTimeout as pause } from "node:timers/promises";
import type { Hono } from "hono";
import type { Config } from "../config/schema.js";
import { createAuditLog } from "../http/access/audit.js";
import type { Access } from "../http/access/authenticate.js";
import { PAGE_FOLDER, readPage } from "../http/page.js";
import { type HttpServer, startHttp, watermarkCheck } from "../http/server.js";
import { createLog } from "../metrics/log.js";
import { createMetrics } from "../metrics/metrics.js";
import { Exclusion } from "../signal/exclusion.js";
import { UserError } from "../signal/user-error.js";
import { openNotices } from "../source/nats/cloud-events.js";
import type { NatsConnectionOptions } from "../source/nats/connect.js";
import { type IngestEdge, startIngestEdge } from "../source/nats/ingest.js";
import { type RunningNatsServer, startNatsServer } from "../source/nats/server.js";
import { findNatsServer } from "../source/nats/server-state.js";
import { streamOptionsOf, streamsBytesMax } from "../source/nats/streams.js";
import { TriggerNotices } from "../source/nats/trigger-notices.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import { StoreError } from "../store/store-error.js";
import { configuredAccess, configuredApi } from "./api.js";
import { openCluster } from "./cluster.js";
import { CONNECT_RETRY_MS_MAX, type Context } from "./context.js";
import { startDemoFeed } from "./demo-feed.js";
import { openDisclosure } from "./disclosure.js";
import { Closers, stopOnSignal, untilGone } from "./lifetime.js";
import { folderOrders, type KnownOrders, watchExcluded } from "./privacy.js";
import { pseudonymKeyForWriting } from "./pseudonym.js";
import { shellWord } from "./shell-word.js";
import { type ConfiguredStore, openConfiguredStore } from "./store.js";
import { type CityWatch, watchCity } from "./watch-city.js";
import { watchTriggers } from "./watch-triggers.js";
import { drained, engineParts, startShare, startWhole } from "./work.js";

export interface EngineCommand {
  readonly config: Config;
  /** Feed it with the simulated city. */
  readonly demo: boolean;
  /** Start what config names no URL for; without it both URLs must be given. */
  readonly whole: boolean;
}

/** `lifecircle up` and `lifecircle engine`: runs until SIGINT or SIGTERM, then drains; a second signal ends it at once. */
export async function runEngineCommand({ config, demo, whole }: EngineCommand): Promise<void> {
  if (!whole) requireUrls(config);
  if (config.engine.partitions === "lease" && config.stream.url === "")
    throw new UserError(
      "engine.partitions: lease needs stream.url",
      "name the NATS servers that the engines share, or set engine.partitions to all",
    );
  const log = createLog({ level: config.log.level, pretty: config.log.pretty });
  const warn = (message: string) => log.warn(message);
  const closers = new Closers();
  const context = { config, log, warn, metrics: createMetrics(), closers, stop: stopOnSignal(log), whole };
  try {
    await runUntilStopped(context, demo);
  } catch (error) {
    // Asked to stop while it was starting: there is nothing to drain, and what broke off under it is no fault.
    if (!(error instanceof Stopped)) throw error;
  } finally {
    await closers.closeAll(warn);
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

class Stopped extends Error {}

async function runUntilStopped(context: Context, demo: boolean): Promise<void> {
  const { config, log, closers, stop } = context;
  const city = await openWatched(context);
  const access = configuredAccess(config, context.warn);
  const http = await openHttp(context, access);
  const store = await openStore(context);
  http.checkStore(() => store.store.isHealthy());
  const nats = config.stream.url === "" ? await startOwnNats(context) : null;
  const connection: NatsConnectionOptions = nats === null ? config.stream : { url: nats.url };
  const cluster = config.engine.partitions === "lease" ? await openCluster(context, connection) : null;
  const known = cluster?.known ?? folderOrders(config.data.dir);
  const notices = await openNoticesOf(context, connection, store);
  const key = await pseudonymKeyForWriting(config);
  if (context.whole) http.serveApi(await openApi(context, { city, access, key, store, known }));
  const edge = config.stream.ingest.enabled ? await openIngest(context, connection, { key, known }) : null;
  const triggers = await watchTriggers(store.store.client, () => city.city, context.warn);
  closers.add(async () => triggers.close());
  if (stop.aborted) throw new Stopped();
  const parts = { context, connection, store, engine: await engineParts(context, { city, key, triggers, notices }) };
  const { run, end } = cluster === null ? await startWhole(parts) : startShare(parts, cluster);
  closers.add(() => drained(run, end));
  stop.addEventListener("abort", end);
  const feed = demo ? startDemoFeed({ config, key, connection, log, stop }) : null;
  if (feed !== null) closers.add(() => feed.close());
  say(config, city.city.name, http.server, store, nats, context.whole);
  const totals = await Promise.race([
    run,
    failureOf(feed?.ended ?? Promise.resolve()),
    failureOf(edge?.ended ?? Promise.resolve()),
    diedOf(store, nats, stop),
  ]).catch((error: unknown) => {
    throw error instanceof StoreError ? storeGaveUp(error) : error;
  });
  await feed?.ended;
  log.info({ events: totals.events, stays: totals.stays }, "drained: everything taken is written and saved");
}

async function openHttp({ config, metrics, closers, whole }: Context, access: Access) {
  let isStoreHealthy: (() => Promise<boolean>) | null = null;
  let api: Hono | null = null;
  const server = await startHttp({
    ...config.http,
    registry: metrics.registry,
    health: {
      store: async () =>
        (await isStoreHealthy?.()) === true
          ? { ok: true, detail: "answers" }
          : { ok: false, detail: isStoreHealthy === null ? "is starting" : "does not answer" },
      stream: () => {
        const isDown = metrics.alarms().includes("stream_down");
        return { ok: !isDown, detail: isDown ? "does not answer" : "answers" };
      },
      watermark: watermarkCheck(metrics, config.http.watermarkDelayMinutesMax),
    },
    access,
    api: whole ? () => api : null,
    page: whole ? readPage(PAGE_FOLDER) : null,
  });
  closers.add(() => server.close());
  return {
    server,
    serveApi(app: Hono) {
      api = app;
    },
    checkStore(check: () => Promise<boolean>) {
      isStoreHealthy = check;
    },
  };
}

/** The city, whose changes are taken while the engine runs. */
async function openWatched({ config, metrics, warn, closers }: Context): Promise<CityWatch> {
  const watch = await watchCity(config.geo.dir, {
    warn,
    onChange(isTaken) {
      metrics.referenceChanged(isTaken);
      metrics.alarm("reference_refused", !isTaken);
    },
  });
  closers.add(async () => watch.close());
  return watch;
}

interface ApiParts {
  readonly city: CityWatch;
  readonly access: Access;
  readonly key: Uint8Array;
  readonly store: ConfiguredStore;
  readonly known: KnownOrders;
}

async function openApi(
  { config, metrics, warn, closers }: Context,
  { city, access, key, store, known }: ApiParts,
): Promise<Hono> {
  const disclosure = await openDisclosure(config);
  const api = configuredApi({
    config,
    city: () => city.city,
    client: store.store.client,
    access,
    disclosure,
    key,
    known,
    warn,
    follows: true,
    metrics,
  });
  closers.add(() => api.close());
  return api.app;
}

async function openStore({ config, metrics, warn, closers }: Context): Promise<ConfiguredStore> {
  const store = await openConfiguredStore(config, (fault) => {
    metrics.storeRetried();
    if (!metrics.alarms().includes("store_down")) warn(`the store fails (${fault.message}); trying again`);
    metrics.alarm("store_down", true);
  });
  closers.add(() => store.close());
  metrics.alarm("store_down", false);
  return store;
}

async function startOwnNats({ config, closers }: Context): Promise<RunningNatsServer> {
  await untilGone(async () => (await findNatsServer(config.data.dir)) !== null);
  const nats = await startNatsServer({
    dataDir: config.data.dir,
    port: config.stream.port,
    storeBytesMax: streamsBytesMax(streamOptionsOf(config.stream)),
  });
  closers.add(() => nats.close());
  return nats;
}

async function openNoticesOf(
  { config, metrics, warn, closers }: Context,
  connection: NatsConnectionOptions,
  store: ConfiguredStore,
): Promise<TriggerNotices> {
  const publisher = await openNotices({
    connection,
    streams: streamOptionsOf(config.stream),
    name: "lifecircle triggers",
    connectRetryMsMax: CONNECT_RETRY_MS_MAX,
    warn,
  });
  closers.add(() => publisher.close());
  metrics.observeNotices("trigger", publisher);
  const audit = createAuditLog(store.store.client);
  closers.add(() => audit.close());
  return new TriggerNotices(publisher, audit, warn);
}

async function openIngest(
  { config, metrics, warn, closers }: Context,
  connection: NatsConnectionOptions,
  { key, known }: { key: Uint8Array; known: KnownOrders },
): Promise<IngestEdge> {
  const excluded = watchExcluded(config, key, warn, known);
  let exclusion = { of: excluded(), set: new Exclusion(excluded()) };
  const edge = await startIngestEdge({
    connection,
    streams: streamOptionsOf(config.stream),
    pseudonymiser: new Pseudonymiser(key),
    exclusion() {
      const people = excluded();
      if (people !== exclusion.of) exclusion = { of: people, set: new Exclusion(people) };
      return exclusion.set;
    },
    rowsPerBatch: config.stream.batchRows,
    flushMsMax: config.stream.ingest.flushMsMax,
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    connectRetryMsMax: CONNECT_RETRY_MS_MAX,
    warn,
  });
  closers.add(() => edge.close());
  metrics.observeIngest(edge.counters);
  return edge;
}

async function failureOf(work: Promise<void>): Promise<never> {
  await work;
  return new Promise(() => undefined);
}

const SIGNAL_MS = 1000;

/** A server of ours that dies while we need it ends the engine: nothing is lost, since nothing unsaved was acknowledged. */
async function diedOf(store: ConfiguredStore, nats: RunningNatsServer | null, stop: AbortSignal): Promise<never> {
  const never = new Promise<never>(() => undefined);
  const ended = await Promise.race([
    store.server === null ? never : store.server.exited.then((code) => `the embedded ClickHouse ended (${code})`),
    nats === null ? never : nats.ended.then((code) => `the NATS server ended (${code})`),
  ]);
  // A service manager signals all at once, and the engine may see its own signal last.
  if (!stop.aborted) await pause(SIGNAL_MS);
  if (stop.aborted) return never;
  throw new UserError(ended, "start again: it goes on from the last checkpoint");
}

function storeGaveUp(error: StoreError): UserError {
  return new UserError(
    `the store cannot be written: ${error.message}`,
    "see to the store and start again: nothing is lost, it goes on from the last checkpoint",
  );
}

function say(
  config: Config,
  city: string,
  http: HttpServer,
  store: ConfiguredStore,
  nats: RunningNatsServer | null,
  api: boolean,
): void {
  const lines = [
    `Lifecircle runs for ${city}.`,
    ...(api
      ? [
          `  page       ${http.url}   people need a key: npx lifecircle key create --name me --role admin --data ${shellWord(config.data.dir)}`,
        ]
      : []),
    ...(api ? [`  api        ${http.url}/v1/circles   form ${http.url}/v1/openapi.json`] : []),
    `  metrics    ${http.url}/metrics   health ${http.url}/healthz ${http.url}/readyz`,
    `  store      ${store.url} (ClickHouse over HTTP, database ${config.store.database})`,
    `  stream     ${nats === null ? config.stream.url : nats.url} (subjects signalling.v1.*, JSON lines on signalling.json.v1)`,
    `  ask        npx lifecircle sql --data ${shellWord(config.data.dir)} "SELECT circle, count() AS members FROM memberships GROUP BY circle ORDER BY members DESC LIMIT 10"`,
    "Ctrl-C drains and stops; the next start goes on from there.",
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}
