import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, DERIVED, folder, lifecircle, processesWith, rowsOf, until, up } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const straight = folder();
const broken = folder();
const first = join(city.path, "first.csv");
const second = join(city.path, "second.csv");

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(150, 8);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
}, 60_000);

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
  last.interrupt();
  expect((await last.ended).code).toBe(0);
  await until(() => processesWith(broken.path).length === 0, "the end of the servers");
  const rows = await rowsOf(broken.path, DERIVED);
  expect(rows.length).toBeGreaterThan(1000);
  expect(rows).toEqual(await rowsOf(straight.path, DERIVED));
}, 120_000);

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
}, 60_000);
