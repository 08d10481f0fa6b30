import type { Bucket } from "../time/event-buffer.js";

/** What one of may send what many should: a probe that repeats itself, a test phone, a column that was filled with one value. */
export const LOPSIDED = ["subscriber", "cell"] as const;
export type Lopsided = (typeof LOPSIDED)[number];

/** Events of one subscriber in a minute from which it is no person's phone. */
const SUBSCRIBER_EVENTS_MAX = 60;
/** Events of a minute from which shares of cells say something, and the share that no cell has by itself. */
const EVENTS_MIN = 100;
const CELL_SHARE_MAX = 0.5;

/** Whether in this minute, sorted by subscriber, one subscriber sent too many events, and whether one cell had most of all. */
export function lopsided({ count, slot, cell }: Bucket): Record<Lopsided, boolean> {
  let run = 0;
  let runMax = 0;
  // The one cell that may have more than half, by the majority vote of Boyer and Moore (1981).
  let candidate = 0;
  let votes = 0;
  for (let i = 0; i < count; i++) {
    run = i > 0 && slot[i] === slot[i - 1] ? run + 1 : 1;
    if (run > runMax) runMax = run;
    if (votes === 0) candidate = cell[i] as number;
    votes += cell[i] === candidate ? 1 : -1;
  }
  let there = 0;
  if (count >= EVENTS_MIN) for (let i = 0; i < count; i++) if (cell[i] === candidate) there++;
  return { subscriber: runMax > SUBSCRIBER_EVENTS_MAX, cell: there > CELL_SHARE_MAX * count && count >= EVENTS_MIN };
}
