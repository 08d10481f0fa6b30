/**
 * How many events a second come from files (CSV, plain and in gzip, and Parquet) and from the batches of a stored stream through decode and
 * engine to rows, and through the embedded store to durable rows? The hashes name the answers in the store: two versions that print the
 * same ones derive the same.
 * `npm run bench -- replay [--subscribers 2000] [--days 7] [--seed 1] [--data DIR | --crowd 864] [--json]`; the test of the same name runs it
 * tiny. With `--crowd` the files are not of simulated lives but of the crowd that `core` and `end-to-end` take, of so many events a person and day.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { ReplayThreads } from "../src/cli/replay-threads.js";
import { loadConfig } from "../src/config/load.js";
import type { Config } from "../src/config/schema.js";
import type { LoadedCity } from "../src/geo/load.js";
import type { Counts } from "../src/partition.js";
import type { Source } from "../src/source/source.js";
import type { Store } from "../src/store/client.js";
import type { StoreWriter } from "../src/store/writer.js";
import { withBenchStore } from "./support/bench-store.js";
import { withCrowdFiles } from "./support/crowd-files.js";
import { BENCH_KEY, derive, openBenchCity, signallingOf } from "./support/derive.js";
import { machine } from "./support/machine.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";
import { withStoredStream } from "./support/stored-stream.js";

/** What is hashed of each table: all that does not depend on the machine or on the path of the file. */
const HASHED = {
  stays: "*",
  anchors: "*",
  memberships: "*",
  membership_log: "*",
  presence: "*",
  // The time of a row that nobody can read is that of the clock.
  rejected: "reason, raw",
} as const;

/** A file of more is not written as Parquet, which the writer makes in memory. */
const PARQUET_BYTES_MAX = 400e6;

export type Hashes = Record<keyof typeof HASHED, string>;

export interface ReplayRate {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Processor time of this process, all its threads, without the store's. */
  readonly cpuSeconds: number;
}

export interface ReplayFigure {
  readonly events: number;
  readonly stays: number;
  /** To rows, which are forgotten: from the file, its gzip, the same rows in Parquet, and the same batches in JetStream. */
  readonly csv: ReplayRate;
  readonly gzip: ReplayRate;
  /** Null for more than PARQUET_BYTES_MAX. */
  readonly parquet: ReplayRate | null;
  readonly batches: ReplayRate;
  /** From the file, in a thread a core, to rows that the store has acknowledged; the clock starts when cities and store are there. */
  readonly withStore: ReplayRate;
  /** That can be read in the tables which are hashed. */
  readonly rows: number;
  /** Resident memory of this process at its peak, the simulation that may have gone before included, MB. */
  readonly rssPeakMb: number;
  /** What the rows take on the store's disk, compressed, MB by table. */
  readonly storeMb: Readonly<Record<string, number>>;
  /** Hexadecimal; they depend on the rows of the tables and not on their order. */
  readonly hashes: Hashes;
}

/** Replays a folder of simulated data into a store of its own, then, with the code warm, in each form to nowhere. */
export async function benchReplay(dir: string): Promise<ReplayFigure> {
  const stored = await replayIntoStore(dir);
  const { config, city } = await openBenchCity(dir);
  const rates = await inProcess(dir, { config, city, writer: { write: () => Promise.resolve() } });
  return { ...stored, ...rates, rssPeakMb: Math.round(process.resourceUsage().maxRSS / 1024) };
}

type Stored = Pick<ReplayFigure, "events" | "stays" | "withStore" | "rows" | "storeMb" | "hashes">;

/** The first half: into a store as `lifecircle replay` does with a large file; the store then tells what is in it. */
export async function replayIntoStore(dir: string): Promise<Stored> {
  const config = loadConfig({
    env: { LIFECIRCLE_PSEUDONYM_KEY: BENCH_KEY },
    flags: { "geo.dir": dir, "data.dir": join(tmpdir(), "lifecircle-replay-without-data") },
  });
  const threads = await ReplayThreads.start(config, Math.min(availableParallelism(), config.stream.partitions));
  try {
    return await withBenchStore(async ({ store, url }) => {
      const source = signallingOf(dir, config);
      const run = () => threads.run(source, { url, password: "" }, () => undefined);
      const { rate: withStore, counts } = await measured(run);
      const { events, stays } = counts;
      const rows = await rowsOf(store);
      return { events, stays, withStore, rows, storeMb: await storeMbOf(store), hashes: await hashesOf(store) };
    });
  } finally {
    await threads.close();
  }
}

type Engine = { readonly config: Config; readonly city: LoadedCity; readonly writer: StoreWriter };

/** Each form once, with the code warm. */
async function inProcess(
  dir: string,
  engine: Engine,
): Promise<Pick<ReplayFigure, "csv" | "gzip" | "parquet" | "batches">> {
  const { config } = engine;
  const forms = await mkdtemp(join(tmpdir(), "lifecircle-replay-"));
  try {
    const plain = join(dir, "signalling.csv");
    await pipeline(createReadStream(plain), createGzip(), createWriteStream(join(forms, "signalling.csv.gz")));
    const hasParquet = (await stat(plain)).size <= PARQUET_BYTES_MAX;
    if (hasParquet) await writeFile(join(forms, "signalling.parquet"), parquetOf(await readFile(plain, "utf8")));
    const { city, writer } = engine;
    const rateOf = async (source: Source) =>
      (await measured(async () => (await derive(source, config, city, writer)).counts)).rate;
    return {
      csv: await rateOf(signallingOf(dir, config)),
      gzip: await rateOf(signallingOf(forms, config, "signalling.csv.gz")),
      parquet: hasParquet ? await rateOf(signallingOf(forms, config, "signalling.parquet")) : null,
      batches: await withStoredStream(forms, config.stream.partitions, signallingOf(dir, config), rateOf),
    };
  } finally {
    await rm(forms, { recursive: true });
  }
}

/** The columns of a CSV without quotes as text columns of Parquet, in Snappy, as the writer has it. */
function parquetOf(csv: string): Uint8Array {
  const [header = "", ...lines] = csv.trimEnd().split("\n");
  const rows = lines.map((line) => line.split(","));
  const columnData: ColumnSource[] = header
    .split(",")
    .map((name, column) => ({ name, data: rows.map((row) => row[column] ?? ""), type: "STRING" }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

async function measured(run: () => Promise<Counts>) {
  const before = process.cpuUsage();
  const startMs = performance.now();
  const counts = await run();
  const seconds = (performance.now() - startMs) / 1000;
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

async function rowsOf({ client }: Store): Promise<number> {
  const counts = Object.keys(HASHED).map((table) => `(SELECT count() FROM ${table})`);
  const answer = await client.query({ query: `SELECT toUInt32(${counts.join(" + ")}) AS rows`, format: "JSONEachRow" });
  const [row] = await answer.json<{ rows: number }>();
  return row?.rows ?? 0;
}

async function storeMbOf({ client }: Store): Promise<Record<string, number>> {
  const answer = await client.query({
    query: `SELECT table, round(sum(bytes_on_disk) / 1e6, 2) AS mb FROM system.parts WHERE active AND database = currentDatabase()
GROUP BY table ORDER BY mb DESC`,
    format: "JSONEachRow",
  });
  const rows = await answer.json<{ table: string; mb: number }>();
  return Object.fromEntries(rows.map(({ table, mb }) => [table, mb]));
}

function tell(figure: ReplayFigure, simulation: string): void {
  const { events, stays, rows, rssPeakMb, hashes } = figure;
  console.log(machine());
  console.log(`${simulation}: ${events} events, ${stays} stays, ${rows} rows; ${rssPeakMb} MB at the peak`);
  console.table({
    "with store": figure.withStore,
    CSV: figure.csv,
    gzip: figure.gzip,
    ...(figure.parquet === null ? {} : { Parquet: figure.parquet }),
    batches: figure.batches,
  });
  console.log(`MB in the store ${JSON.stringify(figure.storeMb)}`);
  console.log(`hashes ${JSON.stringify(hashes)}`);
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      subscribers: { type: "string", default: "2000" },
      days: { type: "string", default: "7" },
      seed: { type: "string", default: "1" },
      data: { type: "string" },
      crowd: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const simulation = {
    subscribers: Number(values.subscribers),
    days: Number(values.days),
    seed: Number(values.seed),
  };
  const eventsPerDay = values.crowd === undefined ? null : Number(values.crowd);
  if (values.data !== undefined && eventsPerDay !== null) throw new Error("give one of --data and --crowd");
  if (eventsPerDay !== null && !(eventsPerDay > 0))
    throw new Error(`--crowd takes the events of a person and day, not ${values.crowd}`);
  const figure =
    eventsPerDay === null
      ? await withSimulated(values.data, simulation, benchReplay)
      : await withCrowdFiles({ ...simulation, eventsPerDay }, benchReplay);
  const { subscribers, days, seed } = simulation;
  const made = eventsPerDay === null ? "simulated" : `a crowd of ${eventsPerDay} events a person and day`;
  const source = values.data ?? `${subscribers} people, ${days} days, seed ${seed}, ${made}`;
  if (values.json) console.log(JSON.stringify({ machine: machine(), source, ...figure }));
  else tell(figure, source);
}
