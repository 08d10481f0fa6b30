import { beforeAll, expect, test } from "vitest";
import { FAULTS } from "../../bench/faults/kinds.js";
import { planOf, storeAway } from "../../bench/faults/round.js";
import { difference } from "../../bench/faults/rows.js";
import { isWell, runFaults, wasHeld } from "../../bench/faults.js";
import { build } from "../smoke/lifecircle.js";

beforeAll(build);

test("the same seed strikes with the same faults, and a hundred seeds with all of them", () => {
  expect(planOf(7)).toEqual(planOf(7));
  const seeds = Array.from({ length: 100 }, (_, seed) => seed + 1);
  const drawn = new Set(seeds.flatMap((seed) => planOf(seed).strikes.map(({ fault }) => fault.name)));
  expect([...drawn].sort()).toEqual(FAULTS.map(({ name }) => name).sort());
});

test("a row that is missing, another one, and one that is there twice are differences", () => {
  expect(difference(["a", "b", "b", "d"], ["a", "b", "c", "d", "d"])).toEqual({ missing: ["b"], extra: ["c", "d"] });
  expect(difference(["a"], ["a"])).toEqual({ missing: [], extra: [] });
});

test("after an engine and a store that were killed in mid-stream all tables are those of an undisturbed run", async () => {
  const [outcome] = await runFaults(
    [1],
    () => undefined,
    (seed) => ({
      ...planOf(seed),
      nodes: 1,
      feedMs: 1500,
      strikes: ["engine killed", "store killed"].flatMap((name, i) =>
        FAULTS.filter((fault) => fault.name === name).map((fault) => ({ fault, atMs: 800 + 300 * i, forMs: 100 })),
      ),
    }),
  );
  if (outcome === undefined) throw new Error("no round");
  expect(isWell(outcome), JSON.stringify({ ...outcome, plan: null }).slice(0, 4000)).toBe(true);
  expect(outcome.rows).toBeGreaterThan(1000);
}, 120_000);

test("while the store is away the engine waits with what it has, leaves the rest in the stream, and loses nothing", async () => {
  const [outcome] = await runFaults(
    [2],
    () => undefined,
    (seed) => storeAway(seed, 8000),
  );
  if (outcome === undefined) throw new Error("no round");
  expect(isWell(outcome), JSON.stringify({ ...outcome, plan: null }).slice(0, 4000)).toBe(true);
  expect(wasHeld(outcome)).toBe(true);
}, 120_000);
