import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetInCluster } from "../../src/cli/forget-in-cluster.js";
import { loadConfig } from "../../src/config/load.js";
import { build, DERIVED, folder, lifecircle, type Running, rowsOf, until } from "./lifecircle.js";
import { metric, OFTEN, SharedStream } from "./shared-stream.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const straight = folder();
const shared = folder();
const first = join(city.path, "first.csv");
const second = join(city.path, "second.csv");
/** The pseudonym of a person of the small city. */
const PERSON = "2127123167285056267";
let stream: SharedStream;

beforeAll(async () => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(60, 4);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
  stream = await SharedStream.open(city.path, shared.path);
});

afterAll(async () => {
  await stream?.close();
  for (const { remove } of [city, straight, shared]) remove();
});

const has = (engine: Running, partitions: number) =>
  until(async () => (await metric(engine, "lifecircle_owned_partitions")) === partitions, `${partitions} partitions`);

test("engines share the partitions; one stands still past its lease, one is killed, and the tables are those of one undisturbed", async () => {
  const replay = lifecircle(
    ["replay", "--geo", city.path, "--data", straight.path, "--in", first, second, "--json"],
    OFTEN,
  );
  const [zombie, other] = await Promise.all([stream.engine("zombie"), stream.engine("other")]);
  await has(zombie, 2);
  await has(other, 2);

  await stream.publish(first);
  await until(async () => (await metric(zombie, "lifecircle_events_total")) > 500, "events");
  process.kill(zombie.pid, "SIGSTOP");
  await has(other, 4);
  process.kill(zombie.pid, "SIGCONT");
  await zombie.says("was silent for longer than a lease lasts");
  await has(zombie, 2);
  await has(other, 2);

  await stream.publish(second, "--close");
  other.crash();
  await has(zombie, 4);

  const stays = Number(JSON.parse((await replay).stdout).stays);
  await until(async () => (await zombie.count("SELECT count() FROM stays")) === stays, "all stays");
  expect(await stream.checkpointsNaming(PERSON)).toBeGreaterThan(0);
  const done = await forgetInCluster(loadConfig({ env: stream.environment("anywhere") }), PERSON, {
    secondsMax: 60,
    optOut: false,
  });
  expect(done.filesLeft).toEqual([]);
  expect(await stream.checkpointsNaming(PERSON)).toBe(0);
  zombie.interrupt();
  expect((await zombie.ended).code).toBe(0);
  await stream.store.close();
  const rows = await rowsOf(shared.path, DERIVED);
  expect(rows.length).toBeGreaterThan(500);
  expect(rows).toEqual(await rowsOf(straight.path, DERIVED));
});
