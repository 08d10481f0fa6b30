import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { expect, test, vi } from "vitest";
import { encodeColumnar } from "../../../src/signal/wire.js";
import { ensureStreams, readPartitions } from "../../../src/source/nats/streams.js";
import { DEAD_STREAM, partitionSubject, SIGNALLING_STREAM } from "../../../src/source/nats/subjects.js";
import type { Delivery } from "../../../src/source/source.js";
import {
  batchOf,
  client,
  dump,
  numbersOf,
  PARTITIONS,
  STREAMS,
  sourceOf,
  startServer,
  take,
  tempDir,
} from "./harness.js";

const ROWS = 10;

async function publish(url: string, rounds: number, from = 0): Promise<void> {
  const connection = await client(url);
  await ensureStreams(connection, STREAMS);
  const js = jetstream(connection);
  for (let round = from; round < from + rounds; round++) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await js.publish(partitionSubject(partition), encodeColumnar(batchOf(partition, round * ROWS, ROWS)));
    }
  }
}

function positions(deliveries: readonly Delivery[]): Map<number, number> {
  return new Map(deliveries.map((delivery) => [delivery.partition, delivery.sequence]));
}

async function takeAfter(
  source: ReturnType<typeof sourceOf>,
  after: ReadonlyMap<number, number>,
  sentMs: ReadonlyMap<number, number | null>,
): Promise<Delivery | null> {
  for await (const delivery of source.deliveries(after, sentMs)) return delivery;
  return null;
}

function numbersByPartition(deliveries: readonly Delivery[]): number[][] {
  return Array.from({ length: PARTITIONS }, (_, partition) =>
    deliveries.filter((delivery) => delivery.partition === partition).flatMap(numbersOf),
  );
}

function counted(rounds: number): number[][] {
  return Array.from({ length: PARTITIONS }, () => Array.from({ length: rounds * ROWS }, (_, number) => number));
}

test("every partition comes in the order of its stream, with what still waits", async () => {
  const { url } = await startServer();
  await publish(url, 20);
  const deliveries = await take(sourceOf(url), 20 * PARTITIONS);
  expect(numbersByPartition(deliveries)).toEqual(counted(20));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const pending = deliveries
      .filter((delivery) => delivery.partition === partition)
      .map((delivery) => delivery.pendingMessages);
    expect(pending).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
  }
  expect(deliveries.at(-1)).toMatchObject({ pendingMessages: 0, rejects: [], watermarkMs: null });
  expect(deliveries[0]?.origin).toBe(`nats:signalling.v1.${deliveries[0]?.partition}:${deliveries[0]?.sequence}`);
});

test("partitions that all have something take turns", async () => {
  const { url } = await startServer();
  await publish(url, 8);
  const partitions: number[] = [];
  for await (const delivery of sourceOf(url).deliveries(new Map())) {
    if (partitions.length === 0) await sleep(200);
    partitions.push(delivery.partition);
    if (partitions.length === 4 * PARTITIONS) break;
  }
  const turn = partitions.slice(1, 1 + PARTITIONS);
  expect(new Set(turn).size).toBe(PARTITIONS);
  expect(partitions.slice(1)).toEqual([...turn, ...turn, ...turn, ...turn].slice(0, 4 * PARTITIONS - 1));
});

test("reading resumes exactly after the given sequences, whatever was received ahead of them", async () => {
  const { url } = await startServer();
  await publish(url, 30);
  const first = await take(sourceOf(url), 40);
  const rest = await take(sourceOf(url), 30 * PARTITIONS - 40, positions(first));
  expect(numbersByPartition([...first, ...rest])).toEqual(counted(30));
});

test("a restart of the server in mid-stream loses nothing and repeats nothing", async () => {
  const dataDir = tempDir();
  const server = await startServer(dataDir);
  const port = Number(new URL(server.url).port);
  await publish(server.url, 30);
  const warnings: string[] = [];
  const source = sourceOf(server.url, { warnings, inFlight: 4 });
  const deliveries: Delivery[] = [];
  let more: Promise<void> | null = null;
  for await (const delivery of source.deliveries(new Map())) {
    deliveries.push(delivery);
    if (deliveries.length === 30) {
      await server.close();
      await startServer(dataDir, port);
    }
    if (deliveries.length === 30 * PARTITIONS) more = publish(server.url, 5, 30);
    if (deliveries.length === 35 * PARTITIONS) break;
  }
  await more;
  expect(numbersByPartition(deliveries)).toEqual(counted(35));
  expect(source.counts.reconnects).toBeGreaterThan(0);
  expect(warnings.join()).toContain("connection to the NATS server is lost");
});

test("a slow reader holds the source back: no more is received than the limit", async () => {
  const { url } = await startServer();
  await publish(url, 40);
  const connection = await client(url);
  const manager = await jetstreamManager(connection);
  const received = async (): Promise<number[]> => {
    const consumers = await manager.consumers.list(SIGNALLING_STREAM).next();
    return consumers.map((consumer) => consumer.delivered.consumer_seq);
  };
  let taken = 0;
  for await (const _ of sourceOf(url, { inFlight: 4 }).deliveries(new Map())) {
    if (++taken < 6) continue;
    await sleep(200);
    const counts = await received();
    expect(counts).toHaveLength(PARTITIONS);
    for (const count of counts) expect(count).toBeLessThanOrEqual(taken + 4);
    if (taken === 12) break;
  }
});

test("a reader that takes nothing hears how much waits, also when the server has forgotten its consumers, and then goes on", async () => {
  const { url } = await startServer();
  await publish(url, 10);
  const connection = await client(url);
  const manager = await jetstreamManager(connection);
  const waiting = new Map<number, number>();
  const source = sourceOf(url, { inFlight: 4, onWaiting: (partition, messages) => waiting.set(partition, messages) });
  const known = () => [...waiting.values()].reduce((sum, messages) => sum + messages, 0);
  const deliveries: Delivery[] = [];
  for await (const delivery of source.deliveries(new Map())) {
    deliveries.push(delivery);
    if (deliveries.length === 1) {
      await publish(url, 20, 10);
      await vi.waitUntil(() => known() === 30 * PARTITIONS - 1, 15_000);
      for (const { name } of await manager.consumers.list(SIGNALLING_STREAM).next())
        await manager.consumers.delete(SIGNALLING_STREAM, name);
      await publish(url, 10, 30);
      await vi.waitUntil(() => known() === 40 * PARTITIONS - 1, 15_000);
    }
    if (deliveries.length === 40 * PARTITIONS) break;
  }
  expect(numbersByPartition(deliveries)).toEqual(counted(40));
});

test("messages that come while the reader waits are handed over at once", async () => {
  const { url } = await startServer();
  await publish(url, 1);
  const seen: number[] = [];
  let more: Promise<void> | null = null;
  for await (const delivery of sourceOf(url).deliveries(new Map())) {
    seen.push(Date.now() - delivery.receivedMs);
    if (seen.length === PARTITIONS) more = publish(url, 1, 1);
    if (seen.length === 2 * PARTITIONS) break;
  }
  await more;
  expect(Math.max(...seen)).toBeLessThan(500);
});

test("close ends the deliveries, also while they wait", async () => {
  const { url } = await startServer();
  await publish(url, 1);
  const source = sourceOf(url);
  let taken = 0;
  for await (const _ of source.deliveries(new Map())) {
    if (++taken === PARTITIONS) setTimeout(() => void source.close(), 50);
  }
  expect(taken).toBe(PARTITIONS);
});

test("a poison message goes to the dead letters and leaves the messages beside it alone", async () => {
  const { url } = await startServer();
  await publish(url, 1);
  const connection = await client(url);
  const js = jetstream(connection);
  await js.publish(partitionSubject(1), new TextEncoder().encode('{"subscriber":"460001234567890"}'));
  await js.publish(partitionSubject(2), encodeColumnar(batchOf(1, 0, ROWS)));
  await publish(url, 1, 1);
  const source = sourceOf(url);
  const deliveries = await take(source, 2 * PARTITIONS + 2);
  expect(numbersByPartition(deliveries)).toEqual(counted(2));
  const refused = deliveries.filter((delivery) => delivery.rejects.length > 0);
  refused.sort((a, b) => a.partition - b.partition);
  expect(refused.map((delivery) => [delivery.partition, delivery.batch])).toEqual([
    [1, null],
    [2, null],
  ]);
  expect(refused[1]?.rejects[0]?.raw).toContain("does not belong to partition 2");
  const dead = (await dump(connection, DEAD_STREAM)).sort((a, b) => a.data.length - b.data.length);
  expect(dead).toHaveLength(2);
  expect(dead[0]?.text).toContain("Lifecircle-Reason: malformed");
  expect(dead[0]?.text).toContain("Lifecircle-Origin: nats:signalling.v1.1:4");
  expect(dead[0]?.text).toContain('{"subscriber":"###############"}');
  expect(Buffer.from(encodeColumnar(batchOf(1, 0, ROWS))).equals(dead[1]?.data ?? Buffer.alloc(0))).toBe(true);
  expect(JSON.stringify(refused)).not.toContain("460001234567890");
  expect(source.counts.deadLetters).toBe(2);
});

test("refused rows go to the dead letters with their reason, and the good rows of the message are taken", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  await ensureStreams(connection, STREAMS);
  const batch = batchOf(0, 0, ROWS);
  await jetstream(connection).publish(partitionSubject(0), encodeColumnar({ ...batch, kind: batch.kind.with(3, 77) }));
  const [delivery] = await take(sourceOf(url), 1);
  expect(delivery?.batch?.count).toBe(ROWS - 1);
  expect(delivery?.rejects).toMatchObject([{ reason: "bad_kind", source: "nats:signalling.v1.0:1:3" }]);
  const [dead] = await dump(connection, DEAD_STREAM);
  expect(dead?.text).toContain("Lifecircle-Reason: bad_kind");
  expect(JSON.parse(Buffer.from(dead?.data ?? []).toString())).toEqual(delivery?.rejects[0]);
});

test("another partition count than the stream's is refused, and the stream tells its own", async () => {
  const { url } = await startServer();
  await publish(url, 1);
  expect(await readPartitions(await client(url))).toBe(PARTITIONS);
  const other = sourceOf(url, { streams: { ...STREAMS, partitions: 8 } });
  await expect(take(other, 1)).rejects.toThrow(
    /has 3 partitions, the configuration says 8.*set stream.partitions to 3/s,
  );
});

test("positions that are not of this stream are refused", async () => {
  const { url } = await startServer();
  await publish(url, 1);
  await expect(take(sourceOf(url), 1, new Map([[0, 1000]]))).rejects.toThrow(/is not the one that was read so far/);
});

test("a stream that was made anew is refused, also when it has grown beyond what was read of the one before", async () => {
  const { url } = await startServer();
  await publish(url, 5);
  const read = await take(sourceOf(url), 5 * PARTITIONS);
  const sentMs = new Map(read.map((delivery) => [delivery.partition, delivery.sentMs ?? null]));
  const same = sourceOf(url);
  await publish(url, 1, 5);
  // Whichever partition is served first.
  expect((await takeAfter(same, positions(read), sentMs))?.sequence).toBeGreaterThan(5 * PARTITIONS);
  const manager = await jetstreamManager(await client(url));
  await manager.streams.delete(SIGNALLING_STREAM);
  await publish(url, 20);
  await expect(takeAfter(sourceOf(url), positions(read), sentMs)).rejects.toThrow(
    /is not the one that was read so far/,
  );
});

test("a server that comes back with an older copy of the stream is refused, and nothing new is passed over", async () => {
  const dataDir = tempDir();
  const server = await startServer(dataDir);
  const port = Number(new URL(server.url).port);
  await publish(server.url, 2);
  await server.close();
  const copy = tempDir();
  cpSync(join(dataDir, "nats"), copy, { recursive: true });
  const again = await startServer(dataDir, port);
  await publish(server.url, 8, 2);
  const states: boolean[] = [];
  const source = sourceOf(server.url, { onConnection: (isUp) => states.push(isUp) });
  let count = 0;
  const reading = async () => {
    for await (const _ of source.deliveries(new Map())) if (++count === 10 * PARTITIONS) await setBack();
  };
  const setBack = async () => {
    await again.close();
    rmSync(join(dataDir, "nats"), { recursive: true });
    cpSync(copy, join(dataDir, "nats"), { recursive: true });
    await startServer(dataDir, port);
  };
  await expect(reading()).rejects.toThrow(/is not the one that was read so far.*ends at sequence 6,.*read up to/s);
  // It is there, and what is asked of it is not.
  expect([states[0], states.at(-1)]).toEqual([true, false]);
});

test("messages that the stream dropped before they were read are warned of and counted", async () => {
  const { url } = await startServer();
  await publish(url, 10);
  const manager = await jetstreamManager(await client(url));
  await manager.streams.purge(SIGNALLING_STREAM, { seq: 5 * PARTITIONS + 1 });
  const warnings: string[] = [];
  const source = sourceOf(url, { warnings });
  const readBefore = new Map([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  const rest = await take(source, 5 * PARTITIONS, readBefore);
  expect(source.counts.lostMax).toBe(14);
  expect(warnings.join()).toMatch(
    /dropped up to 14 messages .* \(sequences 2 to 15, partition 0, partition 1, partition 2\)/,
  );
  expect(numbersByPartition(rest)[0]?.[0]).toBe(5 * ROWS);
});

test("a server that is not there is an error that names its address and hides the password", async () => {
  const failure = take(sourceOf("nats://me:secret@127.0.0.1:9"), 1);
  await expect(failure).rejects.toThrow(/no NATS server answers at nats:\/\/127.0.0.1:9 .*mend: start the server/s);
  await expect(failure).rejects.not.toThrow(/secret/);
});
