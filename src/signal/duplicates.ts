import type { Partition } from "../partition.js";
import type { Bucket } from "../time/event-buffer.js";
import { rejectKnown } from "./admit.js";

/**
 * Takes those rows out of a sorted bucket that repeat the row before them in subscriber, time, cell and kind, and rejects them. Sorting
 * has brought equal rows together, so A, B, A at one timestamp is seen as well as A, A.
 */
export function dropDuplicates(partition: Partition, bucket: Bucket): void {
  const { count, ms, slot, cell, kind } = bucket;
  let kept = 0;
  let copies = 1;
  for (let i = 0; i < count; i++) {
    const last = kept - 1;
    if (i > 0 && slot[i] === slot[last] && ms[i] === ms[last] && cell[i] === cell[last] && kind[i] === kind[last]) {
      rejectCopy(partition, bucket, i, ++copies);
      continue;
    }
    if (kept < i) moveRow(bucket, i, kept);
    kept++;
    copies = 1;
  }
  bucket.count = kept;
}

function moveRow({ ms, slot, cell, kind, reference }: Bucket, from: number, to: number): void {
  ms[to] = ms[from] as number;
  slot[to] = slot[from] as number;
  cell[to] = cell[from] as number;
  kind[to] = kind[from] as number;
  reference[to] = reference[from] as number;
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
