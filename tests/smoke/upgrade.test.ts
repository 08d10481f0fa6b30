import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectNats } from "../../src/source/nats/connect.js";
import { build, DERIVED, folder, lifecircle, nextVersion, Running, rowsOf, until } from "./lifecircle.js";
import { metric, OFTEN, SharedStream } from "./shared-stream.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const straight = folder();
const shared = folder();
const next = folder();
const [first, second] = ["first.csv", "second.csv"].map((name) => join(city.path, name)) as [string, string];
/** The pseudonym of a person of the small city. */
const PERSON = "2127123167285056267";
let stream: SharedStream;

beforeAll(async () => {
  build();
  nextVersion(next.path);
  writeSmallCity(city.path);
  const rows = smallSignalling(30, 4);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
  stream = await SharedStream.open(city.path, shared.path);
});

afterAll(async () => {
  await stream?.close();
  for (const { remove } of [city, straight, shared, next]) remove();
});

const ofNextVersion = () => new Running(["engine"], stream.environment("next"), next.path);

/** It takes nothing, touches nothing, and says what is to be done. */
async function expectRefusal(): Promise<void> {
  const { code, stderr } = await ofNextVersion().ended;
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(/the checkpoints of partition \d+ in the bucket .* are of another version of Lifecircle/);
  expect(stderr).toMatch(/\n {2}mend: .*docs\/operate\/cluster\.md/);
  expect(stderr).not.toMatch(/partition \d+ taken/);
}

/** As docs/operate/cluster.md says: all but the orders. */
async function beginAnew(): Promise<void> {
  const connection = await connectNats({ url: stream.nats.url }, { name: "test", retryMsMax: 2000 });
  const { streams } = await jetstreamManager(connection);
  await streams.purge("KV_lifecircle_cluster", { filter: "$KV.lifecircle_cluster.partition.*" });
  await streams.purge("OBJ_lifecircle_checkpoints");
  await connection.close();
}

test("an engine of a version that cannot read the checkpoints does not join, the others go on, and it can take over when it is told to begin anew", async () => {
  const replay = lifecircle(
    ["replay", "--geo", city.path, "--data", straight.path, "--in", first, second, "--json"],
    OFTEN,
  );
  const old = await stream.engine("old");
  await stream.publish(first);
  await until(async () => (await stream.checkpointsNaming(PERSON)) > 0, "a checkpoint");
  await expectRefusal();
  expect(await metric(old, "lifecircle_owned_partitions")).toBe(4);
  expect(old.stderr).not.toMatch(/released|lost/);
  old.interrupt();
  expect((await old.ended).code).toBe(0);

  // Nobody is there, and still it is not for this version.
  const before = await stream.checkpointsNaming(PERSON);
  await expectRefusal();
  expect(await stream.checkpointsNaming(PERSON)).toBe(before);

  const back = await stream.engine("back");
  await until(async () => (await metric(back, "lifecircle_owned_partitions")) === 4, "all partitions");
  expect(back.stderr).not.toMatch(/cannot be used|begins anew/);
  back.interrupt();
  expect((await back.ended).code).toBe(0);

  await beginAnew();
  const engine = ofNextVersion();
  await engine.says("Ctrl-C drains");
  await stream.publish(second, "--close");
  const stays = Number(JSON.parse((await replay).stdout).stays);
  await until(async () => (await engine.count("SELECT count() FROM stays")) === stays, "all stays");
  await until(async () => (await stream.checkpointsNaming(PERSON)) > 0, "a checkpoint");
  engine.interrupt();
  expect((await engine.ended).code).toBe(0);
  await stream.store.close();
  expect(await rowsOf(shared.path, DERIVED)).toEqual(await rowsOf(straight.path, DERIVED));
}, 200_000);
