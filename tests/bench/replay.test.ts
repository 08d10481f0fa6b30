import { beforeAll, expect, test } from "vitest";
import { benchReplay } from "../../bench/replay.js";
import { withSimulated } from "../../bench/support/simulated.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the replay benchmark runs, tiny, and the same file gives the same stays", async () => {
  await withSimulated(undefined, { subscribers: 5, days: 2, seed: 5 }, async (dir) => {
    const first = await benchReplay(dir);
    const second = await benchReplay(dir);
    expect(first.events).toBeGreaterThan(100);
    expect(first.stays).toBeGreaterThan(5);
    expect(first.staysHash).toMatch(/^[0-9A-F]{16}$/);
    expect([second.events, second.stays, second.staysHash]).toEqual([first.events, first.stays, first.staysHash]);
  });
});
