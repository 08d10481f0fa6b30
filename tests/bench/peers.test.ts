import { beforeAll, expect, test } from "vitest";
import { benchPeers } from "../../bench/peers.js";
import { withSimulated } from "../../bench/support/simulated.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the databases, the RxJS pipeline and the engine's parts give the same naive stays and homes, and the databases the same circles, tiny", async () => {
  const figure = await withSimulated(undefined, { subscribers: 12, days: 4, seed: 5 }, benchPeers);
  const hashes = (task: string, who: RegExp) =>
    figure.rows.filter((row) => row.task === task && who.test(row.who)).map(({ hash }) => hash);
  const naive = hashes("naive", /./);
  expect(naive).toHaveLength(5);
  expect(new Set(naive).size).toBe(1);
  expect(hashes("whole", /ClickHouse/)).toEqual(hashes("whole", /DuckDB/));
  expect(hashes("fresh", /all anew/)).toEqual([...hashes("whole", /ClickHouse/), ...hashes("whole", /DuckDB/)]);
  expect(hashes("fresh", /ClickHouse.*kept/)).toEqual(hashes("fresh", /DuckDB.*kept/));
  for (const { who, homesRight } of figure.rows) expect(homesRight, who).toBeGreaterThan(0.4);
  const fresh = figure.rows
    .filter(({ task, who }) => task !== "naive" && who.startsWith("Lifecircle"))
    .map(({ cpuSeconds }) => cpuSeconds);
  expect(fresh).toHaveLength(3);
  for (const seconds of fresh) expect(seconds).toBeGreaterThan(0);
});
