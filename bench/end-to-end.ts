/**
 * How many events a second go from JetStream (file storage) to rows that can be read in the embedded ClickHouse, all on this machine, and
 * how long after an event was published?
 * `npm run bench -- end-to-end [--subscribers 20000] [--per-day 100] [--seconds 60] [--flush-seconds 1]
 * [--engines 1] [--check 0] [--seed 1] [--json]`; the test of the same name runs it tiny.
 *
 * The engine is the command `lifecircle engine`, with the servers that `up` starts; several share the partitions by leases. This process makes the events beforehand, publishes them, and
 * asks the store what can be read. First as fast as the engine takes them, then a quarter, half and all of that. Through is a message when its
 * one event of an unknown cell can be read in `rejected`; `memberships` are through with the last row of a day, counted from the message
 * that carried the last partition's watermark past that day. `hash` is of the stays in the store when the engines have ended; with `--check 1` the same messages
 * go through the engine's core once more, alone and without servers, and `expected` is of its stays.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { derivationOptions } from "../src/config/derivation.js";
import type { Config } from "../src/config/schema.js";
import type { LoadedCity } from "../src/geo/load.js";
import { Partition } from "../src/partition.js";
import { connectNats } from "../src/source/nats/connect.js";
import { startNatsServer } from "../src/source/nats/server.js";
import { withBenchStore } from "./support/bench-store.js";
import { CoreRun } from "./support/core-run.js";
import { openBenchCity } from "./support/derive.js";
import {
  type EngineProcess,
  type EngineProcessOptions,
  startEngineProcess,
  startEngines,
  sumOf,
} from "./support/engine-process.js";
import { Feed, type Sent, withUnknownCell } from "./support/feed.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { cpuSecondsOf } from "./support/process-stat.js";
import { ReadableWatch } from "./support/readable-watch.js";
import { type StaySum, StaysSummed, storedStaySum } from "./support/stay-sum.js";
import { type PartitionBatch, traffic } from "./support/traffic.js";

const PARTITIONS = 4;
const OPTIONS: EndToEndOptions = {
  subscribers: 20_000,
  perDay: 100,
  seconds: 60,
  flushSeconds: 1,
  engines: 1,
  check: 0,
  seed: 1,
};
/** Events that may be published before the engine has taken them, when it is fed as fast as it goes. */
const AHEAD_MAX = 1_048_576;
/** What is sent is made beforehand, as far as it has room: some 20 bytes an event, at no more than any engine has taken. */
const PREPARED_EVENTS_MAX = 450e6;
const PREPARED_EVENTS_PER_SECOND = 1.5e6;
const SHARES = [0.25, 0.5, 1];
/** The phases at a share of the maximum last so much of the first one. */
const SHARE_SECONDS = 1 / 3;
const METRIC_MS = 100;
const DRAIN_MS_MAX = 60_000;
/** Ten minutes of 1.5 M events a second. */
const STREAM_GB = 20;

export interface EndToEndOptions {
  readonly subscribers: number;
  readonly perDay: number;
  readonly seconds: number;
  /** `store.flushSecondsMax` of the engine: rows wait so long at most. */
  readonly flushSeconds: number;
  /** Processes, a thread each that works on partitions. */
  readonly engines: number;
  /** 1: the stays are derived once more, to compare. */
  readonly check: number;
  readonly seed: number;
}

export interface Phase {
  /** Events a second that were offered; Infinity for as many as the engine takes. */
  readonly offered: number;
  readonly eventsPerSecond: number;
  /** Processor time of each process over the time of the phase; 1 is a core. */
  readonly cpu: { readonly engine: number; readonly clickhouse: number; readonly nats: number; readonly feed: number };
  readonly messages: number;
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  /** Days that closed, and the longest that their memberships took to be readable. */
  readonly days: number;
  readonly membershipsSecondsMax: number;
}

export interface EndToEndFigure extends EndToEndOptions {
  readonly phases: readonly Phase[];
  readonly events: number;
  readonly memberships: number;
  readonly stays: number;
  /** Of the stays; null where nothing was to be compared. */
  readonly hash: string;
  readonly expected: StaySum | null;
}

/** What a phase is measured on. */
interface Setup {
  readonly feed: Feed;
  readonly engines: readonly EngineProcess[];
  readonly watch: ReadableWatch;
  readonly cpu: () => Phase["cpu"];
  /** Event time from midnight until the watermark has passed it. */
  readonly latenessMs: number;
}

export async function benchEndToEnd(options: EndToEndOptions): Promise<EndToEndFigure> {
  const { city, config } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-end-to-end-"));
  const nats = await startNatsServer({ dataDir: dir, storeBytesMax: STREAM_GB * 1.5e9 });
  try {
    return await withBenchStore(async ({ store, url, pid: storePid }) => {
      const engines = await enginesOf(options.engines, {
        dir,
        streamUrl: nats.url,
        storeUrl: url,
        partitions: PARTITIONS,
        flushSecondsMax: options.flushSeconds,
        streamGb: STREAM_GB,
      });
      const connection = await connectNats({ url: nats.url }, { name: "bench", retryMsMax: 1000 });
      const feed = new Feed(connection, city.cells, {
        ...options,
        eventsPerDay: options.perDay,
        partitions: PARTITIONS,
      });
      const watch = new ReadableWatch(store.client, feed.sent);
      const cpu = () => cpuOf(engines, storePid, nats.pid);
      const setup = { feed, engines, watch, cpu, latenessMs: config.time.latenessMinutesMax * 60_000 };
      const phases: Phase[] = [];
      try {
        phases.push(await runPhase(setup, Number.POSITIVE_INFINITY, options.seconds));
        const most = (phases[0] as Phase).eventsPerSecond;
        for (const share of SHARES) phases.push(await runPhase(setup, share * most, options.seconds * SHARE_SECONDS));
      } finally {
        await watch.close();
        await connection.close();
        await Promise.all(engines.map((engine) => engine.close()));
      }
      const query = "SELECT count() AS memberships FROM memberships";
      const answer = await store.client.query({ query, format: "JSONEachRow" });
      const memberships = Number((await answer.json<{ memberships: string }>())[0]?.memberships);
      const stored = await storedStaySum(store.client);
      return {
        ...options,
        phases,
        events: feed.events,
        memberships,
        ...stored,
        // Last: it keeps this thread from everything else.
        expected: options.check === 0 ? null : expectedStays(options, feed.sent.size, city, config),
      };
    });
  } finally {
    await nats.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Seconds of processor time up to now; this process is the feed. */
function cpuOf(engines: readonly EngineProcess[], storePid: number, natsPid: number): Phase["cpu"] {
  const { user, system } = process.cpuUsage();
  return {
    engine: engines.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
    clickhouse: cpuSecondsOf(storePid),
    nats: cpuSecondsOf(natsPid),
    feed: (user + system) / 1e6,
  };
}

/** The stays of so many messages, derived in this process. */
function expectedStays(options: EndToEndOptions, messages: number, city: LoadedCity, config: Config): StaySum {
  const sum = new StaysSummed();
  const partition = (_: unknown, number: number) => new Partition(number, city, derivationOptions(config));
  const run = new CoreRun(Array.from({ length: PARTITIONS }, partition), (rows) => sum.add(rows));
  const batches = traffic(city.cells, { ...options, eventsPerDay: options.perDay, partitions: PARTITIONS });
  for (let sent = 0; sent < messages; sent++) {
    const { partition, batch } = batches.next().value as PartitionBatch;
    run.take({ partition, batch: withUnknownCell(batch) });
  }
  return { stays: sum.stays, hash: sum.hash };
}

async function enginesOf(count: number, options: EngineProcessOptions): Promise<readonly EngineProcess[]> {
  return count === 1 ? [await startEngineProcess(options)] : startEngines(count, options);
}

async function runPhase(setup: Setup, rate: number, seconds: number): Promise<Phase> {
  const { feed, engines, watch, cpu } = setup;
  const takenNow = () => sumOf(engines, (engine) => engine.metric("lifecircle_events_total"));
  await feed.prepare(Math.min(PREPARED_EVENTS_MAX, seconds * Math.min(rate, PREPARED_EVENTS_PER_SECOND)));
  const startMs = performance.now();
  const before = { taken: await takenNow(), events: feed.events, cpu: cpu() };
  const elapsed = () => (performance.now() - startMs) / 1000;
  let taken = before.taken;
  const asking = setInterval(() => {
    void takenNow().then((events) => {
      taken = Math.max(taken, events);
    });
  }, METRIC_MS);
  while (elapsed() < seconds) {
    const ahead = Number.isFinite(rate) ? rate * elapsed() + before.events : taken + AHEAD_MAX;
    if (feed.events < ahead) await feed.next();
    else await pause(1);
  }
  clearInterval(asking);
  await feed.drain();
  taken = await takenNow();
  const after = cpu();
  const spent = elapsed();
  const share = (name: keyof Phase["cpu"]) => rounded((after[name] - before.cpu[name]) / spent);
  const own = [...feed.sent].filter(([, { sentMs }]) => sentMs >= startMs);
  for (const endMs = performance.now() + DRAIN_MS_MAX; performance.now() < endMs; await pause(METRIC_MS))
    if (own.every(([sequence]) => watch.latencies.has(sequence))) break;
  const latencies = own.map(([sequence]) => watch.latencies.get(sequence) ?? Number.POSITIVE_INFINITY);
  latencies.sort((a, b) => a - b);
  const at = (part: number) => rounded((latencies[Math.floor(part * latencies.length)] ?? Number.NaN) / 1000);
  const closes = closesOf(setup, startMs);
  return {
    offered: Math.round(rate),
    eventsPerSecond: Math.round((taken - before.taken) / spent),
    cpu: { engine: share("engine"), clickhouse: share("clickhouse"), nats: share("nats"), feed: share("feed") },
    messages: own.length,
    p50Seconds: at(0.5),
    p99Seconds: at(0.99),
    days: closes.length,
    membershipsSecondsMax: rounded(Math.max(0, ...closes) / 1000),
  };
}

/** Milliseconds that the memberships of each day took which was over since a moment. */
function closesOf({ feed, watch, latenessMs }: Setup, sinceMs: number): number[] {
  const passed = (endMs: number) =>
    Math.max(
      ...Array.from({ length: PARTITIONS }, (_, partition) => {
        const first = [...feed.sent.values()].filter(isPast(partition, endMs + latenessMs)).map(({ sentMs }) => sentMs);
        return first.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...first);
      }),
    );
  return [...watch.days]
    .map(([endMs, { readableMs }]) => ({ passedMs: passed(endMs), readableMs }))
    .filter(({ passedMs }) => passedMs >= sinceMs && Number.isFinite(passedMs))
    .map(({ passedMs, readableMs }) => readableMs - passedMs);
}

function isPast(partition: number, timeMs: number): (sent: Sent) => boolean {
  return (sent) => sent.partition === partition && sent.latestMs >= timeMs;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function tell({ phases, events, memberships, stays, hash, expected, ...options }: EndToEndFigure): void {
  console.log(machine());
  console.log(
    `${options.engines === 1 ? "1 engine" : `${options.engines} engines`}, ${options.subscribers} subscribers, ${options.perDay} events a day, rows wait ${options.flushSeconds} s at most: ${events} events, ${stays} stays, ${memberships} memberships, seed ${options.seed}, hash ${hash}`,
  );
  if (expected !== null)
    console.log(
      `expected by the core alone: ${expected.stays} stays, hash ${expected.hash}: ${expected.hash === hash ? "the same" : "OTHERS"}`,
    );
  console.table(
    phases.map(({ offered, eventsPerSecond, cpu, p50Seconds, p99Seconds, days, membershipsSecondsMax }) => ({
      offered: Number.isFinite(offered) ? offered : "all it takes",
      "events/s": eventsPerSecond,
      p50: `${p50Seconds} s`,
      p99: `${p99Seconds} s`,
      "days closed": days,
      memberships: days === 0 ? "" : `${membershipsSecondsMax} s`,
      ...cpu,
    })),
  );
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figure = await benchEndToEnd(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...figure }));
  else tell(figure);
}
