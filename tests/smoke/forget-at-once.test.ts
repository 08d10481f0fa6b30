import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { erasureOrders } from "../../src/checkpoint/erasure-orders.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { holdFolder } from "../../src/checkpoint/hold-folder.js";
import { openCity } from "../../src/cli/city.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { OPTIONS } from "../derivation.js";
import { build, folder, KEY, lifecircle, processesWith, Running, until, up } from "./lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "./small-city.js";

const city = folder();
const data = folder();
const signalling = join(city.path, "signalling.csv");
const args = ["--geo", city.path, "--data", data.path];
const often = { LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.5", LIFECIRCLE_STREAM_BATCH_ROWS: "64" };

beforeAll(() => {
  build();
  writeSmallCity(city.path);
  writeSignalling(signalling, smallSignalling(20, 3));
});

afterAll(() => {
  for (const { remove } of [city, data]) remove();
});

/** Runs a piece of code with these modules of the compiled product, in a process of its own. */
async function run(code: string): Promise<void> {
  const from = (name: string) => pathToFileURL(resolve("dist", name)).href;
  const lines = [
    `import { orderErasure } from ${JSON.stringify(from("checkpoint/erasure-orders.js"))};`,
    `import { addToOptOut } from ${JSON.stringify(from("source/opt-out.js"))};`,
    code,
  ];
  const child = spawn(process.execPath, ["--input-type=module", "-e", lines.join("\n")], { stdio: "inherit" });
  const [exit] = await once(child, "exit");
  expect(exit).toBe(0);
}

test("of orders and opt-outs that several processes give at once none is lost, and each order is later than those before it", async () => {
  const { path, remove } = folder();
  const list = join(path, "opt-out.txt");
  // As an editor may leave it, without a last end of line.
  appendFileSync(list, "# who does not want it");
  const [dir, file] = [JSON.stringify(path), JSON.stringify(list)];
  // All begin at once.
  const startMs = Date.now() + 1500;
  const code = (first: number) =>
    `while (Date.now() < ${startMs}); for (let i = ${first}; i < ${first} + 100; i++) { await orderErasure(${dir}, String(i), 5000, 1e9); addToOptOut(${file}, String(i)); }`;
  await Promise.all([100, 200, 300, 400].map((first) => run(code(first))));
  const orders = erasureOrders(path);
  expect(new Set(orders.map(({ pseudonym }) => pseudonym)).size).toBe(400);
  expect(orders.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 400 }, (_, i) => 5000 + i));
  const listed = readFileSync(list, "utf8").match(/^pseudonym:\d{3}$/gm);
  expect(new Set(listed).size).toBe(400);
  remove();
});

test("two people are forgotten by two commands at once while no engine runs; the state goes on, and an engine beside another is refused", async () => {
  const running = await up(args, often);
  const { code } = await lifecircle(["publish", ...args, "--in", signalling], often);
  expect(code).toBe(0);
  await until(async () => (await running.count("SELECT count() FROM stays")) > 20, "stays");
  running.interrupt();
  expect((await running.ended).code).toBe(0);
  await until(() => processesWith(data.path).length === 0, "the end of the servers");

  const ids = ["460001234500001", "460001234500002"];
  const pseudonymiser = new Pseudonymiser(Buffer.from(KEY));
  const pseudonyms = ids.map((id) => {
    pseudonymiser.pseudonymiseText(id);
    return Buffer.from(new Uint32Array([pseudonymiser.lo, pseudonymiser.hi]).buffer);
  });
  // As an engine with servers of its own would have it, or another command.
  const letGo = await holdFolder(join(data.path, "checkpoints"), "state", 0);
  const beside = await new Running(["up", ...args]).ended;
  expect(beside.code).toBe(1);
  expect(beside.stderr).toMatch(/another lifecircle works on the checkpoints in .*\n {2}mend: /);
  await letGo?.();

  const held = (pseudonym: Buffer) =>
    readdirSync(join(data.path, "checkpoints")).some((name) =>
      readFileSync(join(data.path, "checkpoints", name)).includes(pseudonym),
    );
  expect(pseudonyms.map(held)).toEqual([true, true]);
  // Their tables are cleaned by one after the other: the embedded store is one process's.
  await Promise.all(ids.map((id) => lifecircle(["forget", id, ...args])));
  expect(pseudonyms.map(held)).toEqual([false, false]);
  const files = await openCheckpointFolder(join(data.path, "checkpoints"));
  const checkpoints = await openCheckpoints(files, (message) => expect.unreachable(message));
  const partitions = await checkpoints.restore(await openCity(city.path, () => undefined), OPTIONS);
  const people = partitions?.reduce((sum, { stays }) => sum + stays.table.count, 0);
  expect(people).toBeGreaterThan(10);
}, 200_000);
