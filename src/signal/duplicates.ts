import type { Partition } from "../partition.js";
import type { Bucket } from "../time/event-buffer.js";
import { rejectKnown } from "./admit.js";

/**
 * Marks the rows of a sorted bucket that repeat the row before them in subscriber, time, cell and kind. Sorting has brought equal rows
 * together, so A, B, A at one timestamp is seen as well as A, A.
 *
 * @returns row numbers to keep, ascending
 */
export function withoutDuplicates(partition: Partition, bucket: Bucket): Uint32Array {
  const { count, ms, slot, cell, kind } = bucket;
  const kept = new Uint32Array(count);
  let keptCount = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0 && slot[i] === slot[i - 1] && ms[i] === ms[i - 1] && cell[i] === cell[i - 1] && kind[i] === kind[i - 1])
      rejectCopy(partition, bucket, i, i - (kept[keptCount - 1] as number) + 1);
    else kept[keptCount++] = i;
  }
  return kept.subarray(0, keptCount);
}

/** All copies of an event are in one bucket, so their number names them whatever the deliveries that they came in. */
function rejectCopy(partition: Partition, bucket: Bucket, i: number, copy: number): void {
  const event = {
    timeMs: bucket.minute * 60_000 + (bucket.ms[i] as number),
    slot: bucket.slot[i] as number,
    cell: bucket.cell[i] as number,
    kind: bucket.kind[i] as number,
    reference: bucket.reference[i] as number,
  };
  rejectKnown(partition, "duplicate", event, copy);
}
