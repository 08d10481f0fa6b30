/** The real programs of a round: NATS servers, the embedded store and the engine, each of which can be killed and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findNatsBinary } from "../../src/source/nats/server.js";
import { readServerInfo } from "../../src/source/nats/server-state.js";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";

const START_MS_MAX = 120_000;
const RESTART_MS = 250;

/** A program that is started, killed and started again on the same data. */
export interface Program {
  /** Does nothing while it runs. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface NatsNode extends Program {
  readonly port: number;
  /** Where it tells of its state, over HTTP. */
  readonly monitorPort: number;
}

/** One server, or three that elect leaders among them. */
export async function natsNodes(dir: string, count: number): Promise<NatsNode[]> {
  const binary = findNatsBinary([...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/bin"]);
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const monitors = await Promise.all(Array.from({ length: count }, freePort));
  const routes = await Promise.all(Array.from({ length: count }, freePort));
  return ports.map((port, node) => {
    const folder = join(dir, `nats-${node}`);
    mkdirSync(folder, { recursive: true });
    const config = join(folder, "nats.conf");
    const cluster = {
      name: "faults",
      listen: `127.0.0.1:${routes[node]}`,
      routes: routes.map((route) => `nats://127.0.0.1:${route}`),
    };
    writeFileSync(
      config,
      JSON.stringify({
        server_name: `node-${node}`,
        host: "127.0.0.1",
        port,
        http: `127.0.0.1:${monitors[node]}`,
        log_file: join(folder, "nats.log"),
        write_deadline: "60s",
        jetstream: { store_dir: folder, max_memory_store: 2 ** 26, max_file_store: 2 ** 30 },
        ...(count > 1 ? { cluster } : {}),
      }),
    );
    return { port, monitorPort: monitors[node] as number, ...program(() => natsServer(binary, config, port)) };
  });
}

async function natsServer(binary: string, config: string, port: number): Promise<ChildProcess> {
  const child = spawn(binary, ["-c", config], { stdio: "ignore" });
  await untilTrue(
    `nats-server on ${port}`,
    async () => (await readServerInfo(`nats://127.0.0.1:${port}`))?.jetstream === true,
  );
  return child;
}

function program(start: () => Promise<ChildProcess>): Program {
  let child: ChildProcess | null = null;
  return {
    async start() {
      if (child === null) child = await start();
    },
    async kill() {
      if (child !== null) await killed(child);
      child = null;
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** The embedded store, always on the same port. */
export function storeProgram(dataDir: string, port: number): Program & { readonly url: string } {
  let store: EmbeddedStore | null = null;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Tried again as a supervisor would: its disk may be full. */
    async start() {
      for (const deadlineMs = Date.now() + START_MS_MAX; store === null; await pause(RESTART_MS))
        try {
          store ??= await startEmbeddedStore({ dataDir, port });
          return;
        } catch (error) {
          if (Date.now() > deadlineMs) throw error;
        }
    },
    async kill() {
      if (store === null) return;
      process.kill(store.pid, "SIGKILL");
      await store.exited;
      store = null;
    },
  };
}

/** Compiled beside this file, or in `dist/` where a test runs this file as it is. */
const BESIDE = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const MAIN = existsSync(BESIDE) ? BESIDE : fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Reads the clock's shift, ms, from a file at the start and at each SIGUSR2. */
function shiftedClock(file: string): string {
  const code = `
    import { readFileSync } from "node:fs";
    const now = Date.now, Real = Date, read = () => { try { return Number(readFileSync(${JSON.stringify(file)})) } catch { return 0 } };
    let shift = read();
    process.on("SIGUSR2", () => { shift = read(); });
    globalThis.Date = class extends Real { constructor(...a) { if (a.length === 0) super(now() + shift); else super(...a); } };
    globalThis.Date.now = () => now() + shift;`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}

/** `lifecircle engine`, which a supervisor starts again whenever it ends by itself. */
export class EngineProgram implements Program {
  /** Times that it ended by itself and was started again. */
  restarts = 0;
  starts = 0;
  /** Most resident memory of any of its processes so far, MB. */
  rssMbMax = 0;
  /** Resident memory when it was last looked at, MB. */
  rssMb = 0;
  stderr = "";
  readonly #env: Readonly<Record<string, string>>;
  readonly #clockFile: string;
  #child: ChildProcess | null = null;
  #isWanted = false;

  constructor(env: Readonly<Record<string, string>>, clockFile: string) {
    this.#env = env;
    this.#clockFile = clockFile;
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    if (this.#child !== null) return;
    this.starts++;
    const child = spawn(process.execPath, [MAIN, "engine"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...this.#env, NODE_OPTIONS: shiftedClock(this.#clockFile) },
    });
    this.#child = child;
    child.stderr?.on("data", (chunk) => {
      this.stderr = (this.stderr + chunk).slice(-20_000);
    });
    const watch = setInterval(() => this.#look(child), 250);
    child.once("exit", () => {
      clearInterval(watch);
      if (this.#child === child) this.#child = null;
      if (!this.#isWanted) return;
      this.restarts++;
      setTimeout(() => void (this.#isWanted && this.start()), RESTART_MS);
    });
  }

  async kill(): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    if (child !== null) await killed(child);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  shiftClock(ms: number): void {
    writeFileSync(this.#clockFile, String(ms));
    this.signal("SIGUSR2");
  }

  /** SIGINT, and it drains; returns the exit code. */
  async stop(): Promise<number | null> {
    this.#isWanted = false;
    const child = this.#child;
    if (child === null) return null;
    const exited = once(child, "exit");
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), START_MS_MAX);
    const [code] = await exited;
    clearTimeout(late);
    return code;
  }

  #look(child: ChildProcess): void {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const mb = (what: string) => Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
      // A process that has just ended says nothing of its memory.
      if (Number.isNaN(mb("VmRSS"))) return;
      this.rssMb = mb("VmRSS");
      this.rssMbMax = Math.max(this.rssMbMax, mb("VmHWM"));
    } catch {
      // It is gone.
    }
  }
}

export async function untilTrue(what: string, holds: () => Promise<boolean>, msMax = START_MS_MAX): Promise<void> {
  const deadlineMs = Date.now() + msMax;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`not within ${msMax / 1000} s: ${what}`);
    await pause(50);
  }
}
