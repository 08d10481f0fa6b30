import type { EventBatch } from "./batch.js";
import type { TimeLimits } from "./event.js";
import type { Reject } from "./reason.js";

export interface DecodeContext extends TimeLimits {
  /** Names the message in rejects, as `nats:SUBJECT:SEQUENCE`; a row's number is appended to it, counted from 0. */
  readonly origin: string;
}

export interface DecodedMessage {
  /** Null when no row could be read, or when the message has none. Columns may be views into the bytes given. */
  readonly batch: EventBatch | null;
  readonly rejects: readonly Reject[];
  /** The sender's watermark in epoch ms, Infinity when it closes the partition, null when it says nothing. */
  readonly watermarkMs: number | null;
}

/** What a form gives: its events and rejects, or the fault for which the whole message is refused. */
export type DecodedForm =
  | { readonly batch: EventBatch | null; readonly rejects: Reject[] }
  | { readonly fault: string };
