import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { messageId, OrderedPublisher, type OutgoingMessage } from "../../../src/source/nats/ordered-publisher.js";
import { ensureStreams } from "../../../src/source/nats/streams.js";
import { partitionSubject, SIGNALLING_STREAM } from "../../../src/source/nats/subjects.js";
import { client, dump, STREAMS, startServer, tempDir } from "./harness.js";

function message(partition: number, number: number): OutgoingMessage {
  const payload = Buffer.from(`message ${number}`);
  return { subject: partitionSubject(partition), payload, id: messageId(`${partition}:${number}`, payload) };
}

test("a subject keeps the order of the calls through a restart of the server, and nothing is stored twice", async () => {
  const dataDir = tempDir();
  const server = await startServer(dataDir);
  const connection = await client(server.url);
  await ensureStreams(connection, STREAMS);
  const warnings: string[] = [];
  const publisher = new OrderedPublisher(connection, {
    inFlightMax: 8,
    retryMsMax: 20_000,
    warn: (text) => warnings.push(text),
  });
  const sending = (async () => {
    for (let number = 0; number < 300; number++) {
      for (let partition = 0; partition < 3; partition++) await publisher.send(message(partition, number));
      if (number % 10 === 0) await sleep(2);
    }
    await publisher.drain();
  })();
  await sleep(20);
  await server.close();
  await startServer(dataDir, Number(new URL(server.url).port));
  await sending;
  const stored = await dump(connection, SIGNALLING_STREAM);
  const numbers = Array.from({ length: 300 }, (_, number) => `message ${number}`);
  for (let partition = 0; partition < 3; partition++) {
    const ofPartition = stored.filter(({ subject }) => subject === partitionSubject(partition));
    expect(ofPartition.map(({ data }) => Buffer.from(data).toString())).toEqual(numbers);
  }
  expect(publisher.counts.messages).toBe(900);
});

test("no more messages than the limit are unacknowledged, and one a subject", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  await ensureStreams(connection, STREAMS);
  const publisher = new OrderedPublisher(connection, { inFlightMax: 2, retryMsMax: 1000, warn: () => undefined });
  const handedOver: number[] = [];
  const all = [0, 1, 2].map((partition) =>
    publisher.send(message(partition, 0)).then(() => handedOver.push(partition)),
  );
  await Promise.resolve();
  await Promise.resolve();
  expect(handedOver).toEqual([0, 1]);
  await Promise.all(all);
  await publisher.drain();
  expect((await (await jetstreamManager(connection)).streams.info(SIGNALLING_STREAM)).state.messages).toBe(3);
});

test("a server that stays away is an error after the time given", async () => {
  const server = await startServer();
  const connection = await client(server.url);
  await ensureStreams(connection, STREAMS);
  const warnings: string[] = [];
  const publisher = new OrderedPublisher(connection, {
    inFlightMax: 2,
    retryMsMax: 300,
    warn: (text) => warnings.push(text),
  });
  await server.close();
  await publisher.send(message(0, 0));
  await expect(publisher.drain()).rejects.toThrow(/publishing to signalling.v1.0: no answer from the NATS server/);
  await expect(publisher.send(message(1, 0))).rejects.toThrow(/no answer/);
});

test("a message that the server would not take is refused at once, with what to change", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  await ensureStreams(connection, STREAMS);
  const publisher = new OrderedPublisher(connection, { inFlightMax: 2, retryMsMax: 60_000, warn: () => undefined });
  await publisher.send({ subject: partitionSubject(0), payload: new Uint8Array(2 ** 21), id: "large" });
  await expect(publisher.drain()).rejects.toThrow(/max_payload.*lower stream.batchRows/s);
});
