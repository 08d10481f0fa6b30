import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksSeen, NOT_SEEN } from "../../src/store/blocks-seen.js";
import { openStore, type Store } from "../../src/store/client.js";
import { numberOf } from "../../src/store/pseudonyms.js";
import { startTestServer, type TestServer, testOptions } from "./support.js";

let server: TestServer;
let store: Store;

beforeAll(async () => {
  server = await startTestServer();
  store = await openStore(testOptions(server.url));
});

afterAll(async () => {
  await store.close();
  await server.close();
});

const insert = (subscriber: number, time: number) =>
  store.client.insert({
    table: "membership_log_rows",
    values: [{ subscriber, circle: "film", dimension: "preference", change: "entered", version: 1, time }],
    format: "JSONEachRow",
  });

const notSeen = (seen: Readonly<Record<string, number>>) =>
  store.client
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
  const seen = await blocksSeen(store.client);
  expect(await notSeen(seen.log)).toEqual([]);
  expect(await notSeen({})).toEqual([1, 2]);
  await insert(3, january);
  await insert(4, march);
  expect(await notSeen(seen.log)).toEqual([3, 4]);
  await store.client.command({ query: "OPTIMIZE TABLE membership_log_rows FINAL" });
  expect(await numberOf(store.client, "SELECT count() FROM membership_log_rows")).toBe(4);
  expect(await notSeen(seen.log)).toEqual([3, 4]);
  expect(await notSeen((await blocksSeen(store.client)).log)).toEqual([]);
});
