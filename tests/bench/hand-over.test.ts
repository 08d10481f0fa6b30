import { beforeAll, expect, test } from "vitest";
import { handOver } from "../../bench/hand-over.js";
import { build } from "../smoke/lifecircle.js";

beforeAll(build);

/** What a round does is tried by tests/smoke/cluster.test.ts, where the tables are looked at as well. */
test("two engines come to half of the partitions each", async () => {
  expect(await handOver(0)).toEqual({ rounds: 0, takenSeconds: [], joinedSeconds: [] });
});
