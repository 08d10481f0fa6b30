import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { cityRowsOf } from "../../src/checkpoint/city-rows.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { encodeSnapshot } from "../../src/checkpoint/snapshot.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { OPTIONS, smallCity, temporary } from "../derivation.js";

let city: LoadedCity;
beforeAll(() => {
  city = smallCity();
});

function snapshotOf(sequence: number): Buffer {
  const partition = new Partition(0, city, OPTIONS);
  partition.sequence = sequence;
  return encodeSnapshot([partition], cityRowsOf(city));
}

const opened = async (path: string, warnings: string[] = []) =>
  openCheckpoints(await openCheckpointFolder(path), (message) => warnings.push(message));

test("an empty place has no state; the newest of several is the one restored, and two are kept", async () => {
  const path = temporary("checkpoints");
  const checkpoints = await opened(path);
  expect(await checkpoints.restore(city, OPTIONS)).toBeNull();
  for (const sequence of [5, 6, 7]) await checkpoints.save(snapshotOf(sequence));
  expect((await checkpoints.restore(city, OPTIONS))?.map(({ sequence }) => sequence)).toEqual([7]);
  expect(readdirSync(path).sort()).toEqual(["state-000000000002.snapshot", "state-000000000003.snapshot"]);
  const reopened = await opened(path);
  await reopened.save(snapshotOf(8));
  expect(readdirSync(path).sort()).toEqual(["state-000000000003.snapshot", "state-000000000004.snapshot"]);
});

test("a torn newest snapshot is told of, and the one before it is used", async () => {
  const path = temporary("checkpoints");
  const warnings: string[] = [];
  const checkpoints = await opened(path, warnings);
  await checkpoints.save(snapshotOf(5));
  await checkpoints.save(snapshotOf(6));
  writeFileSync(join(path, "state-000000000002.snapshot"), snapshotOf(6).subarray(0, 100));
  expect((await checkpoints.restore(city, OPTIONS))?.map(({ sequence }) => sequence)).toEqual([5]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/state-000000000002\.snapshot in .* cannot be used \(torn: .*\); trying the one before/);
});

test("half a file from a crash while writing does no harm, and other files are left alone", async () => {
  const path = temporary("checkpoints");
  const checkpoints = await opened(path);
  await checkpoints.save(snapshotOf(5));
  writeFileSync(join(path, "state-000000000002.snapshot.part"), "half");
  writeFileSync(join(path, "README"), "mine");
  expect((await checkpoints.restore(city, OPTIONS))?.map(({ sequence }) => sequence)).toEqual([5]);
  await checkpoints.save(snapshotOf(6));
  expect((await checkpoints.restore(city, OPTIONS))?.map(({ sequence }) => sequence)).toEqual([6]);
  expect(readdirSync(path)).toContain("README");
});
