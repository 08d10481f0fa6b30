/**
 * How long do questions to the API take while the engine works at half of what it can, with many clients, and what does that cost the
 * engine?
 * `npm run bench -- load [--clients 200] [--seconds 300] [--pause-ms 1000] [--subscribers 20000] [--per-day 60] [--fill-seconds 60] [--warm-seconds 20] [--apart 1] [--seed 1] [--json]`;
 * the test of the same name runs it tiny.
 *
 * `lifecircle engine` and `lifecircle api` beside it (with `--apart 0` `lifecircle up`, which is both) over a NATS server and an embedded
 * ClickHouse; this process makes the events and is all the clients. First events as fast as the engine takes them; then half of that rate
 * alone; with clients that pause between two questions, of which the first seconds warm up and are not counted; and with clients that do
 * not, which is more than the machine can answer. Event time runs as much faster than the clock as the events are more than the subscribers
 * make in a day, so closes of days, and changes of what is asked about, come as often as `daySeconds` says.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createKey, keysPath } from "../src/http/access/keys.js";
import { type Client, createClient } from "../src/http/client.js";
import { connectNats } from "../src/source/nats/connect.js";
import { startNatsServer } from "../src/source/nats/server.js";
import type { StoreClient } from "../src/store/client.js";
import { withBenchStore } from "./support/bench-store.js";
import { type Asked, askAll } from "./support/clients.js";
import { openBenchCity } from "./support/derive.js";
import { type EngineProcess, startApiProcess, startEngineProcess } from "./support/engine-process.js";
import { Feed } from "./support/feed.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { cpuSecondsOf } from "./support/process-stat.js";
import type { Subjects } from "./support/questions.js";

const PARTITIONS = 4;
const OPTIONS = {
  clients: 200,
  seconds: 300,
  pauseMs: 1000,
  subscribers: 20_000,
  perDay: 60,
  fillSeconds: 60,
  warmSeconds: 20,
  /** 1: the API is a process of its own. */
  apart: 1,
  seed: 1,
};
const AHEAD_MAX = 131_072;
const TAKEN_MS = 200;
const NATS_BYTES_MAX = 14e9;
const SUBJECTS_MAX = 2000;
const DAY_MS = 86_400_000;

export type LoadOptions = typeof OPTIONS;

export interface LoadPhase {
  readonly name: string;
  /** Events a second that the engine took, and that were offered; null: as many as it takes. */
  readonly eventsPerSecond: number;
  readonly offered: number | null;
  /** Most messages that waited in the stream. */
  readonly waitingMax: number;
  /** Processor time over the time of the phase; 1 is a core. */
  readonly cpu: {
    readonly engine: number;
    /** The same process as the engine, unless it is apart. */
    readonly api: number;
    readonly clickhouse: number;
    readonly bench: number;
  };
  readonly asked: readonly Asked[];
  readonly seconds: number;
  /** Seconds of the clock in which an event day passes. */
  readonly daySeconds: number;
}

interface Setup {
  readonly feed: Feed;
  readonly engine: EngineProcess;
  readonly cpu: () => LoadPhase["cpu"];
  readonly eventsOfDay: number;
}

export async function benchLoad(options: LoadOptions): Promise<LoadPhase[]> {
  const { city } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-load-"));
  const nats = await startNatsServer({ dataDir: dir, storeBytesMax: NATS_BYTES_MAX * 1.4 });
  try {
    return await withBenchStore(async ({ store, url, pid }) => {
      const servers = { dir, streamUrl: nats.url, storeUrl: url, partitions: PARTITIONS, flushSecondsMax: 5 };
      const isApart = options.apart === 1;
      const engine = await startEngineProcess(isApart ? servers : { ...servers, api: true });
      const api = isApart ? await startApiProcess(servers) : engine;
      const connection = await connectNats({ url: nats.url }, { name: "bench", retryMsMax: 1000 });
      const feed = new Feed(connection, city.cells, {
        ...options,
        eventsPerDay: options.perDay,
        partitions: PARTITIONS,
      });
      const cpu = () => {
        const { user, system } = process.cpuUsage();
        return {
          engine: cpuSecondsOf(engine.pid),
          api: cpuSecondsOf(api.pid),
          clickhouse: cpuSecondsOf(pid),
          bench: (user + system) / 1e6,
        };
      };
      try {
        const clients = clientsOf(join(dir, "data"), api.url, options.clients);
        return await phases(
          { feed, engine, cpu, eventsOfDay: options.subscribers * options.perDay },
          options,
          clients,
          store.client,
        );
      } finally {
        await connection.close();
        if (api !== engine) await api.close();
        await engine.close();
      }
    });
  } finally {
    await nats.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function phases(setup: Setup, options: LoadOptions, clients: readonly Client[], store: StoreClient) {
  const { seconds, pauseMs } = options;
  const full = await runPhase(setup, "as fast as it takes", null, options.fillSeconds, null);
  const half = full.eventsPerSecond / 2;
  const alone = await runPhase(setup, "half, nobody asks", half, seconds / 5, null);
  const subjects = await subjectsOf(store);
  const ask = (pauseMean: number) => (isOver: () => boolean) => askAll(clients, subjects, pauseMean, isOver);
  await runPhase(setup, "warm-up", half, options.warmSeconds, ask(pauseMs));
  const asked = await runPhase(setup, "half, clients that pause", half, seconds, ask(pauseMs));
  const overload = await runPhase(setup, "half, clients without pause", half, seconds / 5, ask(0));
  return [full, alone, asked, overload];
}

type Work = (isOver: () => boolean) => Promise<Asked[]>;

async function runPhase(
  { feed, engine, cpu, eventsOfDay }: Setup,
  name: string,
  offered: number | null,
  seconds: number,
  work: Work | null,
): Promise<LoadPhase> {
  const startMs = performance.now();
  const elapsed = () => (performance.now() - startMs) / 1000;
  const before = { taken: await engine.metric("lifecircle_events_total"), sent: feed.events, cpu: cpu() };
  const asking = work?.(() => elapsed() >= seconds) ?? Promise.resolve([]);
  let taken = before.taken;
  let waitingMax = 0;
  let lookedMs = startMs;
  while (elapsed() < seconds) {
    const isDue = offered === null ? feed.events - taken < AHEAD_MAX : feed.events - before.sent < offered * elapsed();
    if (isDue) await feed.next();
    else await sleep(1);
    if (performance.now() - lookedMs < TAKEN_MS) continue;
    taken = await engine.metric("lifecircle_events_total");
    waitingMax = Math.max(waitingMax, await engine.metric("lifecircle_lag_messages"));
    lookedMs = performance.now();
  }
  await feed.drain();
  const spent = elapsed();
  taken = await engine.metric("lifecircle_events_total");
  const after = cpu();
  const share = (process: keyof LoadPhase["cpu"]) => rounded((after[process] - before.cpu[process]) / spent);
  return {
    name,
    eventsPerSecond: Math.round((taken - before.taken) / spent),
    offered: offered === null ? null : Math.round(offered),
    waitingMax,
    cpu: { engine: share("engine"), api: share("api"), clickhouse: share("clickhouse"), bench: share("bench") },
    asked: await asking,
    seconds: spent,
    daySeconds: Math.round((eventsOfDay * spent) / (taken - before.taken)),
  };
}

/** Each with a key of its own, so that none is turned away for what the others ask. */
function clientsOf(dataDir: string, url: string, count: number): Client[] {
  const role = { role: "admin", regions: null, purposes: null } as const;
  return Array.from({ length: count }, (_, i) => {
    const wanted = { ...role, name: `client ${i}`, expiresMs: Date.now() + DAY_MS };
    const { text } = createKey(keysPath(dataDir), wanted, Date.now());
    return createClient({ url, key: text, purpose: "benchmark" });
  });
}

async function subjectsOf(store: StoreClient): Promise<Subjects> {
  const list = async <T>(query: string) => (await store.query({ query, format: "JSONEachRow" })).json<T>();
  const circles = await list<{ circle: string }>(
    "SELECT circle FROM memberships GROUP BY circle ORDER BY count() DESC LIMIT 200",
  );
  const people = await list<{ subscriber: string }>(
    `SELECT DISTINCT toString(subscriber) AS subscriber FROM stays LIMIT ${SUBJECTS_MAX}`,
  );
  const [newest] = await list<{ ms: string }>("SELECT toUnixTimestamp(max(slot)) * 1000 AS ms FROM presence_rows");
  return {
    circles: circles.map(({ circle }) => circle),
    subscribers: people.map(({ subscriber }) => subscriber),
    newestMs: Number(newest?.ms),
  };
}

/** The times below which a share of the answers lies, ms. */
export function percentiles(asked: readonly Asked[]): { p50: number; p99: number; most: number } {
  const sorted = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * sorted.length)] ?? Number.NaN);
  return { p50: at(0.5), p99: at(0.99), most: Math.round(sorted.at(-1) ?? Number.NaN) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What became of the questions of a phase. */
function outcome({ asked, seconds }: LoadPhase) {
  const answered = asked.filter(({ status }) => status === 200);
  const away = asked.filter(({ status }) => status === 429);
  return {
    "answers/s": Math.round(answered.length / seconds),
    ...percentiles(answered),
    "429": away.length,
    "without Retry-After": away.filter(({ saidWhen }) => !saidWhen).length,
    "429 p99": percentiles(away).p99,
    others: asked.length - answered.length - away.length,
  };
}

function tell(figures: readonly LoadPhase[], options: LoadOptions): void {
  console.log(machine());
  console.log(JSON.stringify(options));
  console.table(
    Object.fromEntries(
      figures.map(({ name, eventsPerSecond, offered, waitingMax, daySeconds, cpu }) => [
        name,
        {
          offered: offered ?? "all",
          "events/s": eventsPerSecond,
          taken: offered === null ? "" : `${Math.round((100 * eventsPerSecond) / offered)} %`,
          daySeconds,
          "most waiting": waitingMax,
          ...cpu,
        },
      ]),
    ),
  );
  const withClients = figures.filter(({ asked }) => asked.length > 0);
  console.table(Object.fromEntries(withClients.map((phase) => [phase.name, outcome(phase)])));
  for (const { name, asked } of withClients) {
    const answered = asked.filter(({ status }) => status === 200);
    const names = [...new Set(answered.map(({ operation }) => operation))].sort();
    console.log(name);
    console.table(
      Object.fromEntries(
        names.map((operation) => {
          const own = answered.filter((one) => one.operation === operation);
          return [operation, { answers: own.length, ...percentiles(own) }];
        }),
      ),
    );
    const others = asked.filter(({ status }) => status !== 200 && status !== 429);
    if (others.length > 0) console.log("others:", [...new Set(others.map((one) => `${one.operation} ${one.status}`))]);
  }
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figures = await benchLoad(options);
  if (json)
    console.log(
      JSON.stringify({ machine: machine(), ...options, phases: figures.map((p) => ({ ...p, asked: outcome(p) })) }),
    );
  else tell(figures, options);
}
