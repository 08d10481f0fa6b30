/**
 * Why an event was not taken as it came. This one table is the set of values of the `reason` column of `rejected`, of the
 * `reason` label of the metrics, and of the counts that `replay --json` prints.
 */
export const REASONS = {
  malformed: "the row or message cannot be read at all",
  bad_time: "the time is neither ISO 8601 with an offset nor epoch milliseconds",
  bad_subscriber: "the subscriber is empty or too long",
  bad_cell: "the cell is no cgi, ecgi or ncgi name of TS 23.003",
  bad_kind: "the kind is none of the ten signalling kinds",
  bad_peer: "the peer is too long",
  bad_tac: "the type allocation code is not eight digits",
  bad_plmn: "the home PLMN is not MCC-MNC in digits",
  time_range: "the time lies before 2000 or after now",
  time_ahead: "the time lies ahead of the stream and no other event confirms it",
  late: "the event came after the watermark had passed it",
  unknown_cell: "the cell is not in the reference data",
  expired_cell: "the cell was not in service at that time",
  duplicate: "the same subscriber, time, cell and kind came before",
  teleport: "no vehicle could have made this move",
} as const;

export type Reason = keyof typeof REASONS;

export const REASON_NAMES = Object.keys(REASONS) as Reason[];

/** One event that was not taken. `raw` never holds a raw subscriber id: identities in it are pseudonyms or left out. */
export interface Reject {
  readonly reason: Reason;
  /** Event time in epoch ms where it could be read, else null (the store then writes the time of receipt). */
  readonly timeMs: number | null;
  /** Where it came from: `file:PATH:LINE`, `nats:SUBJECT:SEQUENCE:ROW`. Same input, same text, so that a replay repeats it. */
  readonly source: string;
  readonly raw: string;
}
