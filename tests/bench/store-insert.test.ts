import { beforeAll, expect, test } from "vitest";
import { benchStoreInsert } from "../../bench/store-insert.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the insert benchmark runs, tiny", async () => {
  const report = await benchStoreInsert(200);
  expect(report.figures.map((figure) => [figure.table, figure.rows])).toEqual([
    ["presence", 200],
    ["memberships", 200],
    ["stays", 200],
  ]);
  for (const figure of report.figures) expect(figure.durableRowsPerSecond).toBeGreaterThan(0);
});
