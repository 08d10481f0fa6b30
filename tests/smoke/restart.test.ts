import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";
import { build, DERIVED, folder, lifecircle, processesWith, rowsOf, until, up } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const straight = folder();
const broken = folder();
const first = join(city.path, "first.csv");
const second = join(city.path, "second.csv");
let store: EmbeddedStore | null = null;

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(150, 8);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
});

afterAll(() => {
  for (const { remove } of [city, straight, broken]) remove();
});

test("an engine that is stopped, started, killed and started again writes what an undisturbed one writes, no row more or less", async () => {
  const args = ["--geo", city.path, "--data", broken.path];
  // Small epochs and rare checkpoints: the crash finds rows in the store that no checkpoint knows of.
  const often = { LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.5", LIFECIRCLE_STREAM_BATCH_ROWS: "64" };
  const replay = lifecircle(
    ["replay", "--geo", city.path, "--data", straight.path, "--in", first, second, "--json"],
    often,
  );
  const publish = async (...files: string[]) => {
    const { code, stderr } = await lifecircle(["publish", ...args, "--in", ...files], often);
    expect(code, stderr).toBe(0);
  };

  const stopped = await up(args, often);
  await publish(first);
  stopped.interrupt();
  const { code, stderr } = await stopped.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("drained: everything taken is written and saved");
  await until(() => processesWith(broken.path).length === 0, "the end of the servers");

  const killed = await up(args, often);
  const known = await killed.count("SELECT count() FROM stays");
  await publish(second, "--close");
  await until(async () => (await killed.count("SELECT count() FROM stays")) > known, "rows past the checkpoint");
  killed.crash();
  await killed.ended;

  const last = await up(args, often);
  const stays = Number(JSON.parse((await replay).stdout).stays);
  await until(async () => (await last.count("SELECT count() FROM stays")) === stays, "all stays");
  // As a service manager does: a SIGTERM to all processes of the service at once.
  for (const pid of processesWith(broken.path)) process.kill(pid, "SIGTERM");
  const ended = await last.ended;
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toContain("drained: everything taken is written and saved");
  await until(() => processesWith(broken.path).length === 0, "the end of the servers");
  const rows = await rowsOf(broken.path, DERIVED);
  expect(rows.length).toBeGreaterThan(1000);
  expect(rows).toEqual(await rowsOf(straight.path, DERIVED));
});

test("a second Ctrl-C ends the engine and its servers at once", async () => {
  const running = await up(["--geo", city.path, "--data", straight.path]);
  // A store that stands still, so that the first one waits.
  const store = processesWith(`embedded-server.js --data ${straight.path}`)[0] ?? 0;
  process.kill(store, "SIGSTOP");
  running.interrupt();
  await running.says("draining");
  const startMs = Date.now();
  running.interrupt();
  const { code } = await running.exited;
  expect(code).toBe(1);
  expect(Date.now() - startMs).toBeLessThan(1000);
  process.kill(store, "SIGCONT");
  await until(() => processesWith(straight.path).length === 0, "the end of the servers");
  expect(readdirSync(straight.path)).not.toContain("clickhouse.json");
});

test("a store that goes away is waited for; one that stays away ends the engine with a message, and nothing is lost", async () => {
  const storeData = folder();
  const data = folder();
  const { port } = new URL((await startedStore(storeData.path)).url);
  const again = () => startedStore(storeData.path, Number(port));
  const args = ["--geo", city.path, "--data", data.path];
  const env = { LIFECIRCLE_STORE_URL: `http://127.0.0.1:${port}`, LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.2" };

  // No further try: it gives up at once.
  const impatient = await up(args, { ...env, LIFECIRCLE_STORE_RETRIES_MAX: "0" });
  await store?.close();
  const published = await lifecircle(["publish", ...args, "--in", first]);
  expect(published.code, published.stderr).toBe(0);
  const { code, stderr } = await impatient.ended;
  expect(stderr).toMatch(/the store cannot be written: insert into \w+: .*ECONNREFUSED/);
  expect(stderr).toContain("nothing is lost, it goes on from the last checkpoint");
  expect(code).toBe(1);

  await again();
  const patient = await up(args, env);
  await until(async () => (await patient.count("SELECT count() FROM stays")) > 0, "the first stays");
  await store?.close();
  await lifecircle(["publish", ...args, "--in", second, "--close"]);
  const metrics = /metrics +(http:\S+)/.exec(patient.stderr)?.[1] ?? "";
  const alarm = async () => /alarm="store_down"\} (\d)/.exec(await (await fetch(metrics)).text())?.[1];
  await until(async () => (await alarm()) === "1", "the alarm");
  await again();
  await until(async () => (await alarm()) === "0", "the end of the alarm");
  const expected = await rowsOf(straight.path, DERIVED);
  const stays = expected.filter((row) => row.startsWith("stays ")).length;
  await until(async () => (await patient.count("SELECT count() FROM stays")) === stays, "all stays");
  patient.interrupt();
  expect((await patient.ended).code).toBe(0);
  await store?.close();
  expect(await rowsOf(storeData.path, DERIVED)).toEqual(expected);
  for (const { remove } of [storeData, data]) remove();
});

async function startedStore(dataDir: string, port?: number): Promise<EmbeddedStore> {
  store = await startEmbeddedStore({ dataDir, ...(port === undefined ? {} : { port }) });
  return store;
}
