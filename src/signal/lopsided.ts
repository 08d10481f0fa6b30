import type { SortedMinute } from "../time/event-buffer.js";
import { cellOf } from "../time/event-word.js";

/** What one of may send what many should: a probe that repeats itself, a test phone, a column that was filled with one value. */
export const LOPSIDED = ["subscriber", "cell"] as const;
export type Lopsided = (typeof LOPSIDED)[number];

/** Events of one subscriber in a minute from which it is no person's phone. */
const SUBSCRIBER_EVENTS_MAX = 60;
/** Events of a minute from which shares of cells say something, and the share that no cell has by itself. */
const EVENTS_MIN = 100;
const CELL_SHARE_MAX = 0.5;

/** Whether in this minute one subscriber sent too many events, and whether one cell had most of all. */
export function lopsided({ count, slot, word }: SortedMinute): Record<Lopsided, boolean> {
  // The one cell that may have more than half, by the majority vote of Boyer and Moore (1981).
  let candidate = 0;
  let votes = 0;
  for (let i = 0; i < count; i++) {
    const cell = cellOf(word[i] as number);
    if (votes === 0) candidate = cell;
    votes += cell === candidate ? 1 : -1;
  }
  // A cell with more than half of all has votes left.
  const isOneCell = votes > 0 && count >= EVENTS_MIN && countOf(candidate, word, count) > CELL_SHARE_MAX * count;
  return { subscriber: hasLongRun(slot, count), cell: isOneCell };
}

/** Slots are sorted, so those of a subscriber with too many events are alike over so far. */
function hasLongRun(slot: Uint32Array, count: number): boolean {
  for (let i = SUBSCRIBER_EVENTS_MAX; i < count; i++) if (slot[i] === slot[i - SUBSCRIBER_EVENTS_MAX]) return true;
  return false;
}

function countOf(cell: number, word: Uint32Array, count: number): number {
  let there = 0;
  for (let i = 0; i < count; i++) if (cellOf(word[i] as number) === cell) there++;
  return there;
}
