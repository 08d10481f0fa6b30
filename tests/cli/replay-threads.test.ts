import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runReplayEngine } from "../../src/cli/replay-engine.js";
import { ReplayThreads } from "../../src/cli/replay-threads.js";
import { openConfiguredStore } from "../../src/cli/store.js";
import { loadConfig } from "../../src/config/load.js";
import type { Config, FlagSettings } from "../../src/config/schema.js";
import type { Counts } from "../../src/partition.js";
import { NOBODY } from "../../src/signal/exclusion.js";
import { fileThread } from "../../src/source/file-thread.js";
import { smallCity, temporary } from "../derivation.js";
import { build } from "../smoke/lifecircle.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "../smoke/small-city.js";

const KEY = "the key of this test";
const quiet = () => undefined;

beforeAll(build);

function configOf(geo: string, flags: FlagSettings = {}): Config {
  const env = { LIFECIRCLE_PSEUDONYM_KEY: KEY };
  return loadConfig({ env, flags: { "geo.dir": geo, "data.dir": temporary("data"), ...flags } });
}

function sourceOf(config: Config, file: string) {
  return fileThread({
    files: [file],
    partitions: config.stream.partitions,
    rowsPerBatch: 100,
    pseudonymKey: Buffer.from(KEY),
    aheadMsMax: 60_000,
    lineBytesMax: 1000,
    closeAtEnd: true,
  });
}

/** The counts of a replay, and all rows of the tables with them. */
async function replayed(geo: string, file: string, threads: number): Promise<{ counts: Counts; rows: unknown }> {
  const config = configOf(geo);
  const deriver = threads === 1 ? null : await ReplayThreads.start(config, threads);
  const opened = await openConfiguredStore(config, quiet);
  const { store } = opened;
  try {
    const source = sourceOf(config, file);
    const parts = { config, city: smallCity(), store, source, optedOut: NOBODY, warn: quiet, onEpoch: quiet };
    const counts = await (deriver === null ? runReplayEngine(parts) : deriver.run(source, opened, quiet));
    const tables = ["stays", "anchors", "memberships", "membership_log", "presence", "rejected"];
    const rows = [];
    for (const table of tables) {
      const answer = await store.client.query({ query: `SELECT * FROM ${table} ORDER BY ALL`, format: "JSONEachRow" });
      rows.push(await answer.json());
    }
    return { counts, rows };
  } finally {
    await opened.close();
    await deriver?.close();
  }
}

describe("a replay in threads", () => {
  test("counts and writes what one engine does", async () => {
    const geo = temporary("geo");
    writeSmallCity(geo);
    const file = temporary("signalling.csv");
    writeSignalling(file, smallSignalling(24, 6));
    const one = await replayed(geo, file, 1);
    const three = await replayed(geo, file, 3);
    expect(one.counts.stays).toBeGreaterThan(100);
    expect(three).toEqual(one);
  });

  test("ends with the fault of its files", async () => {
    const geo = temporary("geo");
    writeSmallCity(geo);
    await expect(replayed(geo, join(geo, "nothing.csv"), 2)).rejects.toThrow("nothing.csv");
  });

  test("ends with the fault of the city before anything is derived", async () => {
    await expect(ReplayThreads.start(configOf(temporary("no city")), 2)).rejects.toThrow("no city folder");
  });

  test("ends with the fault of a thread that cannot write, and does not wait for the others", async () => {
    const geo = temporary("geo");
    writeSmallCity(geo);
    const file = temporary("signalling.csv");
    writeSignalling(file, smallSignalling(24, 6));
    const config = configOf(geo, { "store.retriesMax": 0 });
    const deriver = await ReplayThreads.start(config, 2);
    const run = deriver.run(sourceOf(config, file), { url: "http://127.0.0.1:1", password: "" }, quiet);
    await expect(run).rejects.toThrow(/the store: .*\n {2}mend: see whether it runs/);
    await deriver.close();
  });
});
