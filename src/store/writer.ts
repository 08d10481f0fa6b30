import type { RowSet } from "../rows.js";
import type { Store } from "./client.js";
import { anchors, devices, membershipLog, memberships, presence, rejected, stays, type TableCodec } from "./encode.js";
import { portraits, ways } from "./encode-portrait.js";
import { type KeyOf, LatestRows } from "./latest-rows.js";
import { beginRow, clear, createRowBuffer, type RowBuffer, written } from "./rowbinary.js";

export interface WriterLimits {
  /** Most rows of one insert. */
  readonly insertRowsMax: number;
  /** Size at which an insert is sent, bytes; the last row may pass it. */
  readonly insertBytesMax: number;
}

export interface StoreWriter {
  /**
   * Writes all rows; durable when it resolves. Calls wait for one another, so rows of one key keep their order. The keys
   * of the rows make it safe to repeat a call that failed half-way. Throws StoreError, `retryable` or not.
   */
  write(rows: RowSet): Promise<void>;
}

/** Each table and its rows in a set. */
export const TABLES = [
  [stays, "stays"],
  [ways, "ways"],
  [portraits, "portraits"],
  [anchors, "anchors"],
  // Who follows the log finds the membership that a change of it speaks of.
  [memberships, "memberships"],
  [membershipLog, "membershipLog"],
  [presence, "presence"],
  [devices, "devices"],
  [rejected, "rejected"],
] as const satisfies readonly (readonly [TableCodec<never>, keyof RowSet])[];

/** Asked before each insert and each further try of it, which is not made when it rejects; the call then rejects with that. */
type Before = () => Promise<void>;
export type Inserts = Pick<Store, "insertRowBinary">;

export function createStoreWriter(store: Inserts, limits: WriterLimits, before?: Before): StoreWriter {
  const waiting = createRowBuffer();
  return {
    write: oneAfterAnother(async (rows) => {
      for (const [codec, key] of TABLES) {
        const table = new TableWriter({ store, codec, limits, before, waiting });
        await table.add(rows[key]);
        await table.flush();
      }
    }),
  };
}

/** Each call begins when the one before it has ended, well or not. */
export function oneAfterAnother(writeAll: StoreWriter["write"]): StoreWriter["write"] {
  let last: Promise<void> = Promise.resolve();
  return (rows) => {
    const mine = last.then(() => writeAll(rows));
    last = mine.catch(() => {});
    return mine;
  };
}

export interface TableWriterParts {
  readonly store: Inserts;
  readonly codec: TableCodec<never>;
  readonly limits: WriterLimits;
  readonly before?: Before | undefined;
  readonly waiting?: RowBuffer;
  /** Where it is given, a row replaces one with its key that still waits. */
  readonly keyOf?: KeyOf | undefined;
}

/** Rows of one table on their way into inserts. */
export class TableWriter {
  private readonly parts: TableWriterParts;
  private readonly waiting: RowBuffer;
  private readonly latest: LatestRows | null;
  private rows = 0;

  constructor(parts: TableWriterParts) {
    const { waiting = createRowBuffer(), keyOf } = parts;
    this.parts = parts;
    this.waiting = waiting;
    this.latest = keyOf === undefined ? null : new LatestRows(waiting, keyOf);
  }

  /** Encodes the rows, and inserts whenever a limit is reached. */
  async add(rows: { readonly length: number }): Promise<void> {
    const { waiting, latest } = this;
    const { codec, limits } = this.parts;
    for (let at = 0; at < rows.length; at++) {
      const start = waiting.length;
      beginRow(waiting);
      codec.encode(waiting, rows as never, at);
      latest?.add(rows as never, at, start);
      if (++this.rows >= limits.insertRowsMax || waiting.length >= limits.insertBytesMax) await this.makeRoom();
    }
  }

  /** Inserts, or leaves out what was replaced where that is as good. */
  private async makeRoom(): Promise<void> {
    const { latest, waiting } = this;
    if (latest === null || latest.replacedBytes < waiting.length / 2) return this.flush();
    latest.compact();
    this.rows = latest.count;
    const { limits } = this.parts;
    if (this.rows >= limits.insertRowsMax || waiting.length >= limits.insertBytesMax) await this.flush();
  }

  async flush(): Promise<void> {
    const { waiting, latest } = this;
    const { store, codec, before } = this.parts;
    latest?.compact();
    if (this.rows > 0) await store.insertRowBinary(codec.table, codec.columns, written(waiting), before);
    this.rows = 0;
    latest?.forget();
    clear(waiting);
  }
}
