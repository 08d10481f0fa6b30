import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { startNatsServer } from "../../../src/source/nats/server.js";
import { ensureStreams, readPartitions, streamsBytesMax } from "../../../src/source/nats/streams.js";
import { DEAD_STREAM, JSON_STREAM, SIGNALLING_STREAM } from "../../../src/source/nats/subjects.js";
import { client, later, STREAMS, startServer, tempDir } from "./harness.js";

test("the streams are made with their limits on disk, and follow a changed configuration", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  expect(await readPartitions(connection)).toBeNull();
  await ensureStreams(connection, STREAMS);
  const manager = await jetstreamManager(connection);
  const config = async (stream: string) => (await manager.streams.info(stream)).config;
  expect(await config(SIGNALLING_STREAM)).toMatchObject({
    subjects: ["signalling.v1.*"],
    storage: "file",
    retention: "limits",
    max_bytes: STREAMS.maxBytes,
    max_age: STREAMS.maxAgeMs * 1e6,
  });
  expect(await config(JSON_STREAM)).toMatchObject({
    retention: "workqueue",
    discard: "new",
    max_bytes: STREAMS.maxBytes / 4,
  });
  expect(await config(DEAD_STREAM)).toMatchObject({
    subjects: ["signalling.dead.v1"],
    max_bytes: STREAMS.maxBytes / 16,
  });
  await ensureStreams(connection, { ...STREAMS, maxBytes: 2 * STREAMS.maxBytes, maxAgeMs: 60_000 });
  expect(await config(SIGNALLING_STREAM)).toMatchObject({ max_bytes: 2 * STREAMS.maxBytes, max_age: 60e9 });
  expect(await readPartitions(connection)).toBe(STREAMS.partitions);
});

test("streams that the server has no room for are an error that says which limit to change", async () => {
  const server = await startNatsServer({ dataDir: tempDir(), storeBytesMax: streamsBytesMax(STREAMS) });
  later(() => server.close());
  const connection = await client(server.url);
  await ensureStreams(connection, STREAMS);
  const larger = { ...STREAMS, maxBytes: 2 * STREAMS.maxBytes };
  await expect(ensureStreams(connection, larger)).rejects.toThrow(
    /no room for streams of this size.*lower stream.maxBytesGb/s,
  );
});

test("a stream of that name that somebody else made is left alone", async () => {
  const { url } = await startServer();
  const connection = await client(url);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: SIGNALLING_STREAM, subjects: ["other.>"] });
  await expect(ensureStreams(connection, STREAMS)).rejects.toThrow(/was not made by lifecircle/);
  expect((await manager.streams.info(SIGNALLING_STREAM)).config.subjects).toEqual(["other.>"]);
});
