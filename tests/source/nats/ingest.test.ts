import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { type Excluded, Exclusion, NOBODY } from "../../../src/signal/exclusion.js";
import { formatPseudonym } from "../../../src/signal/identity.js";
import { type IngestEdge, startIngestEdge } from "../../../src/source/nats/ingest.js";
import { IngestGroup } from "../../../src/source/nats/ingest-group.js";
import { OrderedPublisher } from "../../../src/source/nats/ordered-publisher.js";
import { ensureStreams } from "../../../src/source/nats/streams.js";
import { DEAD_STREAM, JSON_STREAM, JSON_SUBJECT, SIGNALLING_STREAM } from "../../../src/source/nats/subjects.js";
import { Pseudonymiser } from "../../../src/source/pseudonym.js";
import type { Delivery } from "../../../src/source/source.js";
import {
  BASE_MS,
  client,
  dump,
  later,
  numbersOf,
  PARTITIONS,
  STREAMS,
  sourceOf,
  startServer,
  take,
  tempDir,
} from "./harness.js";

const KEY = Buffer.from("a key for tests");
const FLUSH_MS = 50;

async function startEdge(url: string, exclusion = () => NOBODY): Promise<IngestEdge> {
  const edge = await startIngestEdge({
    connection: { url },
    streams: STREAMS,
    pseudonymiser: new Pseudonymiser(KEY),
    exclusion,
    flushMsMax: FLUSH_MS,
    rowsPerBatch: 100,
    aheadMsMax: 0,
    connectRetryMsMax: 1000,
    warn: () => undefined,
  });
  later(() => edge.close());
  return edge;
}

function line(number: number, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    time: BASE_MS + number,
    subscriber: imsi(number),
    cell: "ecgi:460-00-1",
    kind: "tau",
    ...more,
  });
}

function imsi(number: number): string {
  return `46000777${String(number % 40).padStart(7, "0")}`;
}

async function sendJson(connection: NatsConnection, from: number, messages: number, linesEach: number): Promise<void> {
  const js = jetstream(connection);
  for (let message = 0; message < messages; message++) {
    const lines = Array.from({ length: linesEach }, (_, i) => line(from + message * linesEach + i));
    await js.publish(JSON_SUBJECT, lines.join("\n"));
  }
}

/** All events that are on the wire, from the deliveries of every partition. */
async function onTheWire(url: string, events: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  let count = 0;
  const source = sourceOf(url);
  for await (const delivery of source.deliveries(new Map())) {
    deliveries.push(delivery);
    count += delivery.batch?.count ?? 0;
    if (count >= events && delivery.pendingMessages === 0) setTimeout(() => void source.close(), 4 * FLUSH_MS);
  }
  return deliveries;
}

function sorted(deliveries: readonly Delivery[]): number[] {
  return deliveries.flatMap(numbersOf).sort((a, b) => a - b);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test("JSON lines become batches under pseudonyms, bad lines dead letters, and no raw id stays anywhere", async () => {
  const dataDir = tempDir();
  const { url } = await startServer(dataDir);
  const edge = await startEdge(url);
  const connection = await client(url);
  await sendJson(connection, 0, 30, 1);
  await sendJson(connection, 30, 5, 40);
  const js = jetstream(connection);
  await js.publish(
    JSON_SUBJECT,
    [line(230), line(231, { cell: "nowhere" }), "", `{"subscriber":"${imsi(3)}"`].join("\r\n"),
  );
  await js.publish(JSON_SUBJECT, `${line(232, { kind: "call_out", peer: imsi(5) })}\n`);
  const deliveries = await onTheWire(url, 232);
  expect(sorted(deliveries)).toEqual([...Array(231).keys(), 232]);
  const pseudonymiser = new Pseudonymiser(KEY);
  pseudonymiser.pseudonymiseText(imsi(232));
  const withPeer = deliveries.find((delivery) => delivery.batch?.peer.length === 2);
  const row = withPeer?.batch?.peerRow[0] ?? 0;
  const subscriber = withPeer?.batch?.subscriber ?? [];
  expect([subscriber[2 * row + 1], subscriber[2 * row]]).toEqual([pseudonymiser.hi, pseudonymiser.lo]);

  await edge.close();
  expect(edge.counters).toEqual({ messages: 37, events: 232, excluded: 0, rejected: { bad_cell: 1, malformed: 1 } });
  const dead = await dump(connection, DEAD_STREAM);
  expect(dead).toHaveLength(2);
  pseudonymiser.pseudonymiseText(imsi(231));
  expect(dead[0]?.text).toContain(`\\"subscriber\\":\\"${formatPseudonym(pseudonymiser.hi, pseudonymiser.lo)}\\"`);
  expect(dead[0]?.text).toContain("nats:signalling.json.v1:36:1");
  for (const stream of [SIGNALLING_STREAM, DEAD_STREAM, JSON_STREAM]) {
    for (const message of await dump(connection, stream)) expect(message.text).not.toContain("46000777");
  }
  for (const path of filesBelow(join(dataDir, "nats"))) {
    expect(readFileSync(path).includes("46000777"), path).toBe(false);
  }
});

test("a JSON line is on the wire soon after it was sent", async () => {
  const { url } = await startServer();
  await startEdge(url);
  const connection = await client(url);
  const sentMs = Date.now();
  await sendJson(connection, 0, 1, 1);
  const [delivery] = await take(sourceOf(url), 1);
  expect((delivery?.receivedMs ?? 0) - sentMs).toBeLessThan(FLUSH_MS + 500);
});

test("what a crash left between publishing and acknowledging is made again with the same ids and stored once", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  await ensureStreams(connection, STREAMS);
  await sendJson(connection, 0, 20, 7);
  const consumer = await (await jetstreamManager(connection)).consumers.add(JSON_STREAM, {
    durable_name: "ingest",
    ack_policy: "explicit",
  });
  const messages = await jetstream(connection)
    .consumers.getConsumerFromInfo(consumer)
    .fetch({ max_messages: 20, expires: 1000 });
  const group = new IngestGroup({ partitions: PARTITIONS, rowsPerBatch: 100, windowMs: FLUSH_MS });
  const publisher = new OrderedPublisher(connection, { inFlightMax: 8, retryMsMax: 1000, warn: () => undefined });
  for await (const message of messages) {
    if (!group.takes(message)) {
      for (const outgoing of group.outgoing()) await publisher.send(outgoing);
      group.clear();
    }
    group.add(message, { pseudonymiser: new Pseudonymiser(KEY), nowMs: Date.now(), aheadMsMax: 0 }, NOBODY);
  }
  for (const outgoing of group.outgoing()) await publisher.send(outgoing);
  await publisher.drain();
  expect(publisher.counts).toMatchObject({ duplicates: 0 });
  const edge = await startEdge(url);
  expect(sorted(await onTheWire(url, 140))).toEqual([...Array(140).keys()]);
  expect(edge.counters.events).toBe(140);
});

test("of who opted out, or is forgotten after they sent it, nothing goes onto the wire, and no peer names them", async () => {
  const { url } = await startServer();
  const named = (number: number): Omit<Excluded, "sentUntilMs"> => {
    const pseudonymiser = new Pseudonymiser(KEY);
    pseudonymiser.pseudonymiseText(imsi(number));
    return { hi: pseudonymiser.hi, lo: pseudonymiser.lo };
  };
  const [gone, forgotten] = [named(7), named(8)];
  let exclusion = NOBODY;
  const edge = await startEdge(url, () => exclusion);
  const connection = await client(url);
  await sendJson(connection, 0, 40, 1);
  await expect.poll(() => edge.counters.events).toBe(40);
  exclusion = new Exclusion([
    { ...gone, sentUntilMs: Number.POSITIVE_INFINITY },
    { ...forgotten, sentUntilMs: Date.now() + 60_000 },
  ]);
  await sendJson(connection, 40, 40, 1);
  const js = jetstream(connection);
  await js.publish(JSON_SUBJECT, line(80, { kind: "call_out", peer: imsi(7) }));
  await js.publish(JSON_SUBJECT, line(81, { cell: "nowhere", peer: imsi(8) }));
  await js.publish(JSON_SUBJECT, line(87, { cell: "nowhere" }));
  await expect.poll(() => edge.counters.events).toBe(40 + 38 + 1);
  await expect.poll(() => edge.counters.excluded).toBe(3);
  const deliveries = await onTheWire(url, 79);
  expect(sorted(deliveries)).toEqual([...Array(81).keys()].filter((number) => number !== 47 && number !== 48));
  expect(deliveries.reduce((peers, { batch }) => peers + (batch?.peer.length ?? 0), 0)).toBe(0);
  const dead = (await dump(connection, DEAD_STREAM)).map(({ text }) => text).join("\n");
  expect(dead).toContain(String.raw`\"peer\":\"\"`);
  for (const { hi, lo } of [gone, forgotten]) expect(dead).not.toContain(formatPseudonym(hi, lo));
});

test("a restart of the server under the edge loses no line", async () => {
  const dataDir = tempDir();
  const server = await startServer(dataDir);
  const port = Number(new URL(server.url).port);
  const edge = await startEdge(server.url);
  await sendJson(await client(server.url), 0, 10, 5);
  await server.close();
  await sleep(100);
  await startServer(dataDir, port);
  await sendJson(await client(server.url), 50, 10, 5);
  const deliveries = await onTheWire(server.url, 100);
  expect([...new Set(sorted(deliveries))]).toEqual([...Array(100).keys()]);
  expect(sorted(deliveries)).toHaveLength(100);
  expect(edge.counters.events).toBe(100);
});

test("a JSON stream that is made anew under the edge ends it, and the next one takes every line that is there", async () => {
  const { url } = await startServer();
  const edge = await startEdge(url);
  const connection = await client(url);
  await sendJson(connection, 0, 20, 1);
  await onTheWire(url, 20);
  const manager = await jetstreamManager(connection);
  await manager.streams.delete(JSON_STREAM);
  await ensureStreams(connection, STREAMS);
  await sendJson(connection, 20, 5, 1);
  await expect(edge.ended).rejects.toThrow(/SIGNALLING_JSON is not the one that was read so far.*mend: start again/s);
  await edge.close();
  await startEdge(url);
  expect(sorted(await onTheWire(url, 25))).toEqual([...Array(25).keys()]);
});

test("a JSON stream that is done is empty, and a second edge takes over from one that closed", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const first = await startEdge(url);
  await sendJson(connection, 0, 3, 1);
  await onTheWire(url, 3);
  await first.close();
  const manager = await jetstreamManager(connection);
  expect((await manager.streams.info(JSON_STREAM)).state.messages).toBe(0);
  await sendJson(connection, 3, 3, 1);
  await startEdge(url);
  expect(sorted(await onTheWire(url, 6))).toEqual([...Array(6).keys()]);
});

test("a second edge beside a living one is refused", async () => {
  const { url } = await startServer();
  await startEdge(url);
  await sendJson(await client(url), 0, 1, 1);
  await onTheWire(url, 1);
  await expect(startEdge(url)).rejects.toThrow(/another ingest edge reads signalling.json.v1.*stream.ingest.enabled/s);
});
