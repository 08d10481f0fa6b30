/**
 * How many events a second come from a CSV file, through decode, engine and embedded store, to durable rows? The hash names the stays
 * in the store: two versions that print the same one derive the same.
 * `npm run bench -- replay [--subscribers 2000] [--days 7] [--seed 1] [--data DIR]`; the test of the same name runs it tiny.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore, type Store } from "../src/store/client.js";
import { startEmbeddedStore } from "../src/store/server-process.js";
import { createStoreWriter } from "../src/store/writer.js";
import { derive, openBenchCity, signallingOf } from "./support/derive.js";
import { isMain } from "./support/main.js";
import { withSimulated } from "./support/simulated.js";

export interface ReplayFigure {
  readonly events: number;
  readonly stays: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Resident memory of this process at its peak, the simulation that may have gone before included, MB. */
  readonly rssPeakMb: number;
  /** Hexadecimal; depends on the rows of `stays` and not on their order. */
  readonly staysHash: string;
}

/** Replays a folder of simulated data into a store of its own. The clock starts when the store is ready. */
export async function benchReplay(dir: string): Promise<ReplayFigure> {
  const { config, city } = await openBenchCity(dir);
  const dataDir = await mkdtemp(join(tmpdir(), "lifecircle-replay-"));
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
    const writer = createStoreWriter(store, { insertRowsMax: 500_000, insertBytesMax: 64 * 1024 * 1024 });
    const { counts, seconds } = await derive(signallingOf(dir, config), config, city, writer);
    return {
      events: counts.events,
      stays: counts.stays,
      seconds,
      eventsPerSecond: Math.round(counts.events / seconds),
      rssPeakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      staysHash: await hashStays(store),
    };
  } finally {
    await store.close();
    await server.close();
    await rm(dataDir, { recursive: true });
  }
}

async function hashStays({ client }: Store): Promise<string> {
  const answer = await client.query({
    query: "SELECT hex(groupBitXor(sipHash64(*))) AS hash FROM stays",
    format: "JSONEachRow",
  });
  const [row] = await answer.json<{ hash: string }>();
  return row?.hash ?? "";
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      subscribers: { type: "string", default: "2000" },
      days: { type: "string", default: "7" },
      seed: { type: "string", default: "1" },
      data: { type: "string" },
    },
  });
  const simulation = {
    subscribers: Number(values.subscribers),
    days: Number(values.days),
    seed: Number(values.seed),
  };
  console.log(JSON.stringify(await withSimulated(values.data, simulation, benchReplay)));
}
