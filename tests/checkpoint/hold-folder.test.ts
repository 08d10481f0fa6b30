import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hold, holdFolder, whileHeld } from "../../src/checkpoint/hold-folder.js";
import { temporary } from "../derivation.js";

function made(name: string): string {
  const dir = temporary(name);
  mkdirSync(dir);
  return dir;
}

test("what one holds another gets when it is let go, under whatever path; other doings and folders are free", async () => {
  const dir = made("held");
  const other = made("other");
  const link = join(other, "link");
  symlinkSync(dir, link);
  const letGo = await holdFolder(dir, "state", 0);
  expect(letGo).not.toBeNull();
  expect(await holdFolder(link, "state", 50)).toBeNull();
  for (const free of [await holdFolder(dir, "orders", 0), await holdFolder(other, "state", 0)]) {
    expect(free).not.toBeNull();
    await free?.();
  }
  const waiting = holdFolder(link, "state", 5000);
  await letGo?.();
  const next = await waiting;
  expect(next).not.toBeNull();
  await next?.();
});

/** A process that holds a name, killed. */
async function killedWith(name: string, whileHeld: () => Promise<void>): Promise<void> {
  const child = spawn(
    process.execPath,
    ["-e", `require("node:net").createServer().listen(${JSON.stringify(name)}, () => console.log("held"))`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(child.stdout, "data");
  await whileHeld();
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("a process that is killed holds nothing, also where its name is a file that stays behind", async () => {
  const file = join(made("names"), "held");
  for (const name of process.platform === "linux" ? [`\0lifecircle-test-${process.pid}`, file] : [file]) {
    await killedWith(name, async () => expect(await hold(name, 50)).toBeNull());
    expect(existsSync(file)).toBe(name === file);
    const letGo = await hold(name, 0);
    expect(letGo).not.toBeNull();
    expect(await hold(name, 50)).toBeNull();
    await letGo?.();
  }
});

test("of a file that is read and written by several while they hold its folder nothing is lost, also where one fails", async () => {
  const dir = made("held");
  const works = [1, 2, 3].map((number) =>
    whileHeld(dir, "numbers", () => {
      if (number === 2) throw new Error("no");
      return number;
    }),
  );
  expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a name that cannot be held is an error, and not taken for held", async () => {
  await expect(hold(join(made("names"), "no", "folder"), 0)).rejects.toThrow(/EACCES|ENOENT/);
});
