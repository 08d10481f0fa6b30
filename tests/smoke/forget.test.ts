import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orderErasure } from "../../src/checkpoint/erasure-orders.js";
import { build, DERIVED, folder, lifecircle, processesWith, rowsOf, until, up } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const data = folder();
const first = join(city.path, "first.csv");
const second = join(city.path, "second.csv");
const args = ["--geo", city.path, "--data", data.path];
const often = { LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.5", LIFECIRCLE_STREAM_BATCH_ROWS: "64" };
const ALL = [...DERIVED, "rejected"];
const person = (number: number) => `4600012345${String(number).padStart(5, "0")}`;

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  const rows = smallSignalling(40, 6);
  writeSignalling(first, rows.slice(0, rows.length / 2));
  writeSignalling(second, rows.slice(rows.length / 2));
});

afterAll(() => {
  for (const { remove } of [city, data]) remove();
});

const publish = async (...files: string[]) => {
  const { code, stderr } = await lifecircle(["publish", ...args, "--in", ...files], often);
  expect(code, stderr).toBe(0);
};
const pseudonym = async (id: string) => (await lifecircle(["pseudonym", id, "--data", data.path])).stdout.trim();

/** Files of the data folder, but for the stream, which is told by its age, and lists that must know. */
function filesHolding(id: string, text: string): string[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(text));
  return readdirSync(data.path, { recursive: true, withFileTypes: true })
    .filter(
      (file) => file.isFile() && !/\/(jetstream|privacy)(\/|$)/.test(file.parentPath) && file.name !== "opt-out.txt",
    )
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => {
      const content = readFileSync(path);
      return content.includes(bytes) || content.includes(text) || content.includes(id);
    });
}

test("a person is forgotten while the engine runs, and another one while it stands; no trace is left, and all others stay", async () => {
  const [gone, later, kept] = await Promise.all([1, 2, 3].map((number) => pseudonym(person(number))));
  if (gone === undefined || later === undefined || kept === undefined) throw new Error("no pseudonym");
  const running = await up(args, often);
  await publish(first);
  await until(async () => (await running.count(`SELECT count() FROM stays WHERE subscriber = ${gone}`)) > 3, "stays");

  const forgotten = await lifecircle(["forget", person(1), ...args, "--opt-out", "--json"]);
  expect(forgotten.code, forgotten.stderr + forgotten.stdout).toBe(0);
  const report = JSON.parse(forgotten.stdout);
  expect(report).toMatchObject({
    pseudonym: gone,
    stateBy: "engine",
    optedOut: true,
    nothingLeft: true,
    filesLeft: [],
  });
  expect(report.tables.removed.stays_rows).toBeGreaterThan(3);
  await publish(second);
  const metrics = /metrics +(http:\S+)/.exec(running.stderr)?.[1] ?? "";
  const excluded = async () =>
    Number(/^lifecircle_excluded_total (\d+)/m.exec(await (await fetch(metrics)).text())?.[1]);
  await until(async () => (await excluded()) > 100, "dropped events");
  await until(async () => (await running.count(`SELECT count() FROM stays WHERE subscriber = ${kept}`)) > 5, "stays");
  running.interrupt();
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain(gone);
  await until(() => processesWith(data.path).length === 0, "the end of the servers");

  // An order whose command was ended before it was done stands, and is done with the next.
  const waiting = await pseudonym(person(4));
  const saved = () => filesHolding(person(4), waiting).filter((path) => path.includes("/checkpoints/"));
  expect(saved()).not.toEqual([]);
  await orderErasure(data.path, waiting, Date.now(), Number.MAX_SAFE_INTEGER);

  const cold = await lifecircle(["forget", "--pseudonym", later, ...args]);
  expect(cold.code, cold.stderr + cold.stdout).toBe(0);
  expect(cold.stdout).toMatch(/taken out of the checkpoints; no engine runs/);
  expect(cold.stdout).toMatch(/checked: no row in \d+ tables and no file of the data folder names/);
  expect(cold.stdout).toContain("not on the opt-out list");
  expect(saved()).toEqual([]);

  for (const [number, text] of [
    [1, gone],
    [2, later],
  ] as const)
    expect(filesHolding(person(number), text)).toEqual([]);
  expect(filesHolding(person(3), kept).some((path) => path.includes("/checkpoints/"))).toBe(true);
  const rows = await rowsOf(data.path, ALL);
  expect(rows.filter((row) => row.includes(gone) || row.includes(later))).toEqual([]);
  expect(rows.filter((row) => row.startsWith("stays ") && row.includes(kept)).length).toBeGreaterThan(5);

  // What the stream still holds of them comes to no engine that reads it again.
  const again = await up(args, often);
  await until(async () => (await again.count(`SELECT count() FROM stays WHERE subscriber = ${kept}`)) > 5, "stays");
  expect(await again.count(`SELECT count() FROM stays WHERE subscriber IN (${gone}, ${later})`)).toBe(0);
  again.interrupt();
  expect((await again.ended).code).toBe(0);
  expect(statSync(join(data.path, "opt-out.txt")).mode & 0o077).toBe(0);
}, 400_000);

test("replay leaves out who is on the list of config, raw ids and pseudonyms alike, and says how many events that were", async () => {
  const target = folder();
  const list = join(city.path, "opt-out.txt");
  const env = { LIFECIRCLE_PRIVACY_OPT_OUT_FILE: list };
  const replay = ["replay", "--geo", city.path, "--data", target.path, "--in", first, second, "--json"];
  writeFileSync(list, `# two of them\n${person(5)}\npseudonym:${await pseudonym(person(6))}\n`);
  const { code, stdout, stderr } = await lifecircle(replay, env);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).excluded).toBe(2 * 6 * 72);
  const rows = await rowsOf(target.path, ALL);
  for (const number of [5, 6]) {
    const text = await pseudonym(person(number));
    expect(rows.filter((row) => row.includes(text))).toEqual([]);
  }
  writeFileSync(list, "ok\npseudonym:nobody\n");
  const faulty = await lifecircle(replay, env);
  expect(faulty.code).toBe(1);
  expect(faulty.stderr).toMatch(/opt-out\.txt: no subscriber in line 2/);
  target.remove();
}, 300_000);

test("wrong orders are told with their mend, and forget nobody", async () => {
  for (const [given, says] of [
    [["forget", "--data", "/nowhere/at/all", "x"], /there is no data folder/],
    [["forget", "--data", data.path], /give a raw id or --pseudonym, one of the two/],
    [["forget", "--data", data.path, "x", "--pseudonym", "1"], /one of the two/],
    [["forget", "--data", data.path, "--pseudonym", "x"], /is no pseudonym/],
  ] as const) {
    const { code, stderr } = await lifecircle(given);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(says);
  }
});
