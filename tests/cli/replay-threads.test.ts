import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { replayEngine } from "../../src/cli/replay-engine.js";
import { replayInThreads } from "../../src/cli/replay-threads.js";
import { openConfiguredStore } from "../../src/cli/store.js";
import { loadConfig } from "../../src/config/load.js";
import type { Config } from "../../src/config/schema.js";
import type { Counts } from "../../src/partition.js";
import { NOBODY } from "../../src/signal/exclusion.js";
import { fileThread } from "../../src/source/file-thread.js";
import { smallCity, temporary } from "../derivation.js";
import { smallSignalling, writeSignalling, writeSmallCity } from "../smoke/small-city.js";
import { buildServer } from "../store/support.js";

const KEY = "the key of this test";
const quiet = () => undefined;

beforeAll(buildServer);

function configOf(geo: string): Config {
  return loadConfig({
    env: { LIFECIRCLE_PSEUDONYM_KEY: KEY },
    flags: { "geo.dir": geo, "data.dir": temporary("data") },
  });
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
  const opened = await openConfiguredStore(config, quiet);
  const { store, url, password } = opened;
  try {
    const source = sourceOf(config, file);
    const parts = { config, city: smallCity(), store, source, optedOut: NOBODY, warn: quiet, onEpoch: quiet };
    const counts = await (threads === 1
      ? replayEngine(parts).run()
      : replayInThreads(source, threads, { config, store: { url, password } }, quiet));
    const tables = ["stays", "anchors", "memberships", "membership_log", "presence", "rejected"];
    const rows = [];
    for (const table of tables) {
      const answer = await store.client.query({ query: `SELECT * FROM ${table} ORDER BY ALL`, format: "JSONEachRow" });
      rows.push(await answer.json());
    }
    return { counts, rows };
  } finally {
    await opened.close();
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
  }, 120_000);

  test("ends with the fault of its files", async () => {
    const geo = temporary("geo");
    writeSmallCity(geo);
    await expect(replayed(geo, join(geo, "nothing.csv"), 2)).rejects.toThrow("nothing.csv");
  }, 60_000);

  test("ends with the fault of a thread, and does not wait for the others", async () => {
    const geo = temporary("geo");
    writeSmallCity(geo);
    const file = temporary("signalling.csv");
    writeSignalling(file, smallSignalling(24, 6));
    const config = configOf(temporary("no city"));
    const store = { url: "http://127.0.0.1:1", password: "" };
    await expect(replayInThreads(sourceOf(config, file), 2, { config, store }, quiet)).rejects.toThrow(
      "no city folder",
    );
  }, 60_000);
});
