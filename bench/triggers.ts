/**
 * What part of the engine's throughput do 10,000 fences cost?
 * `npm run bench -- triggers [--fences 10000] [--subscribers 10000] [--per-day 300] [--days 2] [--seed 1] [--json]`; the test of the same
 * name runs it tiny.
 *
 * The same batches go through two engines without I/O in turns, one with the fences and one without, so that other work on the machine
 * meets both. Processor time is told. The hash is of all that the triggers told: two versions that print the same one tell the same.
 */
import { fileURLToPath } from "node:url";
import { derivationOptions } from "../src/config/derivation.js";
import { toLat, toLon } from "../src/geo/city.js";
import type { LoadedCity } from "../src/geo/load.js";
import { Partition } from "../src/partition.js";
import { formatPseudonym } from "../src/signal/identity.js";
import { TriggerCompiler } from "../src/trigger/compile-triggers.js";
import { type Trigger, triggerForm } from "../src/trigger/trigger.js";
import { CoreRun, cpuMicros } from "./support/core-run.js";
import { openBenchCity } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { numberOptions } from "./support/number-options.js";
import { RowHash } from "./support/row-hash.js";
import { START_MS, traffic } from "./support/traffic.js";

const PARTITIONS = 4;
const DAY_MS = 86_400_000;
const OPTIONS: TriggerBenchOptions = { fences: 10_000, subscribers: 10_000, perDay: 300, days: 2, seed: 1 };

export interface TriggerBenchOptions {
  readonly fences: number;
  readonly subscribers: number;
  /** Mean events of a subscriber and day. */
  readonly perDay: number;
  readonly days: number;
  readonly seed: number;
}

export interface TriggerFigure extends TriggerBenchOptions {
  readonly events: number;
  readonly without: Cost;
  readonly with: Cost;
  /** Throughput with the fences as a part of that without, everything and without the closes of days. */
  readonly throughputShare: number;
  readonly throughputShareOfEvents: number;
  readonly compileSeconds: number;
  /** Fences that an event meets, in the mean over the cells. */
  readonly fencesPerCell: number;
  readonly stateBytesPerSubscriber: number;
  readonly told: number;
  readonly hash: string;
  /** The rows of both are the same. */
  readonly sameRows: boolean;
}

interface Cost {
  readonly cpuSeconds: number;
  readonly eventNanoseconds: number;
  readonly eventsPerSecond: number;
}

export async function benchTriggers(options: TriggerBenchOptions): Promise<TriggerFigure> {
  const { config, city } = await openBenchCity(fileURLToPath(new URL("../geo/guangzhou", import.meta.url)));
  const derivation = derivationOptions(config);
  const triggers = fencesOf(city, options.fences);
  const compiler = new TriggerCompiler(city);
  const compileMicros = cpuMicros(() => compiler.use(triggers));
  const compiled = compiler.use(triggers);
  const runs = [false, true].map((isWatched) => {
    const partitions = Array.from({ length: PARTITIONS }, (_, number) => new Partition(number, city, derivation));
    if (isWatched) for (const partition of partitions) partition.triggers.use(compiled);
    const hash = new RowHash();
    return { run: new CoreRun(partitions, (rows) => hash.add(rows)), hash };
  }) as [Watched, Watched];
  const notices = new NoticeHash();
  let events = 0;
  let turn = 0;
  for (const made of traffic(city.cells, { ...options, eventsPerDay: options.perDay, partitions: PARTITIONS })) {
    if (made.batch.baseMs >= START_MS + options.days * DAY_MS) break;
    events += made.batch.count;
    // Who comes first finds the batch in no cache.
    for (const { run } of turn++ % 2 === 0 ? runs : runs.toReversed()) run.take(made);
    for (const partition of runs[1].run.partitions) notices.add(partition);
  }
  for (const { run } of runs) run.end();
  for (const partition of runs[1].run.partitions) notices.add(partition);
  const [without, watched] = runs.map(({ run }) => costOf(run, events)) as [Cost, Cost];
  const micros = (run: CoreRun) => run.hotMicros + run.closeMicros;
  return {
    ...options,
    events,
    without,
    with: watched,
    throughputShare: rounded(micros(runs[0].run) / micros(runs[1].run)),
    throughputShareOfEvents: rounded(runs[0].run.hotMicros / runs[1].run.hotMicros),
    compileSeconds: rounded(compileMicros / 1e6),
    fencesPerCell: rounded(compiled.entries.length / city.cells.count),
    stateBytesPerSubscriber: Math.round((runs[1].run.stateBytes - runs[0].run.stateBytes) / runs[1].run.subscribers),
    told: notices.told,
    hash: notices.hex,
    sameRows: runs[0].hash.hex === runs[1].hash.hex && runs[0].hash.rows === runs[1].hash.rows,
  };
}

interface Watched {
  readonly run: CoreRun;
  readonly hash: RowHash;
}

/** Half venues, a fiftieth regions, and circles of 200 to 600 m around cells of the whole city; half for entering, half for leaving. */
function fencesOf(city: LoadedCity, count: number): Trigger[] {
  const { cells, venues, regions, plane } = city;
  const made = { createdMs: 0, principal: "bench", role: "admin", purpose: "bench", regions: null };
  return Array.from({ length: count }, (_, i) => {
    const row = (i * 7919) % cells.count;
    const where =
      i % 50 === 1
        ? { kind: "region", region: regions.id[(i * 31) % regions.count] }
        : i % 2 === 0
          ? { kind: "venue", venue: venues.id[(i * 31) % venues.count] }
          : {
              kind: "around",
              lon: toLon(plane, cells.x[row] as number),
              lat: toLat(plane, cells.y[row] as number),
              metres: 200 + 100 * ((i >>> 1) % 5),
            };
    const on = i % 4 < 2 ? "enter" : "leave";
    const cap = i % 3 === 0 ? { times: 2, days: 7 } : null;
    const quiet = i % 5 === 0 ? { from: "22:00", to: "08:00" } : null;
    return { ...triggerForm.parse({ trigger: `t${i}`, on, where, cap, quiet }), ...made };
  });
}

/** Counts and hashes what is told, whatever the order of the partitions. */
class NoticeHash {
  told = 0;
  private state = 0;

  add(partition: Partition): void {
    for (const { key, subscriberHi, subscriberLo, change, timeMs } of partition.takeNotices()) {
      this.told++;
      let word = 0x811c_9dc5;
      for (const char of `${key} ${formatPseudonym(subscriberHi, subscriberLo)} ${change} ${timeMs}`)
        word = Math.imul(word ^ char.charCodeAt(0), 0x0100_0193);
      this.state = (this.state + (word >>> 0)) % 2 ** 32;
    }
  }

  get hex(): string {
    return this.state.toString(16).padStart(8, "0");
  }
}

function costOf({ hotMicros, closeMicros }: CoreRun, events: number): Cost {
  const micros = hotMicros + closeMicros;
  return {
    cpuSeconds: rounded(micros / 1e6),
    eventNanoseconds: Math.round((1000 * hotMicros) / events),
    eventsPerSecond: Math.round((events / micros) * 1e6),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (isMain(import.meta.url)) {
  const { options, json } = numberOptions(OPTIONS);
  const { without, with: watched, ...figure } = await benchTriggers(options);
  if (json) console.log(JSON.stringify({ machine: machine(), ...figure, without, with: watched }));
  else {
    console.log(machine());
    console.table({ "without fences": without, "with fences": watched });
    console.table(figure);
  }
}
