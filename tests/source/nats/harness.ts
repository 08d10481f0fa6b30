import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { onTestFinished } from "vitest";
import type { EventBatch } from "../../../src/signal/batch.js";
import { BatchBuilder } from "../../../src/signal/batch-builder.js";
import { newSignalEvent } from "../../../src/signal/event.js";
import { parseCell } from "../../../src/signal/identity.js";
import { connectNats } from "../../../src/source/nats/connect.js";
import { type RunningNatsServer, startNatsServer } from "../../../src/source/nats/server.js";
import { type NatsSource, natsSource } from "../../../src/source/nats/source.js";
import type { StreamOptions } from "../../../src/source/nats/streams.js";
import type { Delivery } from "../../../src/source/source.js";

export const PARTITIONS = 3;
export const STREAMS: StreamOptions = { partitions: PARTITIONS, maxBytes: 64 * 1024 ** 2, maxAgeMs: 3_600_000 };
export const BASE_MS = Date.UTC(2026, 0, 5, 8);

/** Runs at the end of the test, the last one first. */
export function later(step: () => unknown): void {
  onTestFinished(async () => {
    await step();
  });
}

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "lifecircle-nats-"));
  later(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function startServer(dataDir = tempDir(), port = 0): Promise<RunningNatsServer> {
  const server = await startNatsServer({ dataDir, port });
  later(() => server.close());
  return server;
}

export async function client(url: string): Promise<NatsConnection> {
  const connection = await connectNats({ url }, { name: "test", retryMsMax: 2000 });
  later(() => connection.close());
  return connection;
}

export function sourceOf(
  url: string,
  more: {
    warnings?: string[];
    streams?: StreamOptions;
    inFlight?: number;
    onWaiting?: (partition: number, messages: number) => void;
    onConnection?: (isUp: boolean) => void;
  } = {},
): NatsSource {
  const source = natsSource({
    connection: { url },
    streams: more.streams ?? STREAMS,
    messagesInFlightMax: more.inFlight ?? 16,
    aheadMsMax: 3_600_000,
    connectRetryMsMax: 300,
    warn: (text) => more.warnings?.push(text),
    onConnection: (isUp) => more.onConnection?.(isUp),
    onWaiting: (partition, messages) => more.onWaiting?.(partition, messages),
  });
  later(() => source.close());
  return source;
}

/** A batch of `rows` events of subscribers of one partition; every event's time tells which one it is. */
export function batchOf(partition: number, first: number, rows: number, partitions = PARTITIONS): EventBatch {
  const builder = new BatchBuilder(rows);
  const event = newSignalEvent();
  const cell = parseCell("ecgi:460-00-117440513");
  if (cell === null) throw new Error("no cell");
  let batch: EventBatch | null = null;
  for (let row = 0; row < rows; row++) {
    event.timeMs = BASE_MS + first + row;
    event.subscriberLo = partition + partitions * ((first + row) % 1000);
    event.cellHi = cell.hi;
    event.cellLo = cell.lo;
    event.rowNumber = row;
    batch = builder.add(event);
  }
  if (batch === null) throw new Error("no rows");
  return batch;
}

/** The event numbers (see `batchOf`) of a delivery. */
export function numbersOf(delivery: Delivery): number[] {
  const { batch } = delivery;
  return batch === null ? [] : Array.from(batch.offsetMs, (offset) => batch.baseMs + offset - BASE_MS);
}

export async function take(
  source: NatsSource,
  count: number,
  after: ReadonlyMap<number, number> = new Map(),
): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  for await (const delivery of source.deliveries(after)) {
    taken.push(delivery);
    if (taken.length === count) break;
  }
  return taken;
}

/** Every message of a stream: subject, payload and headers as text. */
export async function dump(
  connection: NatsConnection,
  stream: string,
): Promise<{ subject: string; data: Uint8Array; text: string }[]> {
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info(stream);
  const all: { subject: string; data: Uint8Array; text: string }[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
    const stored = await manager.streams.getMessage(stream, { seq });
    if (stored === null) continue;
    const head = [...(stored.header ?? [])].map(([key, values]) => `${key}: ${values.join()}`).join("\n");
    all.push({
      subject: stored.subject,
      data: stored.data,
      text: `${head}\n${Buffer.from(stored.data).toString("latin1")}`,
    });
  }
  return all;
}
