import { setTimeout as sleep } from "node:timers/promises";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CLOUD_EVENT,
  encodeCloudEvent,
  type Notice,
  type NoticePublisher,
  openNotices,
} from "../../../src/source/nats/cloud-events.js";
import { NOTICES_DEAD_STREAM, NOTICES_STREAM, noticeSubject } from "../../../src/source/nats/subjects.js";
import { client, dump, later, STREAMS, startServer, tempDir } from "./harness.js";

function notice(id: string, more: Partial<Notice> = {}): Notice {
  return {
    id,
    source: "/lifecircle/triggers/mall",
    type: "lifecircle.trigger.entered.v1",
    subject: "123",
    time: "2026-01-05T08:00:00+08:00",
    data: { place: "广州" },
    ...more,
  };
}

async function publisherOf(url: string, warnings: string[] = []): Promise<NoticePublisher> {
  const publisher = await openNotices({
    connection: { url },
    streams: STREAMS,
    name: "test",
    connectRetryMsMax: 2000,
    warn: (text) => warnings.push(text),
  });
  later(() => publisher.close());
  return publisher;
}

const MALL = noticeSubject("trigger", "mall");

test("a notice is a CloudEvent of version 1.0 as JSON, with each of its required attributes", () => {
  const text = Buffer.from(encodeCloudEvent(notice("a"))).toString();
  expect(JSON.parse(text)).toEqual({
    specversion: "1.0",
    id: "a",
    source: "/lifecircle/triggers/mall",
    type: "lifecircle.trigger.entered.v1",
    subject: "123",
    time: "2026-01-05T08:00:00+08:00",
    datacontenttype: "application/json",
    data: { place: "广州" },
  });
});

test("any data comes back as it was", () => {
  fc.assert(
    // A reader by zod, as here, takes no key of this name.
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (data) => {
      fc.pre(!JSON.stringify(data).includes("__proto__"));
      const sent = JSON.parse(JSON.stringify(data)) as Notice["data"];
      const read = CLOUD_EVENT.parse(JSON.parse(Buffer.from(encodeCloudEvent(notice("a", { data: sent }))).toString()));
      expect(read.data).toEqual(sent);
    }),
  );
});

test.each([
  ["an empty id", { id: "" }],
  ["a source that is no URI reference", { source: "my mall" }],
  ["an empty type", { type: "" }],
  ["an empty subject", { subject: "" }],
  ["a time without offset", { time: "2026-01-05T08:00:00" }],
  ["a name in capitals", { dataVersion: "1" }],
  ["a value that is no attribute", { weight: 1.5 }],
] as const)("%s is no CloudEvent", (_, fault) => {
  expect(() => encodeCloudEvent({ ...notice("a"), ...fault })).toThrow();
});

test("notices are in the stream in their order, one a subject and id, whoever sends them again", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const first = await publisherOf(url);
  for (const id of ["a", "b", "c"]) await first.send(MALL, notice(id));
  await first.drain();
  const second = await publisherOf(url);
  for (const id of ["b", "c", "d"]) await second.send(MALL, notice(id));
  await second.drain();
  const stored = await dump(connection, NOTICES_STREAM);
  expect(stored.map(({ data }) => CLOUD_EVENT.parse(JSON.parse(Buffer.from(data).toString())).id)).toEqual([..."abcd"]);
  expect(stored[0]?.text).toContain("Content-Type: application/cloudevents+json");
  expect(second.totals).toEqual({ delivered: 3, failed: 0 });
});

test("a notice that the server refuses is a dead letter with its reason, and the next ones arrive", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const warnings: string[] = [];
  const publisher = await publisherOf(url, warnings);
  const manager = await jetstreamManager(connection);
  await manager.streams.update(NOTICES_STREAM, { max_msg_size: 1000 });
  await publisher.send(MALL, notice("large", { data: { text: "x".repeat(2000) } }));
  await publisher.send(MALL, notice("small"));
  await publisher.drain();
  expect(publisher.totals).toEqual({ delivered: 1, failed: 1 });
  const [dead] = await dump(connection, NOTICES_DEAD_STREAM);
  expect(dead?.text).toContain("Lifecircle-Reason: publishing%20to%20trigger.v1.mall");
  expect(dead?.text).toContain("Lifecircle-Origin: trigger.v1.mall");
  expect(CLOUD_EVENT.parse(JSON.parse(Buffer.from(dead?.data ?? []).toString())).id).toBe("large");
  expect(warnings).toHaveLength(1);
});

test("one that not even the dead letters take stops nobody else", async () => {
  const { url } = await startServer();
  const warnings: string[] = [];
  const publisher = await publisherOf(url, warnings);
  await publisher.send(MALL, notice("huge", { data: { text: "x".repeat(2 ** 21) } }));
  await publisher.send(MALL, notice("small"));
  await publisher.drain();
  expect(publisher.totals).toEqual({ delivered: 1, failed: 1 });
});

test("while the server is away notices wait, and each is there once when it is back", async () => {
  const dataDir = tempDir();
  const server = await startServer(dataDir);
  const warnings: string[] = [];
  const publisher = await publisherOf(server.url, warnings);
  await publisher.send(MALL, notice("before"));
  await publisher.drain();
  await server.close();
  await publisher.send(MALL, notice("while"));
  await sleep(300);
  const again = await startServer(dataDir, Number(new URL(server.url).port));
  await publisher.drain();
  expect(warnings.join()).toMatch(/publishing to trigger.v1.mall: .*trying again/s);
  const stored = await dump(await client(again.url), NOTICES_STREAM);
  expect(stored.map(({ data }) => JSON.parse(Buffer.from(data).toString()).id)).toEqual(["before", "while"]);
});

test("a receiver of its own pace reads one trigger's notices with a durable consumer and says when it has them", async () => {
  const { url } = await startServer();
  const publisher = await publisherOf(url);
  const connection = await client(url);
  for (const id of ["a", "b"]) await publisher.send(MALL, notice(id));
  await publisher.send(noticeSubject("audience", "other"), notice("c"));
  await publisher.drain();
  const manager = await jetstreamManager(connection);
  const durable_name = "campaigns";
  await manager.consumers.add(NOTICES_STREAM, { durable_name, filter_subject: MALL, ack_policy: AckPolicy.Explicit });
  const consumer = await jetstream(connection).consumers.get(NOTICES_STREAM, durable_name);
  const read: string[] = [];
  for await (const message of await consumer.fetch({ max_messages: 5, expires: 1000 })) {
    read.push(message.json<Notice>().id);
    message.ack();
  }
  expect(read).toEqual(["a", "b"]);
});

test("what a receiver gives up is named beside the dead letters, and the notice is still there under its number", async () => {
  const { url } = await startServer();
  const publisher = await publisherOf(url);
  const connection = await client(url);
  await publisher.send(MALL, notice("a"));
  await publisher.drain();
  const manager = await jetstreamManager(connection);
  const durable_name = "broken";
  const given = { ack_policy: AckPolicy.Explicit, max_deliver: 2, ack_wait: 100_000_000 };
  await manager.consumers.add(NOTICES_STREAM, { durable_name, ...given });
  const consumer = await jetstream(connection).consumers.get(NOTICES_STREAM, durable_name);
  let delivered = 0;
  for await (const _ of await consumer.fetch({ max_messages: 4, expires: 1500 })) delivered++;
  expect(delivered).toBe(2);
  const [dead] = await dump(connection, NOTICES_DEAD_STREAM);
  const advisory = JSON.parse(Buffer.from(dead?.data ?? []).toString());
  expect(advisory).toMatchObject({ consumer: durable_name, deliveries: 2 });
  const still = await manager.streams.getMessage(NOTICES_STREAM, { seq: advisory.stream_seq });
  expect(JSON.parse(Buffer.from(still?.data ?? []).toString()).id).toBe("a");
});
