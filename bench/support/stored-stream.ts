import { connectNats } from "../../src/source/nats/connect.js";
import { OrderedPublisher } from "../../src/source/nats/ordered-publisher.js";
import { publishDeliveries } from "../../src/source/nats/publish.js";
import { startNatsServer } from "../../src/source/nats/server.js";
import { natsSource } from "../../src/source/nats/source.js";
import { ensureStreams } from "../../src/source/nats/streams.js";
import type { Source } from "../../src/source/source.js";

const STREAM_BYTES_MAX = 8e9;
const HOUR_MS = 3_600_000;

/** Calls `work` with a stream on disk, of a NATS server of its own, in which all of a source lies as batches; it ends where the source did. */
export async function withStoredStream<T>(
  dataDir: string,
  partitions: number,
  given: Source,
  work: (stored: Source) => Promise<T>,
): Promise<T> {
  const server = await startNatsServer({ dataDir });
  const streams = { partitions, maxBytes: STREAM_BYTES_MAX, maxAgeMs: HOUR_MS };
  try {
    const connection = await connectNats({ url: server.url }, { name: "bench", retryMsMax: 1000 });
    try {
      await ensureStreams(connection, streams);
      const publisher = new OrderedPublisher(connection, { inFlightMax: 64, retryMsMax: 10_000, warn: console.error });
      const totals = { events: 0, messages: 0, rejected: {} };
      await publishDeliveries(given.deliveries(new Map()), publisher, totals);
    } finally {
      await connection.close();
    }
    const source = natsSource({
      connection: { url: server.url },
      streams,
      messagesInFlightMax: 64,
      aheadMsMax: 0,
      connectRetryMsMax: 1000,
      warn: console.error,
    });
    return await work(untilClosed(source, partitions));
  } finally {
    await server.close();
  }
}

/** A stream has no end; what was published ends with a delivery a partition that closes it. */
function untilClosed(source: Source, partitions: number): Source {
  return {
    ...source,
    async *deliveries(after) {
      let closed = 0;
      for await (const delivery of source.deliveries(after)) {
        yield delivery;
        if (delivery.watermarkMs === Number.POSITIVE_INFINITY && ++closed === partitions) return;
      }
    },
  };
}
