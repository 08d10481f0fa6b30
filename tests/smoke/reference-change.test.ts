import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, build, folder, lifecircle, until, up } from "./lifecircle.js";
import { smallCityFiles, smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const data = folder();
const CELLS = smallCityFiles()["cells.csv"] as string;

beforeAll(() => {
  build();
  writeSmallCity(city.path);
});
afterAll(() => {
  for (const { remove } of [city, data]) remove();
});

function replaceCells(text: string): void {
  writeFileSync(join(city.path, "cells.new"), text);
  renameSync(join(city.path, "cells.new"), join(city.path, "cells.csv"));
}

test("an engine takes a new cells.csv while it runs, and goes on with the old one where the new one is faulty", async () => {
  const rows = smallSignalling(20, 6);
  const [first, second] = [join(data.path, "first.csv"), join(data.path, "second.csv")];
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
  const args = ["--geo", city.path, "--data", data.path];
  const running = await up(args, { LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.2", LIFECIRCLE_STREAM_BATCH_ROWS: "64" });
  const metrics = /metrics +(http:\S+)/.exec(running.stderr)?.[1] ?? "";
  const read = async (name: string) => {
    const line = (await (await fetch(metrics)).text()).split("\n").find((one) => one.startsWith(`${name} `));
    return Number(line?.split(" ").at(-1));
  };
  const changes = (outcome: string) => read(`lifecircle_reference_changes_total{outcome="${outcome}"}`);
  const publish = async (file: string) => expect((await lifecircle(["publish", ...args, "--in", file])).code).toBe(0);

  await publish(first);
  const unknown = rows.slice(0, rows.length / 2).filter((row) => row.includes("ecgi:460-00-9,")).length;
  expect(unknown).toBeGreaterThan(20);
  const refused = () => read('lifecircle_rejected_total{reason="unknown_cell"}');
  await until(async () => (await refused()) === unknown, "the first half");

  replaceCells(CELLS.replace("113.3,23.1", "east,23.1"));
  await until(async () => (await changes("refused")) === 1, "the refusal");
  expect(await read('lifecircle_alarm{alarm="reference_refused"}')).toBe(1);
  expect(running.stderr).toContain("cells.csv:2: error");
  expect(running.stderr).toContain("the reference data of before stay in force");

  // The cell that the network has and the first table had not.
  replaceCells(`${CELLS}ecgi:460-00-9,113.31,23.11,W\n`);
  await until(async () => (await changes("taken")) === 1, "the new cells");
  expect(await read('lifecircle_alarm{alarm="reference_refused"}')).toBe(0);
  await publish(second);
  await until(async () => (await read("lifecircle_events_total")) === rows.length, "the second half");
  expect(running.stderr).toContain("the reference data have changed: 0 cells, 0 regions and 0 venues are no more");
  running.interrupt();
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  expect(Number(await ask(data.path, "SELECT count() FROM rejected WHERE reason = 'unknown_cell'"))).toBe(unknown);
});
