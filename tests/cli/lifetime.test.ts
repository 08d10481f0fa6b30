import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { Closers, untilGone } from "../../src/cli/lifetime.js";
import { build, until } from "../smoke/lifecircle.js";

beforeAll(() => build(), 300_000);

test("what was opened is closed in the opposite order, and one that fails keeps no other open", async () => {
  const closed: string[] = [];
  const warnings: string[] = [];
  const closers = new Closers();
  for (const name of ["store", "stream", "engine"])
    closers.add(async () => {
      closed.push(name);
      if (name === "stream") throw new Error("it is stuck");
    });
  await closers.closeAll((message) => warnings.push(message));
  expect(closed).toEqual(["engine", "stream", "store"]);
  expect(warnings).toEqual(["not closed in order: it is stuck"]);
});

test("a server that ends is waited for", async () => {
  let looks = 0;
  await untilGone(async () => ++looks < 4);
  expect(looks).toBe(4);
});

/** A process below a shell that does not pass signals on, as npm starts it; `said` collects what it says. */
function belowShell(env: Readonly<Record<string, string | undefined>>) {
  const script = `
    import { stopOnSignal } from ${JSON.stringify(resolve(import.meta.dirname, "../../dist/cli/lifetime.js"))};
    const stop = stopOnSignal({ info: (text) => console.log(text) });
    const rest = setTimeout(() => {}, 3000);
    stop.addEventListener("abort", () => clearTimeout(rest));
    console.log("running");`;
  const command = '"$0" --input-type=module -e "$1"; :';
  const shell = spawn("/bin/sh", ["-c", command, process.execPath, script], { env: { ...process.env, ...env } });
  const told = { said: "", isOver: false };
  shell.stdout.on("data", (chunk) => {
    told.said += chunk;
  });
  shell.stdout.on("close", () => {
    told.isOver = true;
  });
  return { shell, told };
}

test("below npm, whose shell keeps a SIGTERM to itself, a command drains when its shell is gone; elsewhere it goes on", async () => {
  for (const [npm, end] of [
    ["run-script", "running\nSIGTERM: draining; once more ends at once\n"],
    [undefined, "running\n"],
  ] as const) {
    const { shell, told } = belowShell({ npm_command: npm });
    await until(() => told.said.includes("running"), "the process runs");
    shell.kill("SIGTERM");
    await until(() => told.isOver, "the process ends");
    expect(told.said).toBe(end);
  }
});
