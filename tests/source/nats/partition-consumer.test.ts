import { jetstreamManager } from "@nats-io/jetstream";
import { test } from "vitest";
import { natsNodes, untilTrue } from "../../../bench/faults/processes.js";
import { natsSource } from "../../../src/source/nats/source.js";
import { ensureStreams } from "../../../src/source/nats/streams.js";
import { SIGNALLING_STREAM } from "../../../src/source/nats/subjects.js";
import { client, later, tempDir } from "./harness.js";

/** By chance all of them would lie there once in two hundred. */
const PARTITIONS = 5;

test("in a cluster the engine reads from the stream's leader, whose copy is whole", async () => {
  const nodes = await natsNodes(tempDir(), 3);
  for (const node of nodes) later(() => node.kill());
  await Promise.all(nodes.map((node) => node.start()));
  const url = nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(",");
  const connection = await client(url);
  const streams = { partitions: PARTITIONS, maxBytes: 10_000_000, maxAgeMs: 3_600_000, replicas: 3 };
  await untilTrue("the streams", () =>
    ensureStreams(connection, streams).then(
      () => true,
      () => false,
    ),
  );
  const source = natsSource({
    connection: { url },
    streams,
    messagesInFlightMax: 8,
    aheadMsMax: 0,
    connectRetryMsMax: 10_000,
    warn: () => undefined,
  });
  later(() => source.close());
  const reading = source.deliveries(new Map())[Symbol.asyncIterator]().next();
  const manager = await jetstreamManager(connection);
  // One that lies elsewhere is seen for a moment before it is made anew.
  await untilTrue("a consumer a partition, each with the stream's leader", async () => {
    const leaders: (string | undefined)[] = [];
    for await (const { cluster } of manager.consumers.list(SIGNALLING_STREAM)) leaders.push(cluster?.leader);
    const { cluster } = await manager.streams.info(SIGNALLING_STREAM);
    return leaders.length === PARTITIONS && leaders.every((leader) => leader === cluster?.leader);
  });
  await source.close();
  await reading;
});
