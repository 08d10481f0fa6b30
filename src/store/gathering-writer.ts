import { type AnchorRow, emptyRowSet, type MembershipRow, type RowSet, type Subscriber } from "../rows.js";
import * as codecs from "./encode.js";
import type { KeyOf } from "./latest-rows.js";
import { type Inserts, oneAfterAnother, type StoreWriter, TABLES, TableWriter, type WriterLimits } from "./writer.js";

/** A writer whose rows are durable once `flush` has resolved. */
export interface GatheringWriter extends StoreWriter {
  flush(): Promise<void>;
}

/** Of these a day brings everybody's anew: all but the last version of what waits would be inserted for nothing. */
const KEYS: Partial<Record<keyof RowSet, KeyOf>> = {
  portraits: (rows: readonly Subscriber[], at) => subscriberKey(rows[at] as Subscriber),
  anchors: (rows: readonly AnchorRow[], at) => {
    const row = rows[at] as AnchorRow;
    return `${subscriberKey(row)} ${row.kind} ${row.rank}`;
  },
  memberships: (rows: readonly MembershipRow[], at) => {
    const row = rows[at] as MembershipRow;
    return `${subscriberKey(row)} ${row.circle}`;
  },
};

/** The last answer: what is told of somebody at a close comes together. */
const KEY = { hi: 0, lo: 0, text: "0 0" };

function subscriberKey({ subscriberHi: hi, subscriberLo: lo }: Subscriber): string {
  if (KEY.hi !== hi || KEY.lo !== lo) {
    KEY.hi = hi;
    KEY.lo = lo;
    KEY.text = `${hi} ${lo}`;
  }
  return KEY.text;
}

/**
 * Lets rows wait, encoded, until they fill an insert: few large inserts cost the store half of what many small ones do. For who begins
 * anew after a crash.
 */
export function createGatheringWriter(store: Inserts, limits: WriterLimits): GatheringWriter {
  const memberships = new TableWriter({ store, codec: codecs.memberships, limits, keyOf: KEYS.memberships });
  // Who follows the log finds the membership that a change of it speaks of.
  const before = () => memberships.flush();
  const log = new TableWriter({ store, codec: codecs.membershipLog, limits, before });
  const special: Partial<Record<keyof RowSet, TableWriter>> = { memberships, membershipLog: log };
  const tables = TABLES.map(([codec, key]) => ({
    key,
    table: special[key] ?? new TableWriter({ store, codec, limits, keyOf: KEYS[key] }),
  }));
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
