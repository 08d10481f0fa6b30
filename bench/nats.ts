/**
 * How many events a second go through a NATS server on loopback: published in batches of 4,096, then pulled, decoded and checked by
 * the source, and as JSON lines through the ingest edge? The server shares the machine. `npm run bench -- nats [events]`;
 * the test of the same name runs it tiny.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { BatchBuilder } from "../src/signal/batch-builder.js";
import { newSignalEvent } from "../src/signal/event.js";
import { NOBODY } from "../src/signal/exclusion.js";
import { connectNats } from "../src/source/nats/connect.js";
import { startIngestEdge } from "../src/source/nats/ingest.js";
import { OrderedPublisher } from "../src/source/nats/ordered-publisher.js";
import { publishDeliveries } from "../src/source/nats/publish.js";
import { startNatsServer } from "../src/source/nats/server.js";
import { natsSource } from "../src/source/nats/source.js";
import { ensureStreams, type StreamOptions } from "../src/source/nats/streams.js";
import { JSON_SUBJECT } from "../src/source/nats/subjects.js";
import { Pseudonymiser } from "../src/source/pseudonym.js";
import type { Delivery } from "../src/source/source.js";
import { isMain } from "./support/main.js";

const ROWS_PER_BATCH = 4096;
const PARTITIONS = 4;
const SUBSCRIBERS = 50_000;
const CELLS = 3000;
/** Packed key of `ecgi:460-00-0` (signal/identity.ts); the low word is the ECI. */
const CELL_HIGH = ((2 << 30) | ((460 * 1100) << 9)) >>> 0;
const START_MS = Date.UTC(2026, 0, 5);
const LINES_PER_MESSAGE = 100;

export interface NatsFigure {
  readonly question: string;
  readonly events: number;
  readonly eventsPerSecond: number;
}

/** Measures each way once; `events` is rounded up to whole batches a partition. */
export async function measureNats(events: number): Promise<NatsFigure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "lifecircle-nats-"));
  const server = await startNatsServer({ dataDir });
  const streams = { partitions: PARTITIONS, maxBytes: 4e9, maxAgeMs: 3_600_000 };
  const connection = await connectNats({ url: server.url }, { name: "bench", retryMsMax: 1000 });
  try {
    await ensureStreams(connection, streams);
    const figures: NatsFigure[] = [];
    const measure = async (question: string, work: () => Promise<number>) => {
      const startedMs = performance.now();
      const count = await work();
      const seconds = (performance.now() - startedMs) / 1000;
      figures.push({ question, events: count, eventsPerSecond: Math.round(count / seconds) });
    };
    const rounds = Math.ceil(events / ROWS_PER_BATCH / PARTITIONS);
    const total = rounds * ROWS_PER_BATCH * PARTITIONS;
    await measure("published in batches", () => publishBatches(connection, rounds));
    await measure("pulled, decoded and checked", () => pull(server.url, streams, total));
    await measure("pulled again, code warm", () => pull(server.url, streams, total));
    const lines = Math.ceil(total / 10);
    await sendJson(connection, lines);
    await measure("JSON lines through the ingest edge", () => ingest(server.url, streams, lines));
    return figures;
  } finally {
    await connection.close();
    await server.close();
    await rm(dataDir, { recursive: true });
  }
}

async function publishBatches(connection: NatsConnection, rounds: number): Promise<number> {
  const publisher = new OrderedPublisher(connection, { inFlightMax: 64, retryMsMax: 10_000, warn: console.error });
  const totals = { events: 0, messages: 0, rejected: {} };
  await publishDeliveries(synthetic(rounds), publisher, totals);
  return totals.events;
}

async function* synthetic(rounds: number): AsyncGenerator<Delivery> {
  const builder = new BatchBuilder(ROWS_PER_BATCH);
  const event = { ...newSignalEvent(), cellHi: CELL_HIGH, plmn: 506_001, tac: 35_000_000 };
  for (let round = 0; round < rounds; round++) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let row = 0; row < ROWS_PER_BATCH; row++) {
        const number = round * ROWS_PER_BATCH + row;
        event.timeMs = START_MS + number;
        event.subscriberLo = partition + PARTITIONS * ((number * 7919) % SUBSCRIBERS);
        event.cellLo = 1_000_000 + ((number * 31) % CELLS);
        const batch = builder.add(event);
        if (batch === null) continue;
        yield {
          partition,
          sequence: round + 1,
          origin: "bench",
          batch,
          rejects: [],
          watermarkMs: null,
          receivedMs: 0,
          pendingMessages: 0,
        };
      }
    }
  }
}

async function pull(url: string, streams: StreamOptions, events: number): Promise<number> {
  const source = natsSource({
    connection: { url },
    streams,
    messagesInFlightMax: 64,
    aheadMsMax: 0,
    connectRetryMsMax: 1000,
    warn: console.error,
  });
  let count = 0;
  for await (const { batch } of source.deliveries(new Map())) {
    count += batch?.count ?? 0;
    if (count >= events) break;
  }
  return count;
}

async function sendJson(connection: NatsConnection, lines: number): Promise<void> {
  const js = jetstream(connection);
  let underWay: Promise<unknown>[] = [];
  for (let first = 0; first < lines; first += LINES_PER_MESSAGE) {
    const length = Math.min(LINES_PER_MESSAGE, lines - first);
    underWay.push(js.publish(JSON_SUBJECT, Array.from({ length }, (_, i) => jsonLine(first + i)).join("\n")));
    if (underWay.length < 64) continue;
    await Promise.all(underWay);
    underWay = [];
  }
  await Promise.all(underWay);
}

function jsonLine(number: number): string {
  const subscriber = String(460_000_000_000_000 + ((number * 7919) % SUBSCRIBERS));
  return JSON.stringify({
    time: START_MS + number,
    subscriber,
    cell: `ecgi:460-00-${1_000_000 + (number % CELLS)}`,
    kind: "data",
  });
}

async function ingest(url: string, streams: StreamOptions, lines: number): Promise<number> {
  const edge = await startIngestEdge({
    connection: { url },
    streams,
    pseudonymiser: new Pseudonymiser(Buffer.from("benchmark")),
    exclusion: () => NOBODY,
    flushMsMax: 200,
    rowsPerBatch: ROWS_PER_BATCH,
    aheadMsMax: 0,
    connectRetryMsMax: 1000,
    warn: console.error,
  });
  while (edge.counters.events < lines) await new Promise((resolve) => setTimeout(resolve, 5));
  await edge.close();
  return edge.counters.events;
}

if (isMain(import.meta.url)) {
  const events = Number(process.argv[2] ?? 8_000_000);
  for (const figure of await measureNats(events)) console.log(JSON.stringify(figure));
}
