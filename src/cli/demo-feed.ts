import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Config } from "../config/schema.js";
import { csvLine, SIGNALLING_HEADER } from "../simulate/rows.js";
import { type SimulatedDay, Simulation } from "../simulate/simulation.js";
import { fileSource } from "../source/file.js";
import type { OrderedPublisher } from "../source/nats/ordered-publisher.js";
import { type PublishTotals, publishDeliveries } from "../source/nats/publish.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import type { Delivery } from "../source/source.js";
import { LINE_BYTES_MAX } from "./store.js";

export interface DemoFeedOptions {
  readonly config: Config;
  readonly key: Uint8Array;
  readonly publisher: OrderedPublisher;
  readonly onDay: (date: string, events: number) => void;
  readonly signal: AbortSignal;
}

const SUBSCRIBERS = 2000;
const SEED = 1;
/** Days fed as fast as the engine takes them, so that circles show at once; later ones take an hour a second. */
const FAST_DAYS = 8;
const PACED_DAY_MS = 24_000;
const ROWS_PER_BATCH = 1024;

/** Publishes the simulated city day after day until aborted; after a restart it goes on with the day it was in. */
export async function runDemoFeed(options: DemoFeedOptions): Promise<void> {
  const folder = join(options.config.data.dir, "demo");
  await mkdir(folder, { recursive: true });
  const doneFile = join(folder, "published-days");
  const done = Number(await readFile(doneFile, "utf8").catch(() => "0"));
  const simulation = new Simulation({ subscribers: SUBSCRIBERS, seed: SEED, days: Number.POSITIVE_INFINITY });
  const pseudonymiser = new Pseudonymiser(options.key);
  let number = 0;
  for (const day of simulation.days()) {
    if (options.signal.aborted) return;
    number++;
    if (number <= done) continue;
    const file = join(folder, `${day.date}.csv`);
    await writeDay(file, day);
    const totals: PublishTotals = { events: 0, messages: 0, rejected: {} };
    const paceMs = number <= FAST_DAYS ? 0 : PACED_DAY_MS;
    await publishDeliveries(
      paced(dayDeliveries(file, pseudonymiser, options.config), day.rows, paceMs, options.signal),
      options.publisher,
      totals,
    );
    await rm(file);
    if (options.signal.aborted) return;
    await writeFile(doneFile, String(number));
    options.onDay(day.date, totals.events);
  }
}

async function writeDay(file: string, day: SimulatedDay): Promise<void> {
  await pipeline(Readable.from(lines(day)), createWriteStream(file));
}

function* lines(day: SimulatedDay): Generator<string> {
  yield SIGNALLING_HEADER;
  for (const rows of day.batches()) yield rows.map(csvLine).join("");
}

function dayDeliveries(file: string, pseudonymiser: Pseudonymiser, config: Config): AsyncIterable<Delivery> {
  const source = fileSource({
    files: [file],
    partitions: config.stream.partitions,
    rowsPerBatch: ROWS_PER_BATCH,
    pseudonymiser,
    clock: Date.now,
    aheadMsMax: config.time.futureToleranceMinutes * 60_000,
    lineBytesMax: LINE_BYTES_MAX,
    closeAtEnd: false,
  });
  return source.deliveries(new Map());
}

/** Spreads a day's deliveries over `lengthMs`; an abort lets the rest of the day go at once, so that no half day is left behind. */
async function* paced(
  deliveries: AsyncIterable<Delivery>,
  rows: number,
  lengthMs: number,
  signal: AbortSignal,
): AsyncGenerator<Delivery> {
  const startMs = Date.now();
  let sent = 0;
  for await (const delivery of deliveries) {
    sent += delivery.batch?.count ?? 0;
    const waitMs = startMs + (lengthMs * sent) / rows - Date.now();
    if (waitMs > 0 && !signal.aborted) await pause(waitMs, undefined, { signal }).catch(() => undefined);
    yield delivery;
  }
}
