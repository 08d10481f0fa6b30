import type { SignalEvent } from "../signal/event.js";
import type { Reject } from "../signal/reason.js";
import type { RowContext } from "./row.js";

/** Where a reader of a format puts its rows. */
export interface RowSink {
  /** Takes the event as it is now; the caller fills the same record again for the next row. */
  add(event: SignalEvent): void;
  reject(reject: Reject): void;
}

/** A reader of a format of lines. */
export interface LineReader {
  /** Lines read so far, the header included. */
  readonly line: number;
  /** Reads whole lines, the last one ended by a line feed. */
  read(lines: Buffer, context: RowContext): void;
  /** Takes note of a line that was too long to be kept. */
  oversize(bytes: number): void;
}
