import { execFileSync, fork, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mounted } from "../../bench/faults/world.js";
import { readServerFile } from "../../src/store/server-file.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";
import { buildServer, temporaryFolder } from "./support.js";

beforeAll(buildServer);
const folder = temporaryFolder();
afterAll(() => folder.remove());

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("rows that were acknowledged survive a kill -9, and the folder opens again although its server file was left", async () => {
  const first = await startEmbeddedStore({ dataDir: folder.path });
  const client = createClient({ url: first.url });
  await client.command({
    query: "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1",
  });
  await client.insert({ table: "t", values: [{ a: 1 }, { a: 2 }], format: "JSONEachRow" });
  await client.close();
  process.kill(first.pid, "SIGKILL");
  expect(await first.exited).toBe("SIGKILL");
  expect(readServerFile(folder.path)).toBeNull();

  const second = await startEmbeddedStore({ dataDir: folder.path });
  expect(await (await fetch(`${second.url}/?query=SELECT+count()+FROM+t`)).text()).toBe("2\n");
  expect(readServerFile(folder.path)).toMatchObject({ url: second.url, pid: second.pid });
  await second.close();
  expect(readServerFile(folder.path)).toBeNull();
});

test("a folder that is open elsewhere is refused with the process that holds it", async () => {
  const holder = await startEmbeddedStore({ dataDir: folder.path });
  await expect(startEmbeddedStore({ dataDir: folder.path })).rejects.toThrow(`held by process ${holder.pid}`);
  expect((await fetch(`${holder.url}/ping`)).status).toBe(200);
  expect(readServerFile(folder.path)?.pid).toBe(holder.pid);
  await holder.close();
});

test("a port in use and a folder that cannot be made are said plainly", async () => {
  const taken = createServer();
  const port = await new Promise<number>((done) => {
    taken.listen(0, "127.0.0.1", () => done((taken.address() as { port: number }).port));
  });
  await expect(startEmbeddedStore({ dataDir: folder.path, port })).rejects.toThrow(
    `port ${port} of the embedded store is in use`,
  );
  taken.close();
  const file = join(folder.path, "a-file");
  writeFileSync(file, "");
  await expect(startEmbeddedStore({ dataDir: join(file, "below") })).rejects.toThrow("cannot be made");
});

test("with a password, only its owner gets an answer", async () => {
  const server = await startEmbeddedStore({ dataDir: folder.path, user: "lc", password: "s3cret:ü" });
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${server.url}/?query=SELECT+1`, { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status({ "X-ClickHouse-User": "lc", "X-ClickHouse-Key": "wrong" })).toBe(403);
  expect(await status({ Authorization: `Basic ${Buffer.from("lc:s3cret:ü").toString("base64")}` })).toBe(200);
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
  const wrong = createClient({
    url: server.url,
    username: "lc",
    password: "no",
    log: { level: ClickHouseLogLevel.OFF },
  });
  await expect(wrong.query({ query: "SELECT 1" })).rejects.toMatchObject({
    code: "516",
    type: "AUTHENTICATION_FAILED",
  });
  await wrong.close();
  await server.close();
});

test("with open reads, who does not give the password reads and changes nothing, however it asks", async () => {
  const server = await startEmbeddedStore({ dataDir: folder.path, password: "s3cret", readsOpen: true });
  const post = async (query: string, search = "", headers: Record<string, string> = {}) =>
    fetch(`${server.url}/?${search}`, { method: "POST", body: query, headers });
  const owner = { "X-ClickHouse-User": "default", "X-ClickHouse-Key": "s3cret" };
  expect((await post("CREATE TABLE open (a UInt8) ENGINE = MergeTree ORDER BY a", "", owner)).status).toBe(200);
  expect((await post("INSERT INTO open VALUES (1)", "", owner)).status).toBe(200);
  const wrong = { "X-ClickHouse-User": "default", "X-ClickHouse-Key": "guess" };
  for (const headers of [{}, wrong]) {
    expect(await (await post("SELECT count() FROM open", "", headers)).text()).toBe("1\n");
    for (const query of [
      "INSERT INTO open VALUES (2)",
      "INSERT INTO open SELECT 2",
      "DROP TABLE open",
      "ALTER TABLE open DELETE WHERE 1",
      "CREATE TABLE mine (a UInt8) ENGINE = Memory",
      "CREATE FUNCTION f AS x -> x",
      "SYSTEM STOP MERGES",
      "KILL QUERY WHERE 1",
      "SET max_memory_usage = 0",
    ])
      for (const search of ["", "readonly=0", "user=default&password=guess"])
        expect((await post(query, search, headers)).status, `${query} ${search}`).not.toBe(200);
  }
  expect(await (await post("SELECT count() FROM open", "", owner)).text()).toBe("1\n");
  expect((await post("DROP TABLE open", "", owner)).status).toBe(200);
  await server.close();
});

test("signals of a terminal or a service manager do not end it, closing it lets the request in hand finish", async () => {
  const server = await startEmbeddedStore({ dataDir: folder.path });
  process.kill(server.pid, "SIGINT");
  process.kill(server.pid, "SIGTERM");
  const slow = fetch(
    `${server.url}/?query=${encodeURIComponent("SELECT sleepEachRow(0.3) FROM numbers(3) FORMAT Null")}`,
  );
  await new Promise((later) => setTimeout(later, 300));
  expect(isAlive(server.pid)).toBe(true);
  const closed = server.close();
  expect((await slow).status).toBe(200);
  await closed;
  expect(await server.exited).toBe(0);
});

test("it ends when its parent is killed", async () => {
  const entry = join(import.meta.dirname, "../../dist/store/server-process.js");
  const code = `import(${JSON.stringify(entry)}).then(async (m) => {
    const s = await m.startEmbeddedStore({ dataDir: ${JSON.stringify(folder.path)} });
    process.stdout.write(String(s.pid));
  })`;
  const parent = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = await new Promise<number>((done) => parent.stdout.once("data", (text: Buffer) => done(Number(text))));
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 50 }).toBe(false);
});

test("without a data folder it tells its usage", async () => {
  const child = fork(join(import.meta.dirname, "../../dist/store/embedded-server.js"), [], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const said = new Promise<string>((done) => child.stderr?.once("data", (text: Buffer) => done(text.toString())));
  expect(await said).toContain("usage");
  expect(await new Promise((done) => child.once("exit", done))).toBe(2);
});

test("a server asked to end does not wait for a query that never will", async () => {
  const store = await startEmbeddedStore({ dataDir: folder.path });
  const endless = fetch(store.url, {
    method: "POST",
    body: "SELECT count() FROM numbers(1000000000000000) WHERE NOT ignore(sipHash64(number))",
  }).catch(() => null);
  const running =
    "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number)%' AND query NOT LIKE '%processes%'";
  while ((await (await fetch(store.url, { method: "POST", body: running })).text()) === "0\n");
  await store.close();
  expect(await store.exited).toBe(0);
  await endless;
  expect(readServerFile(folder.path)).toBeNull();
});

test("no table is made on a full disk, where its definition would be an empty file ever after", async (context) => {
  const path = join(folder.path, "small-disk");
  const disk = mounted(path, 256);
  if (disk === null) return context.skip("needs a user who may mount");
  const store = await startEmbeddedStore({ dataDir: path });
  const ask = async (query: string) => (await fetch(store.url, { method: "POST", body: query })).text();
  const make = "CREATE TABLE IF NOT EXISTS t (a UInt32) ENGINE = MergeTree ORDER BY a";
  disk.fill();
  expect(await ask(make)).toContain("NOT_ENOUGH_SPACE");
  disk.free();
  expect(await ask(make)).toBe("");
  expect(await ask("ALTER TABLE t MODIFY COMMENT 'x'")).toBe("");
  expect(await ask("SELECT comment FROM system.tables WHERE name = 't'")).toBe("x\n");
  await store.close();
  execFileSync("umount", ["-l", path]);
});
