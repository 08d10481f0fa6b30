import type { EventBatch } from "../signal/batch.js";
import type { Delivery, Source } from "./source.js";
import { watched } from "./watched.js";

/** Times of the first and the last batches of a file; of several, so that an event of a wrong clock, which has a batch of its own, decides nothing. */
interface Span {
  readonly first: number[];
  readonly last: number[];
}

const BATCHES = 3;

/** Two files of which the one that was read first tells of later times than the other begins with. */
export interface Misplaced {
  readonly earlier: string;
  readonly beginMs: number;
  readonly readBefore: string;
  readonly endMs: number;
}

/**
 * Watches a source of files for their order. What a file tells of times that one before it has passed is refused as late, so files in the
 * wrong order lose all but one of them; whoever gave them can give them in another order.
 */
export class FileOrder {
  /** In the order in which they were read. */
  readonly #spans = new Map<string, Span>();

  /** The same source. */
  watch(source: Source): Source {
    return watched(source, (delivery) => this.#note(delivery));
  }

  /** The first file that begins by more than `latenessMs` before the end of one that was read before it; null when there is none. */
  misplaced(latenessMs: number): Misplaced | null {
    let last: { readonly file: string; readonly endMs: number } | null = null;
    for (const [file, span] of this.#spans) {
      const [beginMs, endMs] = [middle(span.first), middle(span.last)];
      if (last !== null && beginMs + latenessMs < last.endMs)
        return { earlier: file, beginMs, readBefore: last.file, endMs: last.endMs };
      if (last === null || endMs > last.endMs) last = { file, endMs };
    }
    return null;
  }

  #note({ origin, batch }: Delivery): void {
    if (batch === null || batch.count === 0) return;
    const file = origin.replace(/^file:/, "");
    const timeMs = usualTimeMs(batch);
    const span = this.#spans.get(file) ?? { first: [], last: [] };
    this.#spans.set(file, span);
    if (span.first.length < BATCHES) span.first.push(timeMs);
    span.last.push(timeMs);
    if (span.last.length > BATCHES) span.last.shift();
  }
}

/** A time of the batch that one wrong clock does not decide: the middle one of three of its rows. */
function usualTimeMs({ baseMs, offsetMs, count }: EventBatch): number {
  return baseMs + middle([1, 2, 3].map((quarter) => offsetMs[Math.floor((count * quarter) / 4)] ?? 0));
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
