import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, DERIVED, folder, lifecircle, type Running, rowsOf, until } from "./lifecircle.js";
import { metricsOf, SharedStream } from "./shared-stream.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const shared = folder();
/** Published one after another, in the order of their times. */
const PARTS = 8;
const parts = Array.from({ length: PARTS }, (_, part) => join(city.path, `${part}.csv`));
const [GONE, KEPT] = ["460001234500001", "460001234500002"];
let stream: SharedStream;

beforeAll(async () => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(40, 6);
  for (const [part, path] of parts.entries())
    writeSignalling(path, rows.slice((part / PARTS) * rows.length, ((part + 1) / PARTS) * rows.length));
  stream = await SharedStream.open(city.path, shared.path);
});

afterAll(async () => {
  await stream?.close();
  for (const { remove } of [city, shared]) remove();
});

async function publish(files: readonly string[]): Promise<void> {
  for (const file of files) await stream.publish(file);
}

test("while engines share a loaded stream a person is forgotten by all of them, and nothing brings that person back", async () => {
  const [gone = "", kept = ""] = await Promise.all(
    [GONE, KEPT].map(async (id) => (await lifecircle(["pseudonym", id])).stdout.trim()),
  );
  const [one, other] = await Promise.all([stream.engine("one"), stream.engine("other")]);
  await publish(parts.slice(0, 3));
  await until(async () => (await one.count(`SELECT count() FROM stays WHERE subscriber = ${gone}`)) > 2, "stays");
  await until(async () => (await stream.checkpointsNaming(gone)) > 0, "a checkpoint of the person");

  const load = publish(parts.slice(3));
  const forgotten = await lifecircle(["forget", GONE, "--opt-out", "--json"], stream.environment("anywhere"));
  expect(forgotten.code, forgotten.stderr + forgotten.stdout).toBe(0);
  const report = JSON.parse(forgotten.stdout);
  expect(report).toMatchObject({ pseudonym: gone, stateBy: "engine", nothingLeft: true, filesLeft: [] });
  expect(report.tables.removed.stays_rows).toBeGreaterThan(2);
  expect(await stream.checkpointsNaming(gone)).toBe(0);
  // What it has not saved is read again by the other engine.
  one.crash();
  await load;
  await until(async () => (await other.count(`SELECT count() FROM stays WHERE subscriber = ${kept}`)) > 8, "the rest");
  await until(async () => (await lag(other)) === 0, "an empty stream");
  other.interrupt();
  expect((await other.ended).code, other.stderr).toBe(0);
  expect(other.stderr + one.stderr).not.toContain(gone);
  expect(await stream.checkpointsNaming(gone)).toBe(0);
  expect(await stream.checkpointsNaming(kept)).toBeGreaterThan(0);
  await stream.store.close();
  const rows = await rowsOf(shared.path, [...DERIVED, "rejected"]);
  expect(rows.filter((row) => row.includes(gone))).toEqual([]);
}, 200_000);

/** Messages that wait, of all partitions, and none of which the other engine still holds. */
async function lag(engine: Running): Promise<number> {
  const text = await metricsOf(engine);
  const owned = Number(/^lifecircle_owned_partitions (\d+)/m.exec(text)?.[1]);
  const waiting = [...text.matchAll(/^lifecircle_lag_messages{.*} (\d+)/gm)].map(([, count]) => Number(count));
  return owned < 4 ? Number.POSITIVE_INFINITY : waiting.reduce((sum, count) => sum + count, 0);
}
