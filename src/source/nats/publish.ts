import { createHash } from "node:crypto";
import type { Reason } from "../../signal/reason.js";
import { encodeColumnar, encodeWatermark } from "../../signal/wire.js";
import type { Delivery } from "../source.js";
import { deadRows } from "./dead-letter.js";
import { messageId, type OrderedPublisher, type OutgoingMessage } from "./ordered-publisher.js";
import { partitionSubject } from "./subjects.js";

/** What was published so far. */
export interface PublishTotals {
  events: number;
  /** Messages of batches and watermarks; the dead letters not counted. */
  messages: number;
  rejected: Partial<Record<Reason, number>>;
}

/**
 * Publishes the deliveries of a source: a columnar message a batch, in their order a partition, so that a reader of the stream
 * gets the same rows in the same order as a reader of the source; rejected rows go to the dead letters. The totals given are
 * counted up on the way. Ends when everything is acknowledged.
 *
 * A message is named by its place in its origin and by its bytes: the same files published again within the deduplication window
 * are stored once, and a partition's closing message is named by all that was published before it.
 */
export async function publishDeliveries(
  deliveries: AsyncIterable<Delivery>,
  publisher: OrderedPublisher,
  totals: PublishTotals,
): Promise<void> {
  try {
    await publishAll(deliveries, publisher, totals);
  } finally {
    // Also when a file breaks off: what was read of it is to be in the stream.
    await publisher.drain();
  }
}

async function publishAll(
  deliveries: AsyncIterable<Delivery>,
  publisher: OrderedPublisher,
  totals: PublishTotals,
): Promise<void> {
  const names = new MessageNames();
  for await (const delivery of deliveries) {
    for (const letter of deadRows(delivery.rejects, delivery)) await publisher.send(letter);
    for (const { reason } of delivery.rejects) totals.rejected[reason] = (totals.rejected[reason] ?? 0) + 1;
    const message = messageOf(delivery, names);
    if (message === null) continue;
    await publisher.send(message);
    totals.messages++;
    totals.events += delivery.batch?.count ?? 0;
  }
}

function messageOf(delivery: Delivery, names: MessageNames): OutgoingMessage | null {
  const { batch, watermarkMs, partition } = delivery;
  if (batch === null && watermarkMs === null) return null;
  const payload = batch === null ? encodeWatermark(watermarkMs ?? 0) : encodeColumnar(batch, watermarkMs);
  return { subject: partitionSubject(partition), payload, id: names.next(delivery, payload) };
}

interface PartitionNames {
  origin: string;
  numberInOrigin: number;
  chain: string;
}

class MessageNames {
  readonly #partitions = new Map<number, PartitionNames>();

  next(delivery: Delivery, payload: Uint8Array): string {
    const names = this.#partitions.get(delivery.partition) ?? { origin: "", numberInOrigin: 0, chain: "" };
    this.#partitions.set(delivery.partition, names);
    if (names.origin !== delivery.origin) {
      names.origin = delivery.origin;
      names.numberInOrigin = 0;
    }
    names.numberInOrigin++;
    const place = delivery.batch === null ? `after ${names.chain}` : String(names.numberInOrigin);
    const id = messageId(`publish:${delivery.partition}:${place}`, payload);
    names.chain = createHash("sha256").update(names.chain).update(id).digest("base64url");
    return id;
  }
}
