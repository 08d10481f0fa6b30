import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { temporary } from "../derivation.js";

test("a file is there whole under its name, until it is removed", async () => {
  const path = temporary("checkpoints");
  const folder = await openCheckpointFolder(path);
  expect(await folder.names()).toEqual([]);
  await folder.write("one", [Buffer.from("first")]);
  expect((await folder.read("one")).toString()).toBe("first");
  expect(await folder.names()).toEqual(["one"]);
  await folder.remove("one");
  await folder.remove("one");
  expect(await folder.names()).toEqual([]);
});

test("what cannot be written leaves nothing behind", async () => {
  const path = temporary("checkpoints");
  const folder = await openCheckpointFolder(path);
  mkdirSync(join(path, "taken"));
  writeFileSync(join(path, "taken", "file"), "");
  await expect(folder.write("taken", [Buffer.from("x")])).rejects.toThrow();
  expect(readdirSync(path)).toEqual(["taken"]);
});

test("a folder that cannot be made is told with its mend", async () => {
  const file = temporary("file");
  writeFileSync(file, "");
  await expect(openCheckpointFolder(join(file, "below"))).rejects.toThrow(/cannot be made.*\n {2}mend: /);
});
