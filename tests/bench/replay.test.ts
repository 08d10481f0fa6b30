import { beforeAll, expect, test } from "vitest";
import { benchReplay, replayIntoStore } from "../../bench/replay.js";
import { withSimulated } from "../../bench/support/simulated.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the replay benchmark runs, tiny, and the same file gives the same rows", async () => {
  await withSimulated(undefined, { subscribers: 5, days: 3, seed: 5 }, async (dir) => {
    const first = await benchReplay(dir);
    const second = await replayIntoStore(dir);
    expect(first.events).toBeGreaterThan(100);
    expect(first.stays).toBeGreaterThan(5);
    expect(first.rows).toBeGreaterThan(first.stays);
    for (const [table, hash] of Object.entries(first.hashes)) expect(hash, table).toMatch(/^[0-9A-F]{16}$/);
    expect(new Set(Object.values(first.hashes)).size).toBeGreaterThan(3);
    for (const rate of [first.withStore, first.csv, first.gzip, first.parquet, first.batches])
      expect(rate?.eventsPerSecond).toBeGreaterThan(0);
    expect(first.storeMb.stays_rows).toBeGreaterThan(0);
    expect([second.events, second.stays, second.rows, second.hashes]).toEqual([
      first.events,
      first.stays,
      first.rows,
      first.hashes,
    ]);
  });
});
