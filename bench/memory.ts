/**
 * How much memory does a subscriber take, all included, and does it stay the same when days go by?
 * `npm run bench -- memory [--subscribers 3000] [--per-day 70] [--days 56] [--diary-megabytes 256] [--seed 1] [--json]`; the test of the same
 * name runs it tiny.
 *
 * The engine alone in this process, fed with made-up traffic, its rows dropped. After each week: what the engine counts as its state, by
 * part, and the resident memory over that before the first event. The window is 28 days, so from the fifth week on nothing may grow.
 * Diaries beyond `--diary-megabytes` lie in a file; their bytes there are told beside.
 */
import { fileURLToPath } from "node:url";
import type { LoadedCity } from "../src/geo/load.js";
import { type DerivationOptions, Partition } from "../src/partition.js";
import { withScratch } from "./support/bench-scratch.js";
import { CoreRun } from "./support/core-run.js";
import { openBenchCity } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { RowHash } from "./support/row-hash.js";
import { START_MS, traffic } from "./support/traffic.js";

const PARTITIONS = 4;
const DAY_MS = 86_400_000;
const OPTIONS: MemoryOptions = { subscribers: 3000, perDay: 70, days: 56, diaryMegabytes: 256, seed: 1 };

export interface MemoryOptions {
  readonly subscribers: number;
  readonly perDay: number;
  readonly days: number;
  /** Megabytes of diaries in memory. */
  readonly diaryMegabytes: number;
  readonly seed: number;
}

/** Bytes a subscriber. */
export interface MemoryFigure {
  readonly day: number;
  readonly subscribers: number;
  /** Records and their index; events that wait; presence; diaries, memberships and what else circles keep. */
  readonly records: number;
  readonly waiting: number;
  readonly presence: number;
  readonly circles: number;
  readonly state: number;
  /** Diaries in their file. */
  readonly file: number;
  /** Resident memory of the process, less that before the first event. */
  readonly rss: number;
  /** Of all rows up to then. */
  readonly hash: string;
}

export async function benchMemory(options: MemoryOptions): Promise<MemoryFigure[]> {
  const { config, city } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  return withScratch(config, options.diaryMegabytes, async (derivation) => weeksOf(options, city, derivation));
}

function weeksOf(options: MemoryOptions, city: LoadedCity, derivation: DerivationOptions): MemoryFigure[] {
  const partitions = Array.from({ length: PARTITIONS }, (_, number) => new Partition(number, city, derivation));
  const hash = new RowHash();
  const run = new CoreRun(partitions, (rows) => hash.add(rows));
  const rssBefore = process.memoryUsage().rss;
  const figures: MemoryFigure[] = [];
  const weekMs = Math.min(7, options.days) * DAY_MS;
  let weekEndMs = START_MS + weekMs;
  for (const made of traffic(city.cells, { ...options, eventsPerDay: options.perDay, partitions: PARTITIONS })) {
    const isOver = made.batch.baseMs >= weekEndMs;
    if (isOver) {
      figures.push({ ...figureOf(run, Math.round((weekEndMs - START_MS) / DAY_MS), rssBefore), hash: hash.hex });
      weekEndMs += weekMs;
    }
    if (made.batch.baseMs >= START_MS + options.days * DAY_MS) break;
    run.take(made);
  }
  return figures;
}

function figureOf(run: CoreRun, day: number, rssBefore: number): Omit<MemoryFigure, "hash"> {
  const { partitions, subscribers } = run;
  const each = (bytes: (partition: Partition) => number) =>
    Math.round(partitions.reduce((sum, partition) => sum + bytes(partition), 0) / subscribers);
  return {
    day,
    subscribers,
    records: each(({ stays }) => stays.table.byteLength),
    waiting: each(({ buffer }) => buffer.byteLength),
    presence: each(({ presence }) => presence.byteLength),
    circles: each(({ circles }) => circles.byteLength),
    state: each(({ byteLength }) => byteLength),
    file: each(({ circles }) => circles.diary.scratchBytes),
    rss: Math.round((process.memoryUsage().rss - rssBefore) / subscribers),
  };
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figures = await benchMemory(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...options, figures }));
  else {
    console.log(machine());
    console.log(`bytes a subscriber, ${options.perDay} events each a day in the mean, seed ${options.seed}`);
    console.table(figures);
  }
}
