/**
 * How many events a second go from decoded batches to rows on one core, without I/O, and what does the close of a day cost?
 * `npm run bench -- core [--subscribers 100000] [--per-day 864] [--days 2] [--seconds 120] [--warm 8] [--end 1] [--seed 1] [--json]`; the test of the same name
 * runs it tiny.
 *
 * Batches are made beforehand and not timed. The limit is the bare update of a record (support/bare-table.ts) with the same batches in the
 * same run. Processor time is told, so other work on the machine disturbs less; it includes the threads of the garbage collector.
 */
import { fileURLToPath } from "node:url";
import { derivationOptions } from "../src/config/derivation.js";
import type { LoadedCity } from "../src/geo/load.js";
import { type DerivationOptions, Partition } from "../src/partition.js";
import { BareTable } from "./support/bare-table.js";
import { collectedRss } from "./support/collected-rss.js";
import { CoreRun, cpuMicros } from "./support/core-run.js";
import { openBenchCity } from "./support/derive.js";
import { GcWatch } from "./support/gc-watch.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { RowHash } from "./support/row-hash.js";
import { type PartitionBatch, START_MS, traffic } from "./support/traffic.js";

const PARTITIONS = 4;
/** A million events are made at once, then derived, then counted by the bare table. */
const BATCHES_AT_ONCE = 256;
const DAY_MS = 86_400_000;
const OPTIONS: CoreOptions = { subscribers: 100_000, perDay: 864, days: 2, seconds: 120, warm: 8, end: 1, seed: 1 };
/** Events of a subscriber and day in a city whose 20 M subscribers send 200,000 a second. */
const CITY_EVENTS_PER_DAY = 864;

export interface CoreOptions {
  readonly subscribers: number;
  /** Mean events of a subscriber and day. */
  readonly perDay: number;
  readonly days: number;
  /** Processor seconds of the engine after which the stream ends, whatever day it is. */
  readonly seconds: number;
  /** Events a subscriber, in the mean, that are not timed: code gets warm, and nearly everybody is known before the clock starts. */
  readonly warm: number;
  /** 0 leaves the last day open: for numbers of subscribers whose close takes longer than one has. */
  readonly end: number;
  readonly seed: number;
}

export interface CoreFigure extends CoreOptions {
  readonly events: number;
  /** Everything but the closes of days. */
  readonly eventNanoseconds: number;
  readonly personDays: number;
  readonly personDayMicroseconds: number;
  /** Of the delivery that took longest. */
  readonly longestMilliseconds: number;
  readonly eventsPerSecond: number;
  /** Of a stream of CITY_EVENTS_PER_DAY, by the two costs above. */
  readonly cityEventsPerSecond: number;
  readonly bareEventsPerSecond: number;
  /** Pauses of the garbage collector over the time of the engine, both by the clock on the wall. */
  readonly gcShare: number;
  readonly stateBytesPerSubscriber: number;
  readonly rssMb: number;
  /** All of the process over the subscribers, when the table of the bare update is gone and garbage is collected. */
  readonly rssBytesPerSubscriber: number;
  readonly stays: number;
  /** Rows of memberships, those taken back subtracted. */
  readonly memberships: number;
  readonly rows: number;
  readonly hash: string;
}

function partitionsOf(city: LoadedCity, options: DerivationOptions): Partition[] {
  return Array.from({ length: PARTITIONS }, (_, number) => new Partition(number, city, options));
}

/** Runs the traffic through partitions of their own until the days or the seconds are over, and then ends the stream. */
export async function benchCore(options: CoreOptions): Promise<CoreFigure> {
  const { config, city } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  const rowHash = new RowHash();
  const partitions = partitionsOf(city, derivationOptions(config));
  const run = new CoreRun(partitions, (rows) => rowHash.add(rows));
  let bare: BareTable | null = new BareTable(options.subscribers);
  const gc = new GcWatch();
  let [events, bareMicros, gcMs, wallMs] = [0, 0, 0, 0];
  let [warmed, isWarming] = [0, options.warm > 0];
  const watched = async (work: () => void) => {
    const before = await gc.sum();
    const startMs = performance.now();
    work();
    wallMs += performance.now() - startMs;
    gcMs += (await gc.sum()) - before;
  };
  const stream = { ...options, eventsPerDay: options.perDay, partitions: PARTITIONS };
  for (const batches of stretches(traffic(city.cells, stream), options.days)) {
    await watched(() => {
      for (const made of batches) run.take(made);
    });
    bareMicros += cpuMicros(() => {
      for (const { batch } of batches) bare?.update(batch);
    });
    for (const { batch } of batches) events += batch.count;
    if (isWarming) {
      warmed += events;
      isWarming = warmed < options.warm * options.subscribers;
      run.restartClock();
      [events, bareMicros, gcMs, wallMs] = [0, 0, 0, 0];
    }
    if (run.hotMicros + run.closeMicros > options.seconds * 1e6) break;
  }
  if (options.end !== 0) await watched(() => run.end());
  gc.close();
  // What is not the engine's takes no part in its memory.
  bare = null;
  const rss = collectedRss();
  if (events === 0)
    throw new Error("the stream ended while all was still warming: ask for more days, or for less --warm");
  const { hotMicros, closeMicros, personDays, subscribers } = run;
  return {
    ...options,
    subscribers,
    events,
    eventNanoseconds: Math.round((1000 * hotMicros) / events),
    personDays,
    personDayMicroseconds: rounded(closeMicros / personDays),
    longestMilliseconds: rounded(run.longestMicros / 1000),
    eventsPerSecond: Math.round((events / (hotMicros + closeMicros)) * 1e6),
    cityEventsPerSecond: Math.round(1e6 / (hotMicros / events + closeMicros / personDays / CITY_EVENTS_PER_DAY)),
    bareEventsPerSecond: Math.round((events / bareMicros) * 1e6),
    gcShare: rounded(gcMs / wallMs),
    stateBytesPerSubscriber: Math.round(run.stateBytes / subscribers),
    rssMb: Math.round(rss / 2 ** 20),
    rssBytesPerSubscriber: Math.round(rss / subscribers),
    ...told(rowHash),
  };
}

function told({ stays, memberships, rows, hex: hash }: RowHash) {
  return { stays, memberships, rows, hash };
}

/** The batches of so many days, BATCHES_AT_ONCE at a time. */
function* stretches(batches: Iterable<PartitionBatch>, days: number): Generator<PartitionBatch[]> {
  let stretch: PartitionBatch[] = [];
  for (const made of batches) {
    const { count, baseMs, offsetMs } = made.batch;
    if (baseMs + (offsetMs[count - 1] as number) >= START_MS + days * DAY_MS) break;
    stretch.push(made);
    if (stretch.length < BATCHES_AT_ONCE) continue;
    yield stretch;
    stretch = [];
  }
  yield stretch;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const figure = await benchCore(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...figure }));
  else {
    console.log(machine());
    console.table(figure);
  }
}
