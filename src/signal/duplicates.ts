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
    if (i > 0 && slot[i] === slot[i - 1] && ms[i] === ms[i - 1] && cell[i] === cell[i - 1] && kind[i] === kind[i - 1]) {
      const timeMs = bucket.minute * 60_000 + (ms[i] as number);
      rejectKnown(
        partition,
        "duplicate",
        timeMs,
        slot[i] as number,
        cell[i] as number,
        kind[i] as number,
        bucket.reference[i] as number,
      );
    } else kept[keptCount++] = i;
  }
  return kept.subarray(0, keptCount);
}
