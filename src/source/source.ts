import type { EventBatch } from "../signal/batch.js";
import type { Reject } from "../signal/reason.js";

/** What a source hands over at once: the events of one message (or one stretch of a file) of one partition. */
export interface Delivery {
  readonly partition: number;
  /** Stream sequence of the message, or the running number of the delivery for a file; grows within a partition. */
  readonly sequence: number;
  /** Names the origin up to the row, as `nats:SUBJECT:SEQUENCE` or `file:PATH`; rejects found later append their row to it. */
  readonly origin: string;
  /** Null when no row of the message could be read. */
  readonly batch: EventBatch | null;
  /** Rows that could not be read, already with pseudonyms. */
  readonly rejects: readonly Reject[];
  /** The sender says that nothing older than this will follow in this partition; Infinity closes every window. Null: says nothing. */
  readonly watermarkMs: number | null;
  /** Wall clock of receipt, epoch ms. */
  readonly receivedMs: number;
  /** Wall clock of the stream when it took the message, epoch ms; absent for files. */
  readonly sentMs?: number;
  /** Messages of this partition that still wait in the stream; 0 for files. */
  readonly pendingMessages: number;
}

/**
 * A source is pulled: the next delivery is fetched when the engine asks for it, so a slow engine holds the source back and
 * nothing piles up in between. Delivery guarantee: at least once from the positions given at `open`.
 */
export interface Source {
  /**
   * Deliveries after the given sequence of each partition (exclusive; a partition that is absent starts at its beginning).
   *
   * @param sentMs when the stream took the messages of these sequences, as far as it is known: by this one stream is told from another
   */
  deliveries(after: ReadonlyMap<number, number>, sentMs?: ReadonlyMap<number, number | null>): AsyncIterable<Delivery>;
  /** Everything up to and including these sequences is safe in a checkpoint and need not be delivered again. */
  acknowledge(upTo: ReadonlyMap<number, number>): Promise<void>;
  /** Ends `deliveries` after the one in hand. */
  close(): Promise<void>;
}
