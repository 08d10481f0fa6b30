import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../../src/signal/user-error.js";
import { findNatsBinary, startNatsServer } from "../../../src/source/nats/server.js";
import { findNatsServer, natsStatePath, readServerInfo } from "../../../src/source/nats/server-state.js";

let dataDir = "";
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lifecircle-nats-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  for (let i = 0; i < 500 && alive(pid); i++) await sleep(20);
  expect(alive(pid)).toBe(false);
}

test("a started server speaks JetStream, is found by its data folder, and is gone after close", async () => {
  const server = await startNatsServer({ dataDir });
  expect(await readServerInfo(server.url)).toMatchObject({ jetstream: true });
  expect(await findNatsServer(dataDir)).toMatchObject({ url: server.url, pid: server.pid });
  await server.close();
  await untilGone(server.pid);
  expect(await findNatsServer(dataDir)).toBeNull();
});

test("a second server on the same data folder is refused with the address of the first", async () => {
  const server = await startNatsServer({ dataDir });
  await expect(startNatsServer({ dataDir })).rejects.toThrow(server.url);
  await server.close();
});

test("a host that other machines reach is refused, since a server of our own has no login", async () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
    await expect(startNatsServer({ dataDir, host }), host).rejects.toThrow(/has no login.*\n {2}mend: /);
});

test("a file that a crash left behind does not count as a running server", async () => {
  const server = await startNatsServer({ dataDir });
  const other = mkdtempSync(join(tmpdir(), "lifecircle-nats-"));
  const state = readFileSync(natsStatePath(dataDir), "utf8");
  await server.close();
  writeFileSync(natsStatePath(dataDir), state);
  expect(await findNatsServer(dataDir)).toBeNull();
  const stranger = await startNatsServer({ dataDir: other, port: Number(new URL(server.url).port) });
  expect(await findNatsServer(dataDir)).toBeNull();
  await stranger.close();
  rmSync(other, { recursive: true });
});

test("a port in use is named", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => holder.once("listening", done));
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(startNatsServer({ dataDir, port })).rejects.toThrow(new RegExp(`port ${port} on 127.0.0.1 is in use`));
  holder.close();
});

test("a missing program is an error that says how to get it", () => {
  expect(() => findNatsBinary([dataDir])).toThrow(/nats-server was not found.*apt-get install nats-server/s);
});

test("a data folder that cannot be made and a full disk are errors that say what to do", async () => {
  writeFileSync(join(dataDir, "file"), "");
  await expect(startNatsServer({ dataDir: join(dataDir, "file") })).rejects.toThrow(
    /cannot be written.*choose another/s,
  );
  await expect(startNatsServer({ dataDir, diskFreeBytesMin: 2 ** 60 })).rejects.toThrow(/is full.*MiB free/s);
});

test("the server ends when its parent is killed without warning", async () => {
  // Node 20 runs no TypeScript, so the parent runs what the compiler makes of this one module.
  const built = mkdtempSync(join(process.cwd(), "node_modules/.cache-nats-"));
  const flags = ["--ignoreConfig", "--module", "nodenext", "--target", "es2023", "--types", "node", "--skipLibCheck"];
  execFileSync("node_modules/.bin/tsc", [...flags, "--rootDir", "src", "--outDir", built, "src/source/nats/server.ts"]);
  const script = `
    const { startNatsServer } = await import(${JSON.stringify(join(built, "source/nats/server.js"))});
    const server = await startNatsServer({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = Number(
    await new Promise<string>((done) => parent.stdout.once("data", (data: Buffer) => done(String(data)))),
  );
  expect(alive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await untilGone(pid);
  rmSync(built, { recursive: true });
});

test("errors of starting are UserErrors", async () => {
  await expect(startNatsServer({ dataDir, diskFreeBytesMin: 2 ** 60 })).rejects.toBeInstanceOf(UserError);
});
