import { type ChildProcess, fork } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { setPriority } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "../source/make-folder.js";

/** What the child says to its parent, once. */
export type ServerMessage =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface EmbeddedStoreOptions {
  /** Data folder of the deployment; the store keeps to `clickhouse*` in it. */
  readonly dataDir: string;
  /** Port on loopback; a free one when absent. */
  readonly port?: number;
  /** Database of requests that name none; `lifecircle` when absent. */
  readonly database?: string;
  /** Login that requests must give; none when absent. */
  readonly user?: string;
  readonly password?: string;
  /** Who does not give the login may read. */
  readonly readsOpen?: boolean;
}

export interface EmbeddedStore {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, also when it died by itself, with its exit code or signal. */
  readonly exited: Promise<number | string>;
  /** Lets the requests in hand end, writes everything out and ends the process. */
  close(): Promise<void>;
}

/** Loading the library takes 0.2 s warm and a few seconds from a cold disk; opening a folder grows with its parts. */
const START_MS_MAX = 120_000;
/** After this long the process is killed; what was acknowledged is on disk already. */
const STOP_MS_MAX = 20_000;
/** Threads that wait for the engine (its queries at once) or for files and compression. */
const THREADS = 24;
/** Where both want a core the engine comes first: questions wait, and signalling must not. */
const NICE = 5;

/** A child process needs compiled JavaScript: beside this file, or in `dist/` where a test runs this file from `src/`. */
const BESIDE = fileURLToPath(new URL("./embedded-server.js", import.meta.url));
const ENTRY = existsSync(BESIDE)
  ? BESIDE
  : fileURLToPath(new URL("../../dist/store/embedded-server.js", import.meta.url));

/**
 * Starts the embedded ClickHouse of a data folder and waits until it answers. The process dies with this one.
 * Throws UserError when the folder is held by another process, the port is taken, the disk is full or the library is missing.
 */
export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const dataDir = resolve(options.dataDir);
  try {
    makeFolder(dataDir);
  } catch (error) {
    throw new UserError(
      `the data folder ${dataDir} cannot be made: ${messageOf(error)}`,
      "give another folder with --data",
    );
  }
  const child = fork(ENTRY, argumentsOf(dataDir, options), {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: String(THREADS),
      LIFECIRCLE_STORE_USER: options.user ?? "default",
      LIFECIRCLE_STORE_PASSWORD: options.password ?? "",
      LIFECIRCLE_STORE_READS: options.readsOpen === true ? "open" : "",
    },
  });
  // Now, while it has one thread: all that it begins inherit it.
  if (child.pid !== undefined) setPriority(child.pid, NICE);
  const exited = new Promise<number | string>((gone) => {
    child.once("exit", (code, signal) => gone(signal ?? code ?? 0));
  });
  const message = await firstMessage(child, exited);
  if (message.kind === "failed") {
    await exited;
    throw startError(message, dataDir, options.port);
  }
  return { url: message.url, pid: child.pid ?? 0, exited, close: () => stop(child, exited) };
}

function argumentsOf(dataDir: string, options: EmbeddedStoreOptions): string[] {
  const list = ["--data", dataDir];
  if (options.port !== undefined) list.push("--port", String(options.port));
  if (options.database !== undefined) list.push("--database", options.database);
  return list;
}

async function firstMessage(child: ChildProcess, exited: Promise<number | string>): Promise<ServerMessage> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-2000);
  });
  let late: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      new Promise<ServerMessage>((said) => child.once("message", (message) => said(message as ServerMessage))),
      exited.then(
        (how): ServerMessage => ({ kind: "failed", code: "EXIT", message: `ended with ${how} ${stderr}`.trim() }),
      ),
      new Promise<ServerMessage>((said) => {
        late = setTimeout(() => {
          child.kill("SIGKILL");
          said({ kind: "failed", code: "ETIME", message: `no answer within ${START_MS_MAX / 1000} s` });
        }, START_MS_MAX);
      }),
    ]);
  } finally {
    clearTimeout(late);
  }
}

function startError(failed: { code: string; message: string }, dataDir: string, port: number | undefined): UserError {
  const { code, message } = failed;
  if (code === "EADDRINUSE") {
    return new UserError(`port ${port} of the embedded store is in use`, "choose another port, or none for a free one");
  }
  // chDB says of a full disk no more than of a lock that another holds.
  if (code === "ENOSPC" || code === "EDQUOT" || /No space left/i.test(message) || isFull(dataDir)) {
    return new UserError(`the disk of ${dataDir} is full`, "make room and start again; what was acknowledged is kept");
  }
  if (code === "ELOCKED" || /lock file|already locked|Cannot lock|Failed to create connection/i.test(message)) {
    return new UserError(
      `the store in ${dataDir} is open elsewhere: ${message}`,
      "end that process, or reach the store by the URL in its clickhouse.json",
    );
  }
  if (code === "ERR_MODULE_NOT_FOUND" || code === "CHDB_PLATFORM" || code === "CHDB_ABI") {
    return new UserError(
      `the ClickHouse library cannot be loaded on ${process.platform}-${process.arch}: ${message}`,
      "install on Linux (glibc) or macOS, x64 or arm64, or name a ClickHouse server by URL",
    );
  }
  const mend = ["EACCES", "EPERM", "EROFS"].includes(code) ? "give a data folder that this user may write" : null;
  return new UserError(`the embedded store in ${dataDir} did not start: ${message}`, mend);
}

/** A store that is begun writes some hundred kilobytes. */
const START_BYTES = 1_000_000;

function isFull(dataDir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    return bavail * bsize < START_BYTES;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, exited: Promise<number | string>): Promise<void> {
  if (child.connected) child.disconnect();
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await exited;
  clearTimeout(late);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
