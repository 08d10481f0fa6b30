import type { Partition } from "../partition.js";
import { eventOf, type SortedMinute } from "../time/event-buffer.js";
import { rejectKnown } from "./admit.js";

/**
 * Takes those rows out of a sorted minute that repeat the row before them in subscriber, time, cell and kind, and rejects them. Sorting
 * has brought equal rows together, so A, B, A at one timestamp is seen as well as A, A.
 */
export function dropDuplicates(partition: Partition, minute: SortedMinute): void {
  const { count, slot, word, row } = minute;
  let kept = firstCopy(minute);
  let copies = 1;
  for (let i = kept; i < count; i++) {
    if (repeats(minute, i, kept - 1)) {
      // All copies of an event are in one bucket, so their number names them whatever the deliveries that they came in.
      rejectKnown(partition, "duplicate", eventOf(minute.bucket, row[i] as number), ++copies);
      continue;
    }
    slot[kept] = slot[i] as number;
    word[kept] = word[i] as number;
    row[kept] = row[i] as number;
    kept++;
    copies = 1;
  }
  minute.count = kept;
}

/** The first that repeats the one before it, or the number of all: mostly there is none, and nothing to move. */
function firstCopy(minute: SortedMinute): number {
  const { count, slot, word } = minute;
  for (let i = 1; i < count; i++) {
    // One branch: whether the slots are alike would be guessed wrong.
    const differs = ((slot[i] as number) ^ (slot[i - 1] as number)) | ((word[i] as number) ^ (word[i - 1] as number));
    if (differs === 0 && repeats(minute, i, i - 1)) return i;
  }
  return count;
}

function repeats({ slot, word, row, bucket }: SortedMinute, i: number, other: number): boolean {
  if (slot[i] !== slot[other] || word[i] !== word[other]) return false;
  return bucket.ms[row[i] as number] === bucket.ms[row[other] as number];
}
