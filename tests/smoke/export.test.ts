import { createHash } from "node:crypto";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLOUD_EVENT } from "../../src/source/nats/cloud-events.js";
import { NOTICES_STREAM } from "../../src/source/nats/subjects.js";
import { openStore, type Store } from "../../src/store/client.js";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";
import { client, dump, startServer } from "../source/nats/harness.js";
import { testOptions } from "../store/support.js";
import { build, folder, lifecircle } from "./lifecircle.js";

const dir = folder();
const data = join(dir.path, "data");
let server: EmbeddedStore;
let store: Store;

beforeAll(async () => {
  build();
  server = await startEmbeddedStore({ dataDir: data });
  store = await openStore(testOptions(server.url, { database: "lifecircle" }));
  await store.client.command({
    query: `INSERT INTO memberships_rows (subscriber, dimension, circle, score, since, seen, evidence, version, gone)
SELECT 1000 + number, 'preference', 'film', 0.9, 1767571200, 1767571200, '', 1, 0 FROM numbers(30)`,
  });
});
afterAll(async () => {
  await store.close();
  await server.close();
  dir.remove();
});

const exported = (args: readonly string[], env = {}) =>
  lifecircle(["export", ...args, "--purpose", "tests", "--data", data, "--json"], env);

test("an audience is exported to a file, which goes on where it broke off, and to NATS, without who opted out; the audit log has it", async () => {
  writeFileSync(join(data, "opt-out.txt"), "pseudonym:1004\n");
  const file = join(dir.path, "film.csv");
  const made = await exported(["film", "--out", file]);
  expect(made.code, made.stderr).toBe(0);
  const { export: id, people, bytes, sha256, asOf } = JSON.parse(made.stdout);
  const whole = readFileSync(file);
  const wanted = Array.from({ length: 30 }, (_, n) => 1000 + n).filter((one) => one !== 1004);
  expect(whole.toString()).toBe(`subscriber\n${wanted.join("\n")}\n`);
  expect({ people, bytes, asOf }).toEqual({ people: 29, bytes: whole.length, asOf: "1970-01-01T00:00:00.000Z" });
  expect(sha256).toBe(createHash("sha256").update(whole).digest("hex"));
  expect(statSync(file).mode & 0o777).toBe(0o600);

  truncateSync(file, 40);
  expect((await exported(["--resume", id, "--out", file])).code).toBe(0);
  expect(readFileSync(file).equals(whole)).toBe(true);

  writeFileSync(file, "something else");
  const refused = await exported(["--resume", id, "--out", file]);
  expect([refused.code, readFileSync(file, "utf8")]).toEqual([1, "something else"]);
  expect(refused.stderr).toContain("is no part of the export");

  const { url } = await startServer();
  const published = await exported(["--resume", id, "--publish"], { LIFECIRCLE_STREAM_URL: url });
  expect(published.code, published.stderr).toBe(0);
  const [event] = await dump(await client(url), NOTICES_STREAM);
  expect(CLOUD_EVENT.parse(JSON.parse(Buffer.from(event?.data ?? []).toString()))).toMatchObject({
    type: "lifecircle.export.people.v1",
    data: { export: id, message: 1, messages: 1, subscribers: wanted.map(String) },
  });

  const audit = await store.client.query({
    query: "SELECT operation, purpose, people FROM audit ORDER BY time",
    format: "JSONEachRow",
  });
  // The refused one too: it is written down before anything is handed on.
  expect(await audit.json()).toEqual(Array(4).fill({ operation: "export", purpose: "tests", people: 29 }));
});

test("fewer than k people are not exported", async () => {
  const { code, stderr } = await exported(["film and not film", "--out", join(dir.path, "nobody.csv")]);
  expect(code).toBe(1);
  expect(stderr).toContain("fewer than 15 people are in it");
});

test("wrong usage ends with 2", async () => {
  expect((await exported(["film"])).code).toBe(2);
});
