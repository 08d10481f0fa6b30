import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { readdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../signal/user-error.js";
import { makeFolder } from "../make-folder.js";
import { findNatsServer, readServerInfo, removeNatsState, writeNatsState } from "./server-state.js";

export interface NatsServerOptions {
  /** The engine's data folder; the server keeps to `nats/` in it. */
  readonly dataDir: string;
  /** 0 takes a free port. */
  readonly port?: number;
  readonly host?: string;
  /** Most bytes of all streams on disk together; default 16 GiB. */
  readonly storeBytesMax?: number;
  /** Do not start with less free disk than this; default 256 MiB. */
  readonly diskFreeBytesMin?: number;
  readonly startTimeoutMs?: number;
}

export interface RunningNatsServer {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the server has ended, asked or not, with its exit code. */
  readonly ended: Promise<number | null>;
  /** Stops the server after it has written its streams to disk. */
  close(): Promise<void>;
}

const BINARY = "nats-server";
const LOOPBACK = "127.0.0.1";
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/bin"];
const STORE_BYTES_MAX = 16 * 1024 ** 3;
const DISK_FREE_BYTES_MIN = 256 * 1024 ** 2;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
const STDERR_BYTES_MAX = 4096;

/**
 * Keeps the server while its own standard input is open and stops it when that closes. The pipe closes however the parent ends,
 * SIGKILL included, so no server outlives its engine.
 */
const KEEPER = `exec 3<&0
"$1" -c "$2" </dev/null 3<&- & server=$!
( read -r _ <&3; kill -TERM $server 2>/dev/null ) & watch=$!
wait $server; code=$?
kill $watch 2>/dev/null
exit $code`;

/**
 * Starts a NATS server with JetStream in the data folder and waits until it answers. It runs in a process group of its own: Ctrl-C in the
 * terminal reaches the engine alone, which drains before it calls `close`.
 *
 * Throws UserError when the host is not loopback, the program is missing, the port is in use, the folder cannot be written, the disk is (nearly) full, or a
 * server already runs on this folder.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<RunningNatsServer> {
  const { host = LOOPBACK } = options;
  if (host !== LOOPBACK && host !== "::1" && host !== "localhost")
    throw new UserError(
      `a NATS server of our own has no login, and ${host} can be reached from other machines`,
      "run a nats-server with logins and TLS, and give its address as stream.url",
    );
  const binary = findNatsBinary([...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_FOLDERS]);
  const dataDir = resolve(options.dataDir);
  const running = await findNatsServer(dataDir);
  if (running !== null) {
    throw new UserError(
      `a NATS server already runs on ${dataDir}: ${running.url}, process ${running.pid}`,
      "stop the other lifecircle first, or give stream.url",
    );
  }
  const folder = join(dataDir, "nats");
  await prepareFolder(folder, options.diskFreeBytesMin ?? DISK_FREE_BYTES_MIN);
  const name = `lifecircle-${randomUUID()}`;
  const configPath = join(folder, "nats-server.conf");
  await writeFile(configPath, serverConfig(name, folder, options));
  const keeper = spawn("/bin/sh", ["-c", KEEPER, "sh", binary, configPath], {
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const started = watchKeeper(keeper);
  const ready = await untilReady(folder, started, options);
  await writeNatsState(dataDir, { ...ready, name });
  return { ...ready, ended: started.ended, close: () => stop(keeper, started.ended, dataDir) };
}

/** The path of the server program in the first of the folders that has it; UserError when none does. */
export function findNatsBinary(folders: readonly string[]): string {
  for (const folder of folders) {
    if (folder === "") continue;
    const path = join(folder, BINARY);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new UserError(
    `the program ${BINARY} was not found in ${folders.join(", ")}`,
    "apt-get install nats-server, or give the address of a NATS server as stream.url",
  );
}

async function prepareFolder(folder: string, freeBytesMin: number): Promise<void> {
  try {
    makeFolder(join(folder, "jetstream"));
    for (const file of await readdir(folder)) {
      if (file.endsWith(".ports")) await rm(join(folder, file), { force: true });
    }
    accessSync(join(folder, "jetstream"), constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `the data folder of the NATS server cannot be written: ${folder} (${why})`,
      "choose another --data folder",
    );
  }
  const disk = await statfs(folder);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < freeBytesMin) {
    throw new UserError(
      `the disk of ${folder} is full: ${mebibytes(freeBytes)} MiB free, the NATS server needs ${mebibytes(freeBytesMin)} MiB`,
      "free some space, or choose a --data folder on another disk",
    );
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2);
}

/** JSON is a subset of the server's configuration language, so quoting is that of JSON. */
function serverConfig(name: string, folder: string, options: NatsServerOptions): string {
  const port = options.port ?? 0;
  const config = {
    server_name: name,
    host: options.host ?? LOOPBACK,
    port: port === 0 ? -1 : port,
    ports_file_dir: folder,
    pid_file: join(folder, "nats-server.pid"),
    log_file: join(folder, "nats-server.log"),
    logfile_size_limit: 10 * 1024 ** 2,
    // An engine that computes for seconds is slow, not dead: the default of 10 s would cut its connection.
    write_deadline: "60s",
    jetstream: {
      store_dir: join(folder, "jetstream"),
      max_memory_store: 64 * 1024 ** 2,
      max_file_store: options.storeBytesMax ?? STORE_BYTES_MAX,
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

interface Started {
  readonly ended: Promise<number | null>;
  hasEnded(): boolean;
  stderr(): string;
}

function watchKeeper(keeper: ChildProcess): Started {
  let stderr = "";
  let done = false;
  keeper.stderr?.on("data", (chunk: Buffer) => {
    if (stderr.length < STDERR_BYTES_MAX) stderr += chunk.toString("utf8");
  });
  keeper.stdin?.on("error", () => {
    // The keeper has ended; `ended` says so.
  });
  const ended = new Promise<number | null>((resolveEnd) => {
    const end = (code: number | null): void => {
      done = true;
      resolveEnd(code);
    };
    keeper.once("exit", end);
    keeper.once("error", () => end(null));
  });
  return { ended, hasEnded: () => done, stderr: () => stderr };
}

async function untilReady(
  folder: string,
  started: Started,
  options: NatsServerOptions,
): Promise<{ url: string; pid: number }> {
  const deadlineMs = Date.now() + (options.startTimeoutMs ?? START_TIMEOUT_MS);
  while (!started.hasEnded() && Date.now() < deadlineMs) {
    const url = await readPortsFile(folder);
    const info = url === null ? null : await readServerInfo(url);
    if (url !== null && info?.jetstream === true) {
      return { url, pid: Number(await readFile(join(folder, "nats-server.pid"), "utf8")) };
    }
    await sleep(POLL_MS);
  }
  throw await startError(folder, started, options);
}

const portsSchema = z.object({ nats: z.array(z.string()).min(1) });

async function readPortsFile(folder: string): Promise<string | null> {
  const file = (await readdir(folder)).find((name) => name.endsWith(".ports"));
  if (file === undefined) return null;
  try {
    return portsSchema.parse(JSON.parse(await readFile(join(folder, file), "utf8"))).nats[0] ?? null;
  } catch {
    // Half written; the next look finds it whole.
    return null;
  }
}

async function startError(folder: string, started: Started, options: NatsServerOptions): Promise<UserError> {
  const logPath = join(folder, "nats-server.log");
  const log = started.stderr() + (await readFile(logPath, "utf8").catch(() => ""));
  if (/address already in use/.test(log)) {
    return new UserError(
      `port ${options.port} on ${options.host ?? LOOPBACK} is in use, so the NATS server cannot listen there`,
      "choose another stream.port (0 takes a free one), or stop the program that holds it",
    );
  }
  if (/no space left on device/.test(log)) {
    return new UserError(`the disk of ${folder} is full, so the NATS server cannot start`, "free some space");
  }
  const fatal = log.split("\n").findLast((line) => /\[FTL\]|\[ERR\]|nats-server:/.test(line));
  return new UserError(`the NATS server did not start: ${fatal?.trim() ?? "no answer in time"}`, `see ${logPath}`);
}

async function stop(keeper: ChildProcess, ended: Promise<number | null>, dataDir: string): Promise<void> {
  keeper.stdin?.end();
  const abort = new AbortController();
  const late = sleep(STOP_TIMEOUT_MS, "late" as const, { signal: abort.signal }).catch(() => "late" as const);
  if ((await Promise.race([ended, late])) === "late" && keeper.pid !== undefined) {
    // The group holds the keeper and the server alone.
    process.kill(-keeper.pid, "SIGKILL");
    await ended;
  }
  abort.abort();
  await removeNatsState(dataDir);
}
