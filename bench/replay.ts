/**
 * How many events a second come from a CSV file through decode and engine to rows, and through the embedded store to durable rows? The
 * hashes name the answers in the store: two versions that print the same ones derive the same.
 * `npm run bench -- replay [--subscribers 2000] [--days 7] [--seed 1] [--data DIR] [--json]`; the test of the same name runs it tiny.
 */
import { parseArgs } from "node:util";
import type { Config } from "../src/config/schema.js";
import type { LoadedCity } from "../src/geo/load.js";
import type { Store } from "../src/store/client.js";
import { createStoreWriter, type StoreWriter } from "../src/store/writer.js";
import { withBenchStore } from "./support/bench-store.js";
import { derive, openBenchCity, signallingOf } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";

/** What is hashed of each table: all that does not depend on the machine or on the path of the file. */
const HASHED = {
  stays: "*",
  anchors: "*",
  memberships: "*",
  membership_log: "*",
  presence: "*",
  rejected: "time, reason, raw",
} as const;

export type Hashes = Record<keyof typeof HASHED, string>;

export interface ReplayRate {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Processor time of this process, both threads, without the store's. */
  readonly cpuSeconds: number;
}

export interface ReplayFigure {
  readonly events: number;
  readonly stays: number;
  /** From the file to rows, which are counted and forgotten. */
  readonly inProcess: ReplayRate;
  /** From the file to rows that the store has acknowledged, the clock starting when the store is ready. */
  readonly withStore: ReplayRate;
  readonly rows: number;
  /** Resident memory of this process at its peak, the simulation that may have gone before included, MB. */
  readonly rssPeakMb: number;
  /** Hexadecimal; they depend on the rows of the tables and not on their order. */
  readonly hashes: Hashes;
}

/** Replays a folder of simulated data twice: into a store of its own, then, with the code warm, to nowhere. */
export async function benchReplay(dir: string): Promise<ReplayFigure> {
  const { config, city } = await openBenchCity(dir);
  return withBenchStore(async ({ store }) => {
    const writer = createStoreWriter(store, { insertRowsMax: 500_000, insertBytesMax: 64 * 1024 * 1024 });
    const { rate: withStore, counts } = await measured(dir, config, city, writer);
    let rows = 0;
    const counting: StoreWriter = {
      async write(set) {
        for (const table of Object.values(set)) rows += table.length;
      },
    };
    const { rate: inProcess } = await measured(dir, config, city, counting);
    return {
      events: counts.events,
      stays: counts.stays,
      inProcess,
      withStore,
      rows,
      rssPeakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      hashes: await hashesOf(store),
    };
  });
}

async function measured(dir: string, config: Config, city: LoadedCity, writer: StoreWriter) {
  const before = process.cpuUsage();
  const { counts, seconds } = await derive(signallingOf(dir, config), config, city, writer);
  const { user, system } = process.cpuUsage(before);
  const rate: ReplayRate = {
    seconds: rounded(seconds),
    eventsPerSecond: Math.round(counts.events / seconds),
    cpuSeconds: rounded((user + system) / 1e6),
  };
  return { counts, rate };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

async function hashesOf({ client }: Store): Promise<Hashes> {
  const sums = Object.entries(HASHED).map(
    ([table, columns]) => `(SELECT hex(sum(sipHash64(${columns}))) FROM ${table}) AS ${table}`,
  );
  const answer = await client.query({ query: `SELECT ${sums.join(", ")}`, format: "JSONEachRow" });
  const [hashes] = await answer.json<Hashes>();
  if (hashes === undefined) throw new Error("the store gave no hashes");
  return hashes;
}

function tell(figure: ReplayFigure, simulation: string): void {
  const { events, stays, rows, rssPeakMb, hashes } = figure;
  console.log(machine());
  console.log(`${simulation}: ${events} events, ${stays} stays, ${rows} rows; ${rssPeakMb} MB at the peak`);
  console.table({ "with store": figure.withStore, "in process": figure.inProcess });
  console.log(`hashes ${JSON.stringify(hashes)}`);
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      subscribers: { type: "string", default: "2000" },
      days: { type: "string", default: "7" },
      seed: { type: "string", default: "1" },
      data: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const simulation = {
    subscribers: Number(values.subscribers),
    days: Number(values.days),
    seed: Number(values.seed),
  };
  const figure = await withSimulated(values.data, simulation, benchReplay);
  const source =
    values.data ?? `${simulation.subscribers} people, ${simulation.days} days, seed ${simulation.seed}, simulated`;
  if (values.json) console.log(JSON.stringify({ machine: machine(), source, ...figure }));
  else tell(figure, source);
}
