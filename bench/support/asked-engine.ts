import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createKey, keysPath } from "../../src/http/access/keys.js";
import { type Client, createClient } from "../../src/http/client.js";
import { connectNats } from "../../src/source/nats/connect.js";
import { startNatsServer } from "../../src/source/nats/server.js";
import type { StoreClient } from "../../src/store/client.js";
import { withBenchStore } from "./bench-store.js";
import { openBenchCity } from "./derive.js";
import { type EngineProcess, startApiProcess, startEngineProcess } from "./engine-process.js";
import { Feed } from "./feed.js";
import { cpuSecondsOf } from "./process-stat.js";
import type { Subjects } from "./questions.js";
import type { TrafficOptions } from "./traffic.js";

const PARTITIONS = 4;
const NATS_BYTES_MAX = 14e9;
const SUBJECTS_MAX = 2000;
const DAY_MS = 86_400_000;

/** Processor time, seconds. */
export interface Cpu {
  readonly engine: number;
  /** The same process as the engine, unless it is apart. */
  readonly api: number;
  readonly clickhouse: number;
  readonly nats: number;
  /** This process: the events, and all the clients. */
  readonly bench: number;
}

/** An engine with its servers, fed by this process, whose API is asked. */
export interface AskedEngine {
  readonly feed: Feed;
  readonly engine: EngineProcess;
  readonly store: StoreClient;
  readonly cpu: () => Cpu;
  /** Each with a key of its own, so that none is turned away for what the others ask. */
  readonly clients: (count: number) => Client[];
}

export interface AskedOptions extends Omit<TrafficOptions, "partitions"> {
  /** The API is a process of its own. */
  readonly isApart: boolean;
  /** `api.cacheSecondsMax`; absent: the default. */
  readonly cacheSecondsMax?: number;
}

export async function withAskedEngine<T>(options: AskedOptions, work: (asked: AskedEngine) => Promise<T>): Promise<T> {
  const { city } = await openBenchCity(fileURLToPath(new URL("../../geo/guangzhou", import.meta.url)));
  const dir = await mkdtemp(join(tmpdir(), "lifecircle-load-"));
  const nats = await startNatsServer({ dataDir: dir, storeBytesMax: NATS_BYTES_MAX * 1.4 });
  try {
    return await withBenchStore(async ({ store, url, pid }) => {
      const { cacheSecondsMax } = options;
      const servers = {
        ...{ dir, streamUrl: nats.url, storeUrl: url, partitions: PARTITIONS, flushSecondsMax: 5 },
        ...(cacheSecondsMax === undefined ? {} : { cacheSecondsMax }),
      };
      const engine = await startEngineProcess(options.isApart ? servers : { ...servers, api: true });
      const api = options.isApart ? await startApiProcess(servers) : engine;
      const connection = await connectNats({ url: nats.url }, { name: "bench", retryMsMax: 1000 });
      const feed = new Feed(connection, city.cells, { ...options, partitions: PARTITIONS });
      const cpu = () => {
        const { user, system } = process.cpuUsage();
        return {
          engine: cpuSecondsOf(engine.pid),
          api: cpuSecondsOf(api.pid),
          clickhouse: cpuSecondsOf(pid),
          nats: cpuSecondsOf(nats.pid),
          bench: (user + system) / 1e6,
        };
      };
      const clients = (count: number) => clientsOf(join(dir, "data"), api.url, count);
      try {
        return await work({ feed, engine, store: store.client, cpu, clients });
      } finally {
        await connection.close();
        if (api !== engine) await api.close();
        await engine.close();
      }
    });
  } finally {
    await nats.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function clientsOf(dataDir: string, url: string, count: number): Client[] {
  const role = { role: "admin", regions: null, purposes: null } as const;
  return Array.from({ length: count }, (_, i) => {
    const wanted = { ...role, name: `client ${i}`, expiresMs: Date.now() + DAY_MS };
    const { text } = createKey(keysPath(dataDir), wanted, Date.now());
    return createClient({ url, key: text, purpose: "benchmark" });
  });
}

/** What there is to ask about. */
export async function subjectsOf(store: StoreClient): Promise<Subjects> {
  const list = async <T>(query: string) => (await store.query({ query, format: "JSONEachRow" })).json<T>();
  const circles = await list<{ circle: string }>(
    "SELECT circle FROM memberships GROUP BY circle ORDER BY count() DESC LIMIT 200",
  );
  const people = await list<{ subscriber: string }>(
    `SELECT DISTINCT toString(subscriber) AS subscriber FROM stays LIMIT ${SUBJECTS_MAX}`,
  );
  const [newest] = await list<{ ms: string }>("SELECT toUnixTimestamp(max(slot)) * 1000 AS ms FROM presence_rows");
  return {
    circles: circles.map(({ circle }) => circle),
    subscribers: people.map(({ subscriber }) => subscriber),
    newestMs: Number(newest?.ms),
  };
}
