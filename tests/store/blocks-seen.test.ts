import { expect, test } from "vitest";
import { blocksSeen, isNewer, NOT_SEEN } from "../../src/store/blocks-seen.js";
import { numberOf } from "../../src/store/pseudonyms.js";
import { storeOfTests } from "./support.js";

const here = storeOfTests();

const insert = (subscriber: number, time: number) =>
  here.store.client.insert({
    table: "membership_log_rows",
    values: [{ subscriber, circle: "film", dimension: "preference", change: "entered", version: 1, time }],
    format: "JSONEachRow",
  });

const notSeen = (seen: Readonly<Record<string, number>>) =>
  here.store.client
    .query({
      query: `SELECT groupUniqArray(subscriber) AS people FROM membership_log_rows WHERE ${NOT_SEEN}`,
      query_params: { seen },
      format: "JSONEachRow",
    })
    .then((answer) => answer.json<{ people: number[] }>())
    .then(([row]) => row?.people.sort());

test("only what was inserted since is not seen, in old months and new ones, also when the parts have been merged", async () => {
  const january = Date.UTC(2026, 0, 5) / 1000;
  const march = Date.UTC(2026, 2, 5) / 1000;
  await insert(1, january);
  await insert(2, january);
  const seen = await blocksSeen(here.store.client);
  expect(await notSeen(seen.log)).toEqual([]);
  expect(await notSeen({})).toEqual([1, 2]);
  await insert(3, january);
  await insert(4, march);
  expect(await notSeen(seen.log)).toEqual([3, 4]);
  await here.store.client.command({ query: "OPTIMIZE TABLE membership_log_rows FINAL" });
  expect(await numberOf(here.store.client, "SELECT count() FROM membership_log_rows")).toBe(4);
  expect(await notSeen(seen.log)).toEqual([3, 4]);
  expect(await notSeen((await blocksSeen(here.store.client)).log)).toEqual([]);
});

test("there is something new where an insert came, in a partition that was there or not, and where nobody may know", () => {
  expect(isNewer({ a: 3, b: 1 }, { a: 3, b: 1 })).toBe(false);
  expect(isNewer({ a: 4, b: 1 }, { a: 3, b: 1 })).toBe(true);
  expect(isNewer({ a: 3, b: 0 }, { a: 3 })).toBe(true);
  // A partition that is gone brings nothing.
  expect(isNewer({ a: 3 }, { a: 3, b: 1 })).toBe(false);
  expect(isNewer({}, { a: 3 })).toBe(true);
});
