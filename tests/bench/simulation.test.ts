import { expect, test } from "vitest";
import { simulate } from "../../bench/simulation.js";

test("engines that share a stream leave the tables of an undisturbed one whatever goes wrong, and a seed replays exactly", async () => {
  const once = await simulate(1, 6);
  expect(once.wrong).toEqual([]);
  expect(once.counts.kill).toBeGreaterThan(0);
  expect(once.counts.lost).toBeGreaterThan(0);
  for (const what of ["forgotten", "changed", "diaries written"]) expect(once.counts[what], what).toBeGreaterThan(0);
  expect(new Set(once.digests).size).toBe(6);
  const again = await simulate(5, 1);
  expect(again.digests).toEqual(once.digests.slice(4, 5));
});
