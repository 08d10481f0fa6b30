import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/client.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";

/** An embedded store of its own, with our tables and empty. */
export interface BenchStore {
  readonly store: Store;
  readonly url: string;
  readonly pid: number;
}

/**
 * Calls `work` with a store that is started before and removed afterwards.
 *
 * @param keptDir folder of a store that stays, for what takes long to fill; what it holds is there the next time
 */
export async function withBenchStore<T>(
  work: (bench: BenchStore) => Promise<T>,
  keptDir: string | null = null,
): Promise<T> {
  const dataDir = keptDir ?? (await mkdtemp(join(tmpdir(), "lifecircle-bench-store-")));
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
    return await work({ store, url: server.url, pid: server.pid });
  } finally {
    await store.close();
    await server.close();
    if (keptDir === null) await rm(dataDir, { recursive: true, force: true });
  }
}
