import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetInCluster } from "../../src/cli/forget-in-cluster.js";
import { openNatsObjects } from "../../src/cluster/objects.js";
import { loadConfig } from "../../src/config/load.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { type RunningNatsServer, startNatsServer } from "../../src/source/nats/server.js";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";
import { build, DERIVED, folder, lifecircle, Running, rowsOf, until } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const straight = folder();
const shared = folder();
const first = join(city.path, "first.csv");
const second = join(city.path, "second.csv");
/** The pseudonym of a person of the small city. */
const PERSON = "2127123167285056267";
const engines = new Set<Running>();
let nats: RunningNatsServer;
let store: EmbeddedStore;

beforeAll(async () => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(60, 4);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
  nats = await startNatsServer({ dataDir: shared.path, port: 0 });
  store = await startEmbeddedStore({ dataDir: shared.path });
}, 60_000);

afterAll(async () => {
  for (const engine of engines) engine.crash();
  await store?.close();
  await nats?.close();
  for (const { remove } of [city, straight, shared]) remove();
});

/** Epochs and checkpoints are small and many, so that an end at any moment finds something under way. */
const OFTEN = {
  LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.3",
  LIFECIRCLE_CHECKPOINT_EVERY_SECONDS: "1",
  LIFECIRCLE_STREAM_BATCH_ROWS: "64",
  LIFECIRCLE_ENGINE_LEASE_SECONDS: "3",
  LIFECIRCLE_STREAM_MAX_BYTES_GB: "0.1",
};

const environment = (name: string) => ({
  ...OFTEN,
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

/** What an engine says of itself. */
async function metric(engine: Running, name: string): Promise<number> {
  const url = /metrics +(http:\S+)/.exec(engine.stderr)?.[1] ?? "";
  const answer = await fetch(url).catch((error: Error) => {
    throw new Error(`${error.message}:\n${engine.stderr}`);
  });
  const text = await answer.text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

const has = (engine: Running, partitions: number) =>
  until(async () => (await metric(engine, "lifecircle_owned_partitions")) === partitions, `${partitions} partitions`);

async function publish(file: string, ...more: string[]): Promise<void> {
  const args = ["publish", "--geo", city.path, "--nats", nats.url, "--in", file, ...more];
  const { code, stderr } = await lifecircle(args, OFTEN);
  expect(code, stderr).toBe(0);
}

/** Objects that hold a pseudonym as records do. */
async function checkpointsNaming(pseudonym: string): Promise<number> {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(pseudonym));
  const connection = await connectNats({ url: nats.url }, { name: "test", retryMsMax: 2000 });
  const objects = await openNatsObjects(connection, 1);
  const all = await Promise.all(
    (await objects.names("")).map((name) => objects.get(name).catch(() => Buffer.alloc(0))),
  );
  await connection.close();
  return all.filter((content) => content.includes(bytes)).length;
}

test("engines share the partitions; one stands still past its lease, one is killed, and the tables are those of one undisturbed", async () => {
  const replay = lifecircle(
    ["replay", "--geo", city.path, "--data", straight.path, "--in", first, second, "--json"],
    OFTEN,
  );
  const [zombie, other] = await Promise.all([started("zombie"), started("other")]);
  await has(zombie, 2);
  await has(other, 2);

  await publish(first);
  await until(async () => (await metric(zombie, "lifecircle_events_total")) > 500, "events");
  process.kill(zombie.pid, "SIGSTOP");
  await has(other, 4);
  process.kill(zombie.pid, "SIGCONT");
  await zombie.says("was silent for longer than a lease lasts");
  await has(zombie, 2);
  await has(other, 2);

  await publish(second, "--close");
  other.crash();
  await has(zombie, 4);

  const stays = Number(JSON.parse((await replay).stdout).stays);
  await until(async () => (await zombie.count("SELECT count() FROM stays")) === stays, "all stays");
  expect(await checkpointsNaming(PERSON)).toBeGreaterThan(0);
  const done = await forgetInCluster(loadConfig({ env: environment("anywhere") }), PERSON, {
    secondsMax: 60,
    optOut: false,
  });
  expect(done.filesLeft).toEqual([]);
  expect(await checkpointsNaming(PERSON)).toBe(0);
  zombie.interrupt();
  expect((await zombie.ended).code).toBe(0);
  await store.close();
  const rows = await rowsOf(shared.path, DERIVED);
  expect(rows.length).toBeGreaterThan(500);
  expect(rows).toEqual(await rowsOf(straight.path, DERIVED));
}, 120_000);
