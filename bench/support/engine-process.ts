import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The compiled command: beside the compiled benchmarks, or in `dist/` where a test runs this file as it is. */
const BESIDE = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const MAIN = existsSync(BESIDE) ? BESIDE : fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const GEO = fileURLToPath(new URL("../../geo/guangzhou", import.meta.url));
const START_MS_MAX = 60_000;
const STREAM_GB = 12;
/** An engine that closes the day of many is not dead. */
const LEASE_SECONDS = 20;
const STDERR_BYTES_MAX = 4000;
const SHARED_MS_MAX = 120_000;
const WAIT_MS = 50;

export interface EngineProcessOptions {
  /** Folder for its configuration, state and checkpoints. */
  readonly dir: string;
  readonly streamUrl: string;
  readonly storeUrl: string;
  readonly partitions: number;
  readonly flushSecondsMax: number;
  /** `stream.maxBytesGb`, STREAM_GB where none is given. The server has to have room for the other streams as well, 1.5 times as much. */
  readonly streamGb?: number;
  /** Share the partitions with other engines, over streams with so many replicas; absent: all partitions are this engine's. */
  readonly shared?: { readonly replicas: number };
  /** `api.cacheSecondsMax`; absent: the default. */
  readonly cacheSecondsMax?: number;
  /** Answer the API as well: `lifecircle up`. */
  readonly api?: true;
}

/** `lifecircle engine` or `up` as a process of its own. */
export interface EngineProcess {
  readonly pid: number;
  /** Where it answers over HTTP. */
  readonly url: string;
  /** The value of a metric, summed over its labels. */
  metric(name: string): Promise<number>;
  /** Drains and ends it. */
  close(): Promise<void>;
}

/** Starts an engine and waits until it runs. */
export async function startEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const file = join(options.dir, "config.yaml");
  await writeFile(file, JSON.stringify(configOf(options)));
  const child = spawn(process.execPath, [MAIN, options.api === true ? "up" : "engine", "--config", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await saidUrl(child, /metrics\s+(http:\S+)/);
  return {
    pid: child.pid as number,
    url: url.replace(/\/metrics$/, ""),
    async metric(name) {
      const text = await (await fetch(url)).text();
      const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Starts engines that share the partitions by leases, each in a folder of its own, and waits until each has its part. */
export async function startEngines(
  count: number,
  { shared = { replicas: 1 }, ...options }: EngineProcessOptions,
): Promise<EngineProcess[]> {
  const engines: EngineProcess[] = [];
  for (let i = 0; i < count; i++) {
    const dir = join(options.dir, `engine-${i}`);
    await mkdir(dir);
    engines.push(await startEngineProcess({ ...options, dir, shared }));
  }
  const hasItsPart = async (engine: EngineProcess) =>
    (await engine.metric("lifecircle_owned_partitions")) === options.partitions / count;
  for (const engine of engines)
    for (const startMs = Date.now(); !(await hasItsPart(engine)); await pause(WAIT_MS))
      if (Date.now() - startMs > SHARED_MS_MAX) throw new Error("the engines did not divide the partitions in time");
  return engines;
}

/** A metric, or the like, of several processes. */
export async function sumOf<Of>(all: readonly Of[], of: (one: Of) => number | Promise<number>): Promise<number> {
  const values = await Promise.all(all.map(of));
  return values.reduce((sum, value) => sum + value, 0);
}

/** `lifecircle api` beside an engine of the same options, whose configuration is written already. */
export async function startApiProcess({ dir }: EngineProcessOptions): Promise<Omit<EngineProcess, "metric">> {
  const args = [MAIN, "api", "--config", join(dir, "config.yaml")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    pid: child.pid as number,
    url: await saidUrl(child, /at (http:\S+)\/v1;/),
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** JSON is YAML. */
function configOf({
  dir,
  streamUrl,
  storeUrl,
  partitions,
  flushSecondsMax,
  shared,
  streamGb = STREAM_GB,
  cacheSecondsMax,
}: EngineProcessOptions) {
  return {
    geo: { dir: GEO },
    data: { dir: join(dir, "data") },
    pseudonym: { key: "benchmark" },
    stream: {
      url: streamUrl,
      partitions,
      replicas: shared?.replicas ?? 1,
      maxBytesGb: streamGb,
      ingest: { enabled: false },
    },
    engine: { partitions: shared === undefined ? "all" : "lease", leaseSeconds: LEASE_SECONDS },
    store: { url: storeUrl, flushSecondsMax },
    http: { port: 0 },
    ...(cacheSecondsMax === undefined ? {} : { api: { cacheSecondsMax } }),
    log: { level: "warn" },
  };
}

/** Waits for the line in which a process says that it runs, and where. */
async function saidUrl(child: ChildProcess, line: RegExp): Promise<string> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-STDERR_BYTES_MAX);
  });
  for (const startMs = Date.now(); Date.now() - startMs < START_MS_MAX; await pause(50)) {
    const url = line.exec(said)?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) break;
  }
  child.kill("SIGKILL");
  throw new Error(`the engine did not start: ${said}`);
}
