import { emptyRowSet, type RowSet } from "../rows.js";
import * as codecs from "./encode.js";
import { type Inserts, oneAfterAnother, type StoreWriter, TABLES, TableWriter, type WriterLimits } from "./writer.js";

/** A writer whose rows are durable once `flush` has resolved. */
export interface GatheringWriter extends StoreWriter {
  flush(): Promise<void>;
}

/**
 * Lets rows wait, encoded, until they fill an insert: few large inserts cost the store half of what many small ones do. For who begins
 * anew after a crash.
 */
export function createGatheringWriter(store: Inserts, limits: WriterLimits): GatheringWriter {
  const memberships = new TableWriter(store, codecs.memberships, limits);
  // Who follows the log finds the membership that a change of it speaks of.
  const log = new TableWriter(store, codecs.membershipLog, limits, () => memberships.flush());
  const special: Partial<Record<keyof RowSet, TableWriter>> = { memberships, membershipLog: log };
  const tables = TABLES.map(([codec, key]) => ({ key, table: special[key] ?? new TableWriter(store, codec, limits) }));
  const write = oneAfterAnother(async (rows) => {
    for (const { key, table } of tables) await table.add(rows[key]);
  });
  return {
    write,
    async flush() {
      await write(emptyRowSet());
      for (const { table } of tables) await table.flush();
    },
  };
}
