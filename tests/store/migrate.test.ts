import { expect, test } from "vitest";
import { eraseSubscriber } from "../../src/store/erase.js";
import { migrate } from "../../src/store/migrate.js";
import { storeOfTests } from "./support.js";

const here = storeOfTests();

const insert = (subscriber: number, circle: string, version: number, gone = 0) =>
  here.store.client.insert({
    table: "memberships_rows",
    values: [
      { subscriber, circle, dimension: "behaviour", score: 0.5, since: 1, seen: 1, evidence: "{}", version, gone },
    ],
    format: "JSONEachRow",
  });

async function peopleOf(table: string): Promise<string[]> {
  const query = `SELECT concat(toString(subscriber), ' ', circle, ' ', toString(version)) AS row FROM ${table} FINAL ORDER BY row`;
  const answer = await here.store.client.query({ query, format: "JSONEachRow" });
  return (await answer.json<{ row: string }>()).map(({ row }) => row);
}

const both = async () => [await peopleOf("memberships_rows"), await peopleOf("memberships_by_person_rows")];

test("the memberships in the order of people are those in the order of circles, replaced, left, erased, and of before the table was", async () => {
  for (const subscriber of [1, 2, 3]) await insert(subscriber, "film", 1);
  await insert(1, "film", 2);
  await insert(2, "film", 2, 1);
  const left = ["1 film 2", "3 film 1"];
  expect(await both()).toEqual([left, left]);
  await eraseSubscriber(here.store.client, "3");
  expect(await both()).toEqual([["1 film 2"], ["1 film 2"]]);
  for (const query of [
    "DROP VIEW memberships_to_person",
    "DROP TABLE memberships_by_person_rows",
    "ALTER TABLE schema_migrations DELETE WHERE number = 9 SETTINGS mutations_sync = 1",
  ])
    await here.store.client.command({ query });
  for (const subscriber of [10, 11, 12, 13]) await insert(subscriber, "of-before", 1);
  await migrate(here.store.client);
  await migrate(here.store.client);
  await insert(14, "later", 1);
  const all = ["1 film 2", "10 of-before 1", "11 of-before 1", "12 of-before 1", "13 of-before 1", "14 later 1"];
  expect(await both()).toEqual([all, all]);
});
