/**
 * What do one and two engines take, over one NATS server and over a cluster of three with three replicas, all on this machine?
 * `npm run bench -- scale [--subscribers 20000] [--per-day 100] [--events 2000000] [--seed 1] [--json]`; the test of the same name runs it
 * tiny.
 *
 * Engines share four partitions by leases and write to one embedded ClickHouse. The feed, the servers and the engines share the cores, so
 * what does not grow with the number of engines here is the processor time of an event: that is what more machines divide.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectNats } from "../src/source/nats/connect.js";
import { withBenchStore } from "./support/bench-store.js";
import { openBenchCity } from "./support/derive.js";
import { startEngines, sumOf } from "./support/engine-process.js";
import { Feed } from "./support/feed.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { startNatsCluster } from "./support/nats-cluster.js";
import { numberOptions } from "./support/number-options.js";
import { cpuSecondsOf } from "./support/process-stat.js";
import { storedStaySum } from "./support/stay-sum.js";

const PARTITIONS = 4;
const OPTIONS: ScaleOptions = { subscribers: 20_000, perDay: 100, events: 2_000_000, seed: 1 };
const WAIT_MS = 50;
const WAIT_MS_MAX = 120_000;
/** Engines, and servers of NATS. */
const LAYOUTS = [
  [1, 1],
  [2, 1],
  [1, 3],
  [2, 3],
] as const;

export interface ScaleOptions {
  readonly subscribers: number;
  readonly perDay: number;
  readonly events: number;
  readonly seed: number;
}

export interface ScaleFigure {
  readonly engines: number;
  readonly natsServers: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Processor time of an event, microseconds, by process; of all engines and all servers together. */
  readonly engineMicros: number;
  readonly natsMicros: number;
  readonly clickhouseMicros: number;
  readonly feedMicros: number;
  /** Stays in the store: the same for every layout once its engines have ended. */
  readonly stays: number;
  readonly hash: string;
}

async function benchScale(options: ScaleOptions): Promise<ScaleFigure[]> {
  const figures: ScaleFigure[] = [];
  for (const [engines, natsServers] of LAYOUTS) figures.push(await measureScale(options, engines, natsServers));
  return figures;
}

/** Measures one layout: so many engines over so many servers of NATS. */
export async function measureScale(
  options: ScaleOptions,
  engineCount: number,
  natsServers: number,
): Promise<ScaleFigure> {
  const { city } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-scale-"));
  const nats = await startNatsCluster(dir, natsServers);
  try {
    return await withBenchStore(async ({ store, url, pid }) => {
      const engines = await startEngines(engineCount, {
        dir,
        streamUrl: nats.url,
        storeUrl: url,
        partitions: PARTITIONS,
        flushSecondsMax: 5,
        shared: { replicas: natsServers },
      });
      const connection = await connectNats({ url: nats.url }, { name: "bench", retryMsMax: 1000 });
      const feed = new Feed(connection, city.cells, {
        ...options,
        eventsPerDay: options.perDay,
        partitions: PARTITIONS,
      });
      const cpu = () => {
        const { user, system } = process.cpuUsage();
        const sum = (pids: readonly number[]) => pids.reduce((all, one) => all + cpuSecondsOf(one), 0);
        return [sum(engines.map((engine) => engine.pid)), sum(nats.pids), cpuSecondsOf(pid), (user + system) / 1e6];
      };
      const before = cpu();
      const startMs = performance.now();
      while (feed.events < options.events) await feed.next();
      await feed.drain();
      await until(async () => (await sumOf(engines, (one) => one.metric("lifecircle_events_total"))) >= feed.events);
      const seconds = (performance.now() - startMs) / 1000;
      const after = cpu();
      await Promise.all(engines.map((engine) => engine.close()));
      await connection.close();
      const micros = after.map((spent, i) => rounded(((spent - (before[i] as number)) / feed.events) * 1e6));
      const [engineMicros = 0, natsMicros = 0, clickhouseMicros = 0, feedMicros = 0] = micros;
      const { stays, hash } = await storedStaySum(store.client);
      return {
        engines: engineCount,
        natsServers,
        events: feed.events,
        eventsPerSecond: Math.round(feed.events / seconds),
        engineMicros,
        natsMicros,
        clickhouseMicros,
        feedMicros,
        stays,
        hash,
      };
    });
  } finally {
    await nats.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const startMs = Date.now(); !(await isSo()); await pause(WAIT_MS))
    if (Date.now() - startMs > WAIT_MS_MAX) throw new Error("the engines did not get there in time");
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figures = await benchScale(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...options, figures }));
  else {
    console.log(machine());
    console.log(
      `${options.subscribers} subscribers, ${options.perDay} events each a day in the mean, seed ${options.seed}`,
    );
    console.table(figures);
  }
}
