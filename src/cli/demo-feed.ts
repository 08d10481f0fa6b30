import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import type { Config } from "../config/schema.js";
import { fileSource } from "../source/file.js";
import { makeFolder } from "../source/make-folder.js";
import { connectNats, type NatsConnectionOptions } from "../source/nats/connect.js";
import { OrderedPublisher } from "../source/nats/ordered-publisher.js";
import { type PublishTotals, publishDeliveries } from "../source/nats/publish.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import type { Delivery } from "../source/source.js";
import type { DemoDay, DemoWorkerData } from "./demo-worker.js";
import { LINE_BYTES_MAX } from "./store.js";

export interface DemoFeedOptions {
  readonly config: Config;
  readonly key: Uint8Array;
  readonly connection: NatsConnectionOptions;
  readonly log: Logger;
  /** Ends the feed in order: the day in hand is published to its end. */
  readonly stop: AbortSignal;
}

export interface DemoFeed {
  /** Rejects when the city cannot be lived or published. */
  readonly ended: Promise<void>;
  /** Ends it at once. */
  close(): Promise<void>;
}

const SUBSCRIBERS = 2000;
const SEED = 1;
/** Days fed as fast as the engine takes them, so that circles show at once; later ones take an hour a second. */
const FAST_DAYS = 8;
const PACED_DAY_MS = 24_000;
const ROWS_PER_BATCH = 1024;
const IN_FLIGHT_MAX = 16;
const CONNECT_RETRY_MS_MAX = 10_000;

/** Publishes the simulated city day after day until stopped; after a restart it goes on with the day it was in. */
export function startDemoFeed(options: DemoFeedOptions): DemoFeed {
  const connecting = connectNats(options.connection, { name: "lifecircle demo", retryMsMax: CONNECT_RETRY_MS_MAX });
  const closing = new AbortController();
  const signal = AbortSignal.any([options.stop, closing.signal]);
  const feed = async () => {
    const connection = await connecting;
    try {
      await publishDays(options, connection, signal);
    } catch (error) {
      if (!closing.signal.aborted) throw error;
    } finally {
      await connection.close();
    }
  };
  const ended = feed();
  return {
    ended,
    async close() {
      closing.abort();
      await (await connecting.catch(() => null))?.close();
      await ended.catch(() => undefined);
    },
  };
}

async function publishDays(options: DemoFeedOptions, connection: NatsConnection, signal: AbortSignal): Promise<void> {
  const publisher = new OrderedPublisher(connection, {
    inFlightMax: IN_FLIGHT_MAX,
    retryMsMax: Number.POSITIVE_INFINITY,
    warn: (message) => options.log.warn(message),
  });
  const folder = join(options.config.data.dir, "demo");
  makeFolder(folder);
  const doneFile = join(folder, "published-days");
  const done = Number(await readFile(doneFile, "utf8").catch(() => "0"));
  const pseudonymiser = new Pseudonymiser(options.key);
  try {
    for await (const day of livedDays({ folder, done, subscribers: SUBSCRIBERS, seed: SEED }, signal)) {
      const totals: PublishTotals = { events: 0, messages: 0, rejected: {} };
      const deliveries = dayDeliveries(day.file, pseudonymiser, options.config);
      const paceMs = day.number <= FAST_DAYS ? 0 : PACED_DAY_MS;
      await publishDeliveries(paced(deliveries, day.rows, paceMs, signal), publisher, totals);
      await writeFile(doneFile, String(day.number));
      await rm(day.file);
      options.log.info({ date: day.date, events: totals.events }, "the demo city has lived a day");
    }
  } finally {
    for (const name of await readdir(folder)) if (name.endsWith(".csv")) await rm(join(folder, name));
  }
}

/** The days of the demo city from a thread of its own, which lives the next one while the last is published. Ends when aborted. */
async function* livedDays(data: DemoWorkerData, signal: AbortSignal): AsyncGenerator<DemoDay> {
  const worker = new Worker(new URL("./demo-worker.js", import.meta.url), { workerData: data });
  const ask = async (): Promise<DemoDay | null> => {
    worker.postMessage("next");
    try {
      const [day] = await once(worker, "message", { signal });
      return day as DemoDay;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  };
  try {
    let next = ask();
    for (;;) {
      const day = await next;
      if (day === null || signal.aborted) return;
      next = ask();
      // A day that cannot be lived is told when its turn comes.
      next.catch(() => undefined);
      yield day;
    }
  } finally {
    await worker.terminate();
  }
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
