import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../src/source/make-folder.js";
import { temporary } from "../derivation.js";

test("a folder is made with those above it, and one that is there is left as it is", () => {
  const top = temporary("top");
  const path = join(top, "a", "b");
  makeFolder(path, 0o700);
  makeFolder(path, 0o755);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("where no folder can be made the system's error comes at once", () => {
  const top = temporary("top");
  mkdirSync(top);
  writeFileSync(join(top, "file"), "");
  expect(() => makeFolder(join(top, "file"))).toThrow(/EEXIST/);
  expect(() => makeFolder(join(top, "file", "below"))).toThrow(/ENOTDIR/);
});

test.runIf(process.platform === "linux")("in /proc, which denies that it is there, it does not try for ever", () => {
  expect(() => makeFolder("/proc/none")).toThrow(/ENOENT.*'\/proc\/none'/);
  expect(() => makeFolder("/proc/none/below")).toThrow(/ENOENT/);
});
