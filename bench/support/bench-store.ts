import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/client.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";

/** An embedded store of its own, with our tables and empty. */
export interface BenchStore {
  readonly store: Store;
  /** Resident memory of its process, MB; NaN where /proc is not there. */
  residentMb(): number;
}

/** Calls `work` with a store that is started before and removed afterwards. */
export async function withBenchStore<T>(work: (bench: BenchStore) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), "lifecircle-bench-store-"));
  const server = await startEmbeddedStore({ dataDir });
  const store = await openStore({
    url: server.url,
    database: "lifecircle",
    user: "default",
    password: "",
    caFile: null,
    gzip: false,
    requestMsMax: 120_000,
    retriesMax: 0,
    retryFirstMs: 0,
    retryMsMax: 0,
    ttlDays: { stays: null, membershipLog: null, presence: null, rejected: null },
  });
  try {
    return await work({ store, residentMb: () => residentMb(server.pid) });
  } finally {
    await store.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function residentMb(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
  } catch {
    return Number.NaN;
  }
}
