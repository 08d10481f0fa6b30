import type { RowSet } from "../rows.js";
import type { Store } from "./client.js";
import { anchors, devices, membershipLog, memberships, presence, rejected, stays, type TableCodec } from "./encode.js";
import { portraits, ways } from "./encode-portrait.js";
import { beginRow, createRowBuffer, type RowBuffer, written } from "./rowbinary.js";

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

/** @param before asked before each insert and each further try of it, which is not made when it rejects; the call then rejects with that */
export function createStoreWriter(
  store: Pick<Store, "insertRowBinary">,
  limits: WriterLimits,
  before?: () => Promise<void>,
): StoreWriter {
  const asking = {
    insertRowBinary: (table: string, columns: readonly string[], rows: Uint8Array) =>
      store.insertRowBinary(table, columns, rows, before),
  };
  const buffer = createRowBuffer();
  let last: Promise<void> = Promise.resolve();

  async function writeAll(rows: RowSet): Promise<void> {
    await writeTable(asking, limits, buffer, stays, rows.stays);
    await writeTable(asking, limits, buffer, ways, rows.ways);
    await writeTable(asking, limits, buffer, portraits, rows.portraits);
    await writeTable(asking, limits, buffer, anchors, rows.anchors);
    await writeTable(asking, limits, buffer, membershipLog, rows.membershipLog);
    await writeTable(asking, limits, buffer, memberships, rows.memberships);
    await writeTable(asking, limits, buffer, presence, rows.presence);
    await writeTable(asking, limits, buffer, devices, rows.devices);
    await writeTable(asking, limits, buffer, rejected, rows.rejected);
  }
  return {
    write(rows) {
      const mine = last.then(() => writeAll(rows));
      last = mine.catch(() => {});
      return mine;
    },
  };
}

async function writeTable<Row>(
  store: Pick<Store, "insertRowBinary">,
  limits: WriterLimits,
  buffer: RowBuffer,
  codec: TableCodec<Row>,
  rows: readonly Row[],
): Promise<void> {
  let from = 0;
  while (from < rows.length) {
    const to = encodeRows(buffer, codec, rows, from, limits);
    await store.insertRowBinary(codec.table, codec.columns, written(buffer));
    from = to;
  }
}

/** Encodes rows from `from` on until a limit is reached; returns the first row left. */
export function encodeRows<Row>(
  buffer: RowBuffer,
  codec: TableCodec<Row>,
  rows: readonly Row[],
  from: number,
  limits: WriterLimits,
): number {
  const to = Math.min(rows.length, from + limits.insertRowsMax);
  buffer.length = 0;
  let row = from;
  while (row < to && buffer.length < limits.insertBytesMax) {
    beginRow(buffer);
    codec.encode(buffer, rows[row] as Row);
    row++;
  }
  return row;
}
