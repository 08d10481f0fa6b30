import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { runSql } from "../../src/cli/sql.js";

const ROOT = resolve(import.meta.dirname, "../..");
/** Real signalling, beside the project where it is developed. */
export const HANGZHOU = resolve(ROOT, "../shared/data/hangzhou");
export const KEY = "the key of the smoke tests";
/** Where no test names a data folder: the project's own may be that of a start, with people under another key. */
const NO_DATA = join(tmpdir(), "lifecircle-smoke-no-data");

/** The command runs compiled; compiles where a source is newer. */
export function build(): void {
  const built = join(ROOT, "dist/cli/main.js");
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  const newest = Math.max(...sources.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  try {
    execFileSync(process.execPath, [join(ROOT, "node_modules/.bin/tsc"), "-p", join(ROOT, "tsconfig.json")]);
  } catch (error) {
    // A fault in the types does not keep the compiler from writing; the gate finds it.
    if (!existsSync(built)) throw error;
  }
}

/** Another checkout with the compiled product, whose checkpoints are of the next version. */
export function nextVersion(path: string): void {
  for (const name of ["bin", "dist", "package.json"]) cpSync(join(ROOT, name), join(path, name), { recursive: true });
  for (const name of ["config", "geo", "node_modules", "proto"]) symlinkSync(join(ROOT, name), join(path, name));
  const file = join(path, "dist/checkpoint/snapshot.js");
  const text = readFileSync(file, "utf8");
  const next = text.replace(/^const VERSION = (\d+);$/m, (_, version) => `const VERSION = ${Number(version) + 1};`);
  if (next === text) throw new Error("no version to change");
  writeFileSync(file, next);
}

export function folder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "lifecircle-smoke-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way, in a process group of its own as a terminal gives it. */
export class Running {
  stdout = "";
  stderr = "";
  /** Its output is complete, that of servers which outlive it for a moment included. */
  readonly ended: Promise<Ended>;
  /** The process itself is gone. */
  readonly exited: Promise<{ readonly code: number | null }>;
  readonly #child: ChildProcess;

  /** @param root of another checkout, as of another version */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, root = ROOT) {
    this.#child = spawn(process.execPath, [join(root, "bin/lifecircle.js"), ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        LIFECIRCLE_DATA_DIR: NO_DATA,
        LIFECIRCLE_PSEUDONYM_KEY: KEY,
        LIFECIRCLE_HTTP_PORT: "0",
        ...env,
      },
    });
    // A character may lie across two chunks.
    this.#child.stdout?.setEncoding("utf8").on("data", (chunk) => {
      this.stdout += chunk;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (chunk) => {
      this.stderr += chunk;
    });
    this.exited = once(this.#child, "exit").then(([code]) => ({ code }));
    this.ended = once(this.#child, "close").then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when stderr holds the text; throws when the command ends before. */
  async says(text: string): Promise<void> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    while (!this.stderr.includes(text)) {
      if (isOver) throw new Error(`ended without saying "${text}":\n${this.stderr}`);
      await pause(50);
    }
  }

  /** A number from the store of `up`, over its HTTP interface: for waiting, since `lifecircle sql` starts a process each time. */
  async count(query: string): Promise<number> {
    const url = /store +(http:\S+)/.exec(this.stderr)?.[1] ?? "";
    const answer = await fetch(`${url}/?database=lifecircle`, { method: "POST", body: query });
    return Number(await answer.text());
  }

  /** Ctrl-C: the terminal signals the whole group. */
  interrupt(): void {
    process.kill(-this.pid, "SIGINT");
  }

  /** A crash: the engine alone, without a chance to tell its servers. */
  crash(): void {
    process.kill(this.pid, "SIGKILL");
  }
}

export function lifecircle(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Running(args, env).ended;
}

/** Rows are written soon, for tests that wait for them. */
export const SOON = { LIFECIRCLE_STORE_FLUSH_SECONDS_MAX: "0.5" };

/** `lifecircle up` once it says that it runs. */
export async function up(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const running = new Running(["up", ...args], env);
  await running.says("Ctrl-C drains");
  return running;
}

/** What `lifecircle sql` answers, as text, without another process for it; the store of the folder is one as always. */
export async function ask(data: string, query: string): Promise<string> {
  const parts: Buffer[] = [];
  const out = new Writable({
    write(part: Buffer, _, done) {
      parts.push(part);
      done();
    },
  });
  await runSql(query, { data, format: "TSVRaw" }, out);
  return Buffer.concat(parts).toString();
}

/** Every row of the tables, each as `table (values)`, sorted. One question, since each opens the store anew. */
export async function rowsOf(data: string, tables: readonly string[]): Promise<string[]> {
  const rows = tables.map((table) => `SELECT '${table}' AS name, toString(tuple(*)) AS row FROM ${table}`);
  const text = await ask(data, `SELECT concat(name, ' ', row) FROM (${rows.join(" UNION ALL ")}) ORDER BY 1`);
  return text.trimEnd().split("\n");
}

/** What is derived: all but `rejected`, whose sources name files or messages. */
export const DERIVED = [
  "stays",
  "anchors",
  "memberships",
  "membership_log",
  "presence",
  "ways",
  "portraits",
  "devices",
];

/** Processes whose command line holds the text. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(text) ? [Number(pid)] : [];
      } catch {
        return [];
      }
    });
}

/** Waits until it holds, for at most two minutes: a busy machine takes its time. */
export async function until(what: () => boolean | Promise<boolean>, name: string): Promise<void> {
  const deadlineMs = Date.now() + 120_000;
  while (!(await what())) {
    if (Date.now() > deadlineMs) throw new Error(`not within two minutes: ${name}`);
    await pause(100);
  }
}
