import type { EventBatch } from "../../signal/batch.js";
import type { DecodedMessage } from "../../signal/decoded.js";
import { partitionOf } from "../../signal/identity.js";
import type { Reject } from "../../signal/reason.js";

export interface PartitionPlace {
  readonly origin: string;
  readonly partition: number;
  readonly partitions: number;
}

/**
 * Refuses a message that holds a subscriber of another partition: its producer counts partitions otherwise, and two engines would
 * each know half of a person.
 */
export function inPartition(decoded: DecodedMessage, place: PartitionPlace): DecodedMessage {
  if (decoded.batch === null) return decoded;
  const row = strayRow(decoded.batch, place);
  if (row < 0) return decoded;
  const fault = `row ${row} does not belong to partition ${place.partition} of ${place.partitions}`;
  const reject: Reject = { reason: "malformed", timeMs: null, source: place.origin, raw: JSON.stringify({ fault }) };
  return { batch: null, rejects: [reject], watermarkMs: null };
}

function strayRow(batch: EventBatch, place: PartitionPlace): number {
  const { subscriber, count } = batch;
  for (let row = 0; row < count; row++) {
    const partition = partitionOf(subscriber[2 * row + 1] as number, subscriber[2 * row] as number, place.partitions);
    if (partition !== place.partition) return row;
  }
  return -1;
}
