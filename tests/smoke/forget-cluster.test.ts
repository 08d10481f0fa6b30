import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openNatsObjects } from "../../src/cluster/objects.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { type RunningNatsServer, startNatsServer } from "../../src/source/nats/server.js";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";
import { build, DERIVED, folder, lifecircle, Running, rowsOf, until } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const shared = folder();
const engines = new Set<Running>();
/** Published one after another, in the order of their times. */
const PARTS = 8;
const parts = Array.from({ length: PARTS }, (_, part) => join(city.path, `${part}.csv`));
const [GONE, KEPT] = ["460001234500001", "460001234500002"];
let nats: RunningNatsServer;
let store: EmbeddedStore;

beforeAll(async () => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(40, 6);
  for (const [part, path] of parts.entries())
    writeSignalling(path, rows.slice((part / PARTS) * rows.length, ((part + 1) / PARTS) * rows.length));
  nats = await startNatsServer({ dataDir: shared.path, port: 0 });
  store = await startEmbeddedStore({ dataDir: shared.path });
}, 60_000);

afterAll(async () => {
  for (const engine of engines) engine.crash();
  await store?.close();
  await nats?.close();
  for (const { remove } of [city, shared]) remove();
});

const environment = (name: string) => ({
  LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.3",
  LIFECIRCLE_CHECKPOINT_EVERY_SECONDS: "1",
  LIFECIRCLE_STREAM_BATCH_ROWS: "64",
  LIFECIRCLE_STREAM_MAX_BYTES_GB: "0.1",
  LIFECIRCLE_ENGINE_LEASE_SECONDS: "3",
  LIFECIRCLE_GEO_DIR: city.path,
  LIFECIRCLE_DATA_DIR: join(shared.path, name),
  LIFECIRCLE_ENGINE_PARTITIONS: "lease",
  LIFECIRCLE_STREAM_URL: nats.url,
  LIFECIRCLE_STREAM_INGEST_ENABLED: "false",
  LIFECIRCLE_STORE_URL: store.url,
});

async function started(name: string): Promise<Running> {
  const engine = new Running(["engine"], environment(name));
  engines.add(engine);
  void engine.exited.then(() => engines.delete(engine));
  await engine.says("Ctrl-C drains");
  return engine;
}

async function publish(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const args = ["publish", "--geo", city.path, "--nats", nats.url, "--in", file];
    const { code, stderr } = await lifecircle(args, { LIFECIRCLE_STREAM_BATCH_ROWS: "64" });
    expect(code, stderr).toBe(0);
  }
}

async function objectsNaming(pseudonym: string): Promise<number> {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(pseudonym));
  const connection = await connectNats({ url: nats.url }, { name: "test", retryMsMax: 2000 });
  const objects = await openNatsObjects(connection, 1);
  const names = await objects.names("");
  const all = await Promise.all(names.map((name) => objects.get(name).catch(() => Buffer.alloc(0))));
  await connection.close();
  return all.filter((content) => content.includes(bytes)).length;
}

test("while engines share a loaded stream a person is forgotten by all of them, and nothing brings that person back", async () => {
  const [gone = "", kept = ""] = await Promise.all(
    [GONE, KEPT].map(async (id) => (await lifecircle(["pseudonym", id])).stdout.trim()),
  );
  const [one, other] = await Promise.all([started("one"), started("other")]);
  await publish(parts.slice(0, 3));
  await until(async () => (await one.count(`SELECT count() FROM stays WHERE subscriber = ${gone}`)) > 2, "stays");
  await until(async () => (await objectsNaming(gone)) > 0, "a checkpoint of the person");

  const load = publish(parts.slice(3));
  const forgotten = await lifecircle(["forget", GONE, "--opt-out", "--json"], environment("anywhere"));
  expect(forgotten.code, forgotten.stderr + forgotten.stdout).toBe(0);
  const report = JSON.parse(forgotten.stdout);
  expect(report).toMatchObject({ pseudonym: gone, stateBy: "engine", nothingLeft: true, filesLeft: [] });
  expect(report.tables.removed.stays_rows).toBeGreaterThan(2);
  expect(await objectsNaming(gone)).toBe(0);
  // What it has not saved is read again by the other engine.
  one.crash();
  await load;
  await until(async () => (await other.count(`SELECT count() FROM stays WHERE subscriber = ${kept}`)) > 8, "the rest");
  await until(async () => (await lag(other)) === 0, "an empty stream");
  other.interrupt();
  expect((await other.ended).code, other.stderr).toBe(0);
  expect(other.stderr + one.stderr).not.toContain(gone);
  expect(await objectsNaming(gone)).toBe(0);
  expect(await objectsNaming(kept)).toBeGreaterThan(0);
  await store.close();
  const rows = await rowsOf(shared.path, [...DERIVED, "rejected"]);
  expect(rows.filter((row) => row.includes(gone))).toEqual([]);
}, 200_000);

/** Messages that wait, of all partitions, and none of which the other engine still holds. */
async function lag(engine: Running): Promise<number> {
  const url = /metrics +(http:\S+)/.exec(engine.stderr)?.[1] ?? "";
  const text = await (await fetch(url)).text();
  const owned = Number(/^lifecircle_owned_partitions (\d+)/m.exec(text)?.[1]);
  const waiting = [...text.matchAll(/^lifecircle_lag_messages{.*} (\d+)/gm)].map(([, count]) => Number(count));
  return owned < 4 ? Number.POSITIVE_INFINITY : waiting.reduce((sum, count) => sum + count, 0);
}
