import { expect, test } from "vitest";
import { emptyRowSet, type MembershipRow, type PresenceRow, PresenceRows } from "../../src/rows.js";
import { createGatheringWriter } from "../../src/store/gathering-writer.js";
import { storeOfTests } from "./support.js";

const here = storeOfTests();

const ROWS = 130;
const presenceOf = (at: number): PresenceRow => ({
  ...{ slotMs: at * 900_000, h3Hi: 1, h3Lo: 2, region: "W", circle: "", partition: 0, subscribers: 1 },
});
const membership: MembershipRow = {
  ...{ subscriberHi: 0, subscriberLo: 4, dimension: "region", circle: "gathered", score: 0, sinceMs: 0, seenMs: 0 },
  ...{ evidence: "{}", versionMs: 1, gone: false },
};

test("rows that are gathered go into an insert when they fill one, the rest at a flush; of those that replace each other the last does", async () => {
  const tables: string[] = [];
  const telling = {
    insertRowBinary: async (table: string, columns: readonly string[], rows: Uint8Array) => {
      tables.push(table);
      await here.store.insertRowBinary(table, columns, rows);
    },
  };
  const gathering = createGatheringWriter(telling, { insertRowsMax: 100, insertBytesMax: 1e6 });
  for (let at = 0; at < ROWS; at++)
    await gathering.write({
      ...emptyRowSet(),
      memberships: [{ ...membership, score: at / ROWS }],
      presence: PresenceRows.of([presenceOf(at)]),
    });
  expect(tables).toEqual(["presence_rows"]);
  await gathering.flush();
  expect(tables.slice(1)).toEqual(["memberships_rows", "presence_rows"]);
  await gathering.flush();
  expect(tables).toHaveLength(3);
  const answer = await here.store.client.query({
    query:
      "SELECT (SELECT count() FROM presence) AS windows, (SELECT count() FROM memberships_rows) AS rows, round(score * 130) AS latest FROM memberships",
    format: "JSONEachRow",
  });
  expect(await answer.json()).toEqual([{ windows: ROWS, rows: 1, latest: ROWS - 1 }]);
});

test("a change of the log is inserted after the membership that it speaks of, also where only the log fills an insert", async () => {
  const tables: string[] = [];
  const noting = {
    insertRowBinary: async (table: string, _: readonly string[], __: Uint8Array, before?: () => Promise<void>) => {
      await before?.();
      tables.push(table);
    },
  };
  const gathering = createGatheringWriter(noting, { insertRowsMax: 100, insertBytesMax: 1e6 });
  const entered = { ...membership, change: "entered" as const };
  await gathering.write({ ...emptyRowSet(), memberships: [membership], membershipLog: Array(100).fill(entered) });
  expect(tables).toEqual(["memberships_rows", "membership_log_rows"]);
});
