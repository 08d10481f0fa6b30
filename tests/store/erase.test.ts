import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eraseSubscriber, rowsOfSubscriber } from "../../src/store/erase.js";
import { storeOfTests } from "./support.js";

const ID = "9876543210987654321";
const here = storeOfTests();

const ask = async (query: string) => (await here.store.client.query({ query, format: "TabSeparated" })).text();

/** All rows of two tables. */
const ROWS = (where: string) =>
  `SELECT * FROM (SELECT 'stays' AS name, toString(tuple(*)) AS row FROM stays ${where} UNION ALL SELECT 'anchors', toString(tuple(*)) FROM anchors ${where}) ORDER BY ALL`;

async function fill(): Promise<void> {
  for (const query of [
    `INSERT INTO stays_rows (subscriber, start, end) SELECT ${ID} + number % 3, 1767225600 + number * 3600, 1767225600 + number * 3600 + 60 FROM numbers(900)`,
    // Two versions of one row: both are removed.
    `INSERT INTO anchors_rows (subscriber, kind, rank, version) VALUES (${ID}, 'home', 1, 1)`,
    `INSERT INTO anchors_rows (subscriber, kind, rank, version) VALUES (${ID}, 'home', 1, 2), (7, 'home', 1, 2)`,
    `INSERT INTO rejected_rows (time, reason, source, raw) VALUES
      (0, 'late', 'a:1', '{"subscriber":"${ID}"}'), (0, 'late', 'a:2', '{"subscriber":"7","peer":"${ID}"}'),
      (0, 'time_ahead', 'nats:s:time_ahead:${ID}:0:x:data:1', '{}'),
      (0, 'late', 'a:3', '{"subscriber":"${ID.slice(1)}"}'), (0, 'late', 'a:4', '{"subscriber":"1${ID}"}')`,
    "CREATE TABLE IF NOT EXISTS later (subscriber UInt64, note String) ENGINE = MergeTree ORDER BY note",
    `INSERT INTO later VALUES (${ID}, 'a table that is added one day'), (7, '')`,
  ])
    await here.store.client.command({ query });
}

test("every row of a subscriber goes from every table, all versions of it, and no row of anybody else", async () => {
  await fill();
  const others = await ask(ROWS(`WHERE subscriber != ${ID}`));
  const { removed, left, replacedParts } = await eraseSubscriber(here.store.client, ID);
  expect(removed).toEqual({ anchors_rows: 2, later: 1, rejected_rows: 3, stays_rows: 300 });
  expect(Object.keys(left)).toEqual(
    expect.arrayContaining(["anchors_rows", "later", "membership_log_rows", "memberships_rows", "rejected_rows"]),
  );
  expect(Object.values(left).every((rows) => rows === 0)).toBe(true);
  expect(replacedParts).toBe(0);
  expect(await ask(ROWS(""))).toBe(others);
  expect(await ask("SELECT source FROM rejected ORDER BY 1")).toBe("a:3\na:4\n");
}, 300_000);

test("the statements leave no pseudonym behind: not in the list of mutations, nor in a file of the server", async () => {
  expect(await ask(`SELECT count() FROM system.mutations WHERE position(command, '${ID}') > 0`)).toBe("0\n");
  expect(Number(await ask("SELECT count() FROM system.mutations WHERE is_done"))).toBeGreaterThan(0);
  expect(await ask("SELECT count() FROM system.tables WHERE engine_full LIKE '%old_parts_lifetime%'")).toBe("0\n");
  if (here.server.dataDir === "") return;
  const files = readdirSync(here.server.dataDir, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const holding = files.filter((file) => readFileSync(join(file.parentPath, file.name)).includes(ID));
  // Their own pseudonyms, which begin or end like it, stand in rows of others.
  expect(holding.filter((file) => file.name.startsWith("mutation_"))).toEqual([]);
});

test("who is not there is removed at once, and told as no row in every table", async () => {
  const { removed, left } = await eraseSubscriber(here.store.client, "12345");
  expect(removed).toEqual({});
  expect(left).toEqual(await rowsOfSubscriber(here.store.client, "12345"));
});
