/**
 * The embedded store: ClickHouse in a library (chDB) behind the ClickHouse HTTP interface on loopback, as a process of its own.
 *
 *     node dist/store/embedded-server.js --data DIR [--port N] [--database NAME]
 *
 * LIFECIRCLE_STORE_USER and LIFECIRCLE_STORE_PASSWORD ask for a login, with LIFECIRCLE_STORE_READS=open for writing alone;
 * UV_THREADPOOL_SIZE sets how many questions run at once, half of it. The process ends after the work in hand: when its parent closes the
 * channel or dies, and without a parent on SIGINT or SIGTERM. A terminal, or a service manager, signals the parent as well, who still
 * drains into this store.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeFolder } from "../source/make-folder.js";
import { type Engine, openEngine } from "./embedded/engine.js";
import { engineConfig } from "./embedded/engine-config.js";
import { createInterface } from "./embedded/http-interface.js";
import { readLimits } from "./embedded/read-limits.js";
import { readServerFile, removeServerFile, writeServerFile } from "./server-file.js";
import type { ServerMessage } from "./server-process.js";

/** The engine's share of the machine's memory, and that of one question. */
const MEMORY_SHARE = 0.5;
const READ_MEMORY_SHARE = 0.25;
/** How long a request may still take once the process is asked to end. */
const CLOSE_MS_MAX = 10_000;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    port: { type: "string", default: "0" },
    database: { type: "string", default: "lifecircle" },
  },
});

/** Tells the parent, or whoever reads stderr where there is none; resolves when it is said. */
function tell(message: ServerMessage): Promise<void> {
  return new Promise((said) => {
    if (process.send === undefined) process.stderr.write(`${JSON.stringify(message)}\n`, () => said());
    else process.send(message, () => said());
  });
}

async function main(dataDir: string): Promise<void> {
  const database = values.database;
  const user = process.env.LIFECIRCLE_STORE_USER ?? "";
  const password = process.env.LIFECIRCLE_STORE_PASSWORD ?? "";
  const engine = await open(dataDir, database);
  const server = createInterface(engine, {
    database,
    credentials: password === "" ? null : { user, password },
    readsOpen: process.env.LIFECIRCLE_STORE_READS === "open",
    limits: readLimits(Math.round(totalmem() * READ_MEMORY_SHARE)),
  });
  const port = await listen(server, Number(values.port));
  const url = `http://127.0.0.1:${port}`;
  writeServerFile(dataDir, { url, pid: process.pid, database, user, password });
  let closing = false;
  const close = () => {
    if (closing) return;
    closing = true;
    void shutDown(server, engine, dataDir);
  };
  const isChild = process.send !== undefined;
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, isChild ? () => {} : close);
  if (isChild) {
    process.on("disconnect", close);
    if (!process.connected) close();
  }
  await tell({ kind: "ready", url });
}

async function open(dataDir: string, database: string): Promise<Engine> {
  const directory = join(dataDir, "clickhouse");
  const incoming = join(dataDir, "clickhouse-incoming");
  makeFolder(directory);
  const holder = readServerFile(dataDir);
  const config = join(dataDir, `clickhouse-config.${process.pid}.xml`);
  writeFileSync(config, engineConfig({ memoryBytesMax: Math.round(totalmem() * MEMORY_SHARE) }), { mode: 0o600 });
  try {
    const engine = await openEngine(directory, config, database);
    // Only who holds the folder may clear what an earlier process left behind.
    rmSync(incoming, { recursive: true, force: true });
    mkdirSync(incoming);
    // Data files are named relative to here, so that no sign in the path of the data folder is read as a pattern.
    process.chdir(incoming);
    return engine;
  } catch (error) {
    throw holder === null
      ? error
      : Object.assign(new Error(`held by process ${holder.pid} (${holder.url})`), { code: "ELOCKED" });
  } finally {
    rmSync(config, { force: true });
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolvePort, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolvePort((server.address() as AddressInfo).port));
  });
}

/** Lets the requests in hand end, or cuts them off after CLOSE_MS_MAX, then releases the folder. */
async function shutDown(server: Server, engine: Engine, dataDir: string): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS_MAX);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
  await engine.close();
  removeServerFile(dataDir);
  process.exit(0);
}

if (values.data === undefined) {
  process.stderr.write("usage: embedded-server --data DIR [--port N] [--database NAME]\n");
  process.exit(2);
}
const dataDir = resolve(values.data);
main(dataDir).catch(async (error: unknown) => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  await tell({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
