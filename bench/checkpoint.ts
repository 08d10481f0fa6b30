/**
 * What does a checkpoint cost, and how long does a start take to be where it was? First the engine runs over the same batches in memory with
 * checkpoints into a local folder and without, in turns. Then its state, copied to ever more subscribers, is saved whole, saved again
 * after some have changed, and restored. Last, `--restored` subscribers are written and read back, as many as the memory holds.
 * `npm run bench -- checkpoint [--subscribers 4000] [--per-day 70] [--days 8] [--every 5] [--turns 2] [--copies 200000] [--restored 1000000]
 * [--diary-megabytes 256] [--seed 1] [--json]`; the test of the same name runs it tiny.
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Checkpoints, openCheckpoints } from "../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../src/checkpoint/folder.js";
import { takeSnapshot } from "../src/checkpoint/snapshot.js";
import { derivationOptions } from "../src/config/derivation.js";
import type { Config } from "../src/config/schema.js";
import { Engine } from "../src/engine.js";
import type { LoadedCity } from "../src/geo/load.js";
import { createMetrics } from "../src/metrics/metrics.js";
import type { DerivationOptions, Partition } from "../src/partition.js";
import type { Delivery } from "../src/source/source.js";
import { withScratch } from "./support/bench-scratch.js";
import { copyOf, type RestoreFigure, restoreOf } from "./support/copied-state.js";
import { openBenchCity } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { memorySource, trafficDeliveries } from "./support/traffic-source.js";

const PARTITIONS = 4;
/** Share of the subscribers that change between two checkpoints: 70 events a day are one in 20 minutes, and a checkpoint comes each minute. */
const CHANGED = 0.05;
const OPTIONS: CheckpointOptions = {
  subscribers: 4000,
  perDay: 70,
  days: 8,
  every: 5,
  turns: 2,
  copies: 200_000,
  restored: 1_000_000,
  diaryMegabytes: 256,
  seed: 1,
};

export interface CheckpointOptions {
  readonly subscribers: number;
  readonly perDay: number;
  readonly days: number;
  /** Seconds between two checkpoints. */
  readonly every: number;
  readonly turns: number;
  /** Subscribers of the largest state that is saved and restored. */
  readonly copies: number;
  /** Subscribers of the state that is only read back; 0 for none. */
  readonly restored: number;
  /** Megabytes of their diaries that are in memory; the others lie in a file. */
  readonly diaryMegabytes: number;
  readonly seed: number;
}

export interface RunFigure {
  readonly eventsPerSecond: number;
  readonly cpuSeconds: number;
  readonly checkpoints: number;
  readonly bytesPerCheckpoint: number;
}

export interface SizeFigure {
  readonly subscribers: number;
  readonly bytesPerSubscriber: number;
  /** The engine stands still while a snapshot is taken, not while it is written. */
  readonly wholePauseMs: number;
  readonly wholeWriteMs: number;
  /** The same for one of the partitions, of which everybody has changed: so long the stream stands still when its turn comes. */
  readonly turnPauseMs: number;
  /** By how much the process grew for the former and the latter, from before it was taken until it was written. */
  readonly wholeMegabytes: number;
  readonly turnMegabytes: number;
  /** Of merging all files into new ones, beside the stream. */
  readonly mergeCpuMs: number;
  readonly changedPauseMs: number;
  readonly changedWriteMs: number;
  readonly changedBytes: number;
  readonly restoreMs: number;
  readonly restoreCpuMs: number;
}

export interface CheckpointFigure {
  readonly without: RunFigure;
  readonly withThem: RunFigure;
  /** Throughput with checkpoints over that without, by processor time and by the clock. */
  readonly keptCpu: number;
  readonly keptWall: number;
  readonly sizes: readonly SizeFigure[];
  readonly restored: RestoreFigure | null;
}

export async function benchCheckpoint(options: CheckpointOptions): Promise<CheckpointFigure> {
  const { config, city } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  const stream = { ...options, eventsPerDay: options.perDay, partitions: PARTITIONS };
  const deliveries = trafficDeliveries(city, stream);
  const { diaryMegabytes, restored } = options;
  const runs = { without: [] as RunFigure[], withThem: [] as RunFigure[] };
  let last: Partition[] = [];
  for (let turn = 0; turn < options.turns; turn++) {
    runs.without.push(await run(deliveries, config, city, null));
    await inFolder(async (dir) => {
      const checkpoints = await opened(dir);
      runs.withThem.push(await run(deliveries, config, city, { checkpoints, everyMs: options.every * 1000 }));
      await checkpoints.settled();
      last = (await checkpoints.restore(city, derivationOptions(config))) ?? [];
    });
  }
  const [without, withThem] = [best(runs.without), best(runs.withThem)];
  const sizes: SizeFigure[] = [];
  const inhabited = last.filter(({ stays }) => stays.table.count > 0);
  for (let count = options.copies / 4; count <= options.copies; count *= 2)
    sizes.push(await withScratch(config, diaryMegabytes, (of) => measureSize(inhabited, Math.round(count), of, city)));
  return {
    without,
    withThem,
    keptCpu: rounded(without.cpuSeconds / withThem.cpuSeconds),
    keptWall: rounded(withThem.eventsPerSecond / without.eventsPerSecond),
    sizes,
    restored:
      restored === 0
        ? null
        : await withScratch(config, diaryMegabytes, (of) =>
            inFolder((dir) => restoreOf(inhabited, restored, { options: of, city, dir })),
          ),
  };
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-bench-checkpoint-"));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function opened(dir: string): Promise<Checkpoints> {
  return openCheckpoints(await openCheckpointFolder(dir), () => undefined);
}

function best(runs: readonly RunFigure[]): RunFigure {
  return runs.reduce((a, b) => (b.cpuSeconds < a.cpuSeconds ? b : a));
}

interface Saving {
  readonly checkpoints: Checkpoints;
  readonly everyMs: number;
}

async function run(
  deliveries: readonly Delivery[],
  config: Config,
  city: LoadedCity,
  saving: Saving | null,
): Promise<RunFigure> {
  const bytes: number[] = [];
  const checkpoints: Checkpoints | null = saving && {
    ...saving.checkpoints,
    save(snapshot, alone) {
      bytes.push(snapshot.bytes);
      return saving.checkpoints.save(snapshot, alone);
    },
  };
  const engine = new Engine({
    source: memorySource(deliveries),
    city,
    options: derivationOptions(config),
    writer: { write: async () => undefined },
    checkpoints,
    metrics: createMetrics(),
    warn: console.error,
    limits: {
      flushRowsMax: config.store.flushRowsMax,
      flushMsMax: 1000,
      checkpointMs: saving?.everyMs ?? Number.POSITIVE_INFINITY,
    },
  });
  const startMs = performance.now();
  const before = process.cpuUsage();
  const counts = await engine.run();
  const { user, system } = process.cpuUsage(before);
  return {
    eventsPerSecond: Math.round((counts.events / (performance.now() - startMs)) * 1000),
    cpuSeconds: rounded((user + system) / 1e6),
    checkpoints: bytes.length,
    bytesPerCheckpoint: Math.round(bytes.reduce((sum, one) => sum + one, 0) / Math.max(1, bytes.length)),
  };
}

async function measureSize(
  seed: readonly Partition[],
  count: number,
  options: DerivationOptions,
  city: LoadedCity,
): Promise<SizeFigure> {
  const partitions = seed.map((from) => copyOf(from, Math.ceil(count / seed.length), options, city));
  return inFolder(async (dir) => {
    const checkpoints = await opened(dir);
    const whole = await saved(checkpoints, partitions, city, true);
    const bytes = await bytesIn(dir);
    const beforeMerge = process.cpuUsage();
    await checkpoints.settled();
    const merge = process.cpuUsage(beforeMerge);
    for (const { changed, stays } of partitions)
      for (let slot = 0; slot < stays.table.count * CHANGED; slot++) changed.add(Math.floor(slot / CHANGED));
    const changed = await saved(checkpoints, partitions, city, false);
    const turn = await saved(checkpoints, partitions.slice(0, 1), city, true);
    await checkpoints.settled();
    const startMs = performance.now();
    const before = process.cpuUsage();
    const restored = await (await opened(dir)).restore(city, options);
    const restoreMs = Math.round(performance.now() - startMs);
    const { user, system } = process.cpuUsage(before);
    const subscribers = (restored ?? []).reduce((sum, { stays }) => sum + stays.table.count, 0);
    return {
      subscribers,
      bytesPerSubscriber: Math.round(bytes / subscribers),
      wholePauseMs: whole.pauseMs,
      wholeWriteMs: whole.writeMs,
      turnPauseMs: turn.pauseMs,
      wholeMegabytes: whole.megabytes,
      turnMegabytes: turn.megabytes,
      mergeCpuMs: Math.round((merge.user + merge.system) / 1000),
      changedPauseMs: changed.pauseMs,
      changedWriteMs: changed.writeMs,
      changedBytes: changed.bytes,
      restoreMs,
      restoreCpuMs: Math.round((user + system) / 1000),
    };
  });
}

async function saved(
  checkpoints: Checkpoints,
  partitions: readonly Partition[],
  city: LoadedCity,
  whole: boolean,
): Promise<{ pauseMs: number; writeMs: number; bytes: number; megabytes: number }> {
  if (whole) for (const partition of partitions) partition.changeAll();
  const before = process.memoryUsage.rss();
  const startMs = performance.now();
  const snapshot = takeSnapshot(partitions, city);
  const takenMs = performance.now();
  let most = process.memoryUsage.rss();
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 1);
  await checkpoints.save(snapshot);
  clearInterval(watch);
  return {
    pauseMs: Math.round(takenMs - startMs),
    writeMs: Math.round(performance.now() - takenMs),
    bytes: snapshot.bytes,
    megabytes: Math.round((most - before) / 1e6),
  };
}

async function bytesIn(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir)) bytes += (await stat(join(dir, name))).size;
  return bytes;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figure = await benchCheckpoint(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...options, ...figure }));
  else {
    const { without, withThem, keptCpu, keptWall, sizes, restored } = figure;
    console.log(machine());
    console.table({ without, "with checkpoints": withThem });
    console.log(`throughput kept: ${keptCpu} by processor time, ${keptWall} by the clock`);
    console.table(sizes);
    console.table({ restored });
  }
}
