import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openStore, type Store, type StoreOptions } from "../../src/store/client.js";
import { startEmbeddedStore } from "../../src/store/server-process.js";

const ROOT = resolve(import.meta.dirname, "../..");

/** The embedded store is a process that runs compiled JavaScript; compiles it where it is older than its sources. */
export function buildServer(): void {
  const built = join(ROOT, "dist/store/embedded-server.js");
  if (existsSync(built) && statSync(built).mtimeMs > newest(join(ROOT, "src/store"))) return;
  try {
    execFileSync(process.execPath, [join(ROOT, "node_modules/.bin/tsc"), "-p", join(ROOT, "tsconfig.json")], {
      cwd: ROOT,
    });
  } catch (error) {
    if (!existsSync(built)) throw error;
  }
}

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(
    ...files.filter((file) => file.isFile()).map((file) => statSync(join(file.parentPath, file.name)).mtimeMs),
  );
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "lifecircle-store-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) };
}

export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  close(): Promise<void>;
}

/** The server that LIFECIRCLE_TEST_CLICKHOUSE_URL names, else an embedded one on a folder of its own. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.LIFECIRCLE_TEST_CLICKHOUSE_URL;
  if (given !== undefined) return { url: given, dataDir: "", close: async () => {} };
  buildServer();
  const folder = temporaryFolder();
  const server = await startEmbeddedStore({ dataDir: folder.path });
  return {
    url: server.url,
    dataDir: folder.path,
    async close() {
      await server.close();
      folder.remove();
    },
  };
}

/** Options for a database that no other test uses. */
export function testOptions(url: string, change: Partial<StoreOptions> = {}): StoreOptions {
  return {
    url,
    database: `test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`,
    user: "default",
    password: "",
    caFile: null,
    gzip: false,
    requestMsMax: 60_000,
    retriesMax: 2,
    retryFirstMs: 20,
    retryMsMax: 100,
    ttlDays: { stays: null, membershipLog: null, presence: null, rejected: null },
    ...change,
  };
}

/** The server and a database of its own for the tests of one file, from the first to the last. */
export function storeOfTests(): { readonly server: TestServer; readonly store: Store } {
  const here = {} as { server: TestServer; store: Store };
  beforeAll(async () => {
    here.server = await startTestServer();
    here.store = await openStore(testOptions(here.server.url));
  });
  afterAll(async () => {
    await here.store?.close();
    await here.server?.close();
  });
  return here;
}
