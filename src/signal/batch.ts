/** The ten kinds of signalling event; a kind's code on the wire and in memory is its index here. */
export const KINDS = [
  "attach",
  "detach",
  "tau",
  "handover",
  "service",
  "call_out",
  "call_in",
  "sms_out",
  "sms_in",
  "data",
] as const;

/** Most rows of one batch: row numbers and dictionary indices fit 16 bits. */
export const BATCH_ROWS_MAX = 65_535;

/**
 * A batch of decoded events of one partition, in columns; row `i` is one event. Columns may be views into a received message,
 * so nobody writes into them. Every field was checked by the decoder: what a batch holds is well formed.
 */
export interface EventBatch {
  readonly count: number;
  /** Event time of row i in epoch ms is `baseMs + offsetMs[i]`. */
  readonly baseMs: number;
  readonly offsetMs: Uint32Array;
  /** Pseudonyms, two words a row: low at 2i, high at 2i + 1. */
  readonly subscriber: Uint32Array;
  /** Index into `cells` of each row. */
  readonly cell: Uint16Array;
  /** The cells named in this batch as packed keys (see identity.ts), two words each: low at 2c, high at 2c + 1. */
  readonly cells: Uint32Array;
  /** Index into KINDS. */
  readonly kind: Uint8Array;
  /** Index + 1 into `plmns` of the home PLMN, 0 where the event names none; null when no row does. */
  readonly plmn: Uint8Array | null;
  /** Packed PLMNs (see `parsePlmn`). */
  readonly plmns: Uint32Array;
  /** Type allocation code, 0 where absent; null when no row has one. */
  readonly tac: Uint32Array | null;
  /** Rows that name a peer, ascending, and the peers' pseudonyms (low, high). */
  readonly peerRow: Uint16Array;
  readonly peer: Uint32Array;
  /**
   * Number of row i at its origin: the line of the file, the row of the message. Absent when it is i. A reject found after
   * decoding names this number, so that a row which was left out does not shift the names of those behind it.
   */
  readonly rowNumber?: Uint32Array;
}
