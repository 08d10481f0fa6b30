/** A simulated city onto the wire: the same messages in the same order each time, so that two streams hold the same under each sequence. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { fileSource } from "../../src/source/file.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { messageId, OrderedPublisher } from "../../src/source/nats/ordered-publisher.js";
import { type PublishTotals, publishDeliveries } from "../../src/source/nats/publish.js";
import { ensureStreams } from "../../src/source/nats/streams.js";
import { DEAD_STREAM, JSON_STREAM, partitionSubject, SIGNALLING_STREAM } from "../../src/source/nats/subjects.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import type { Delivery } from "../../src/source/source.js";
import { untilTrue } from "./processes.js";
import { PARTITIONS, PSEUDONYM_KEY, STREAM_BYTES_MAX } from "./world.js";

const ROWS_PER_MESSAGE = 64;
/** Every so many messages one that nobody can read. */
const BROKEN_EVERY = 50;
/** Longer than any fault lasts. */
const RETRY_MS_MAX = 1_200_000;

export interface FeedOptions {
  readonly dir: string;
  readonly natsUrl: string;
  /** How long the feed takes when nothing holds it up. */
  readonly lastsMs: number;
}

/** Publishes all and closes every window; returns the number of messages. */
export async function feed({ dir, natsUrl, lastsMs }: FeedOptions): Promise<number> {
  const connection = await connectNats({ url: natsUrl }, { name: "feed", retryMsMax: 10_000 });
  try {
    // One message at a time: with two under way, an outage could turn their order round.
    const publisher = new OrderedPublisher(connection, {
      inFlightMax: 1,
      retryMsMax: RETRY_MS_MAX,
      warn: () => undefined,
    });
    const totals: PublishTotals = { events: 0, messages: 0, rejected: {} };
    const all: Delivery[] = [];
    for await (const delivery of cityFile(dir).deliveries(new Map())) all.push(delivery);
    let broken = 0;
    async function* paced(): AsyncGenerator<Delivery> {
      const startMs = Date.now();
      for (const [i, delivery] of all.entries()) {
        await pause(Math.max(0, startMs + (i / all.length) * lastsMs - Date.now()));
        if (i % BROKEN_EVERY === BROKEN_EVERY - 1) await publisher.send(brokenMessage(++broken));
        yield delivery;
      }
    }
    await publishDeliveries(paced(), publisher, totals);
    return totals.messages + broken;
  } finally {
    await connection.close();
  }
}

function cityFile(dir: string) {
  return fileSource({
    files: [join(dir, "signalling.csv")],
    partitions: PARTITIONS,
    rowsPerBatch: ROWS_PER_MESSAGE,
    pseudonymiser: new Pseudonymiser(Buffer.from(PSEUDONYM_KEY)),
    clock: Date.now,
    aheadMsMax: 0,
    lineBytesMax: 65_536,
    closeAtEnd: true,
  });
}

function brokenMessage(number: number) {
  const payload = Buffer.from(`broken ${number}`);
  return { subject: partitionSubject(number % PARTITIONS), payload, id: messageId("broken", payload) };
}

/** Makes the streams, on all nodes. A fault that strikes before they are there finds nothing that could be lost. */
export async function makeStreams(natsUrl: string, nodes: number): Promise<void> {
  const connection = await connectNats({ url: natsUrl }, { name: "streams", retryMsMax: 10_000 });
  const options = { partitions: PARTITIONS, maxBytes: STREAM_BYTES_MAX, maxAgeMs: 7 * 86_400_000 };
  try {
    // A cluster first has to elect who makes them.
    await untilDone("the streams", () => ensureStreams(connection, options));
    if (nodes > 1) await onAllNodes(connection, nodes);
  } finally {
    await connection.close();
  }
}

/** Messages of signalling that are in the stream. */
export async function messagesHeld(natsUrl: string): Promise<number> {
  const connection = await connectNats({ url: natsUrl }, { name: "count", retryMsMax: 1000 });
  try {
    return (await (await jetstreamManager(connection)).streams.info(SIGNALLING_STREAM)).state.messages;
  } finally {
    await connection.close();
  }
}

async function onAllNodes(connection: NatsConnection, nodes: number): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const name of [SIGNALLING_STREAM, JSON_STREAM, DEAD_STREAM]) {
    await untilDone(`${name} on ${nodes} nodes`, () => manager.streams.update(name, { num_replicas: nodes }));
    await untilTrue(`${name} on all nodes`, async () => {
      const info = await manager.streams.info(name).catch(() => null);
      return (info?.cluster?.replicas ?? []).filter(({ current }) => current).length === nodes - 1;
    });
  }
}

function untilDone(what: string, act: () => Promise<unknown>): Promise<void> {
  return untilTrue(what, () =>
    act().then(
      () => true,
      () => false,
    ),
  );
}
