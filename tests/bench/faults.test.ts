import { beforeAll, expect, test } from "vitest";
import { hasLost } from "../../bench/faults/copies.js";
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

test("a server that lacks the oldest messages has lost them, one that lacks the newest may be behind", () => {
  const whole = { messages: 90, firstSequence: 1 };
  expect(hasLost([whole, whole, whole], 90)).toBe(false);
  expect(hasLost([whole, { messages: 80, firstSequence: 1 }, whole], 90)).toBe(false);
  expect(hasLost([whole, { messages: 80, firstSequence: 11 }, whole], 90)).toBe(true);
  expect(hasLost([{ messages: 80, firstSequence: 1 }], 90)).toBe(true);
  expect(hasLost([], 90)).toBe(false);
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
  expect(outcome.copies).toEqual([{ messages: outcome.messages, firstSequence: 1 }]);
}, 120_000);

test("while the store is away the engine waits with what it has, leaves the rest in the stream, and loses nothing", async () => {
  const [outcome] = await runFaults(
    [2],
    () => undefined,
    (seed) => ({ ...storeAway(seed, 10_000), people: 40, days: 4 }),
  );
  if (outcome === undefined) throw new Error("no round");
  expect(isWell(outcome), JSON.stringify({ ...outcome, plan: null }).slice(0, 4000)).toBe(true);
  expect(wasHeld(outcome)).toBe(true);
}, 120_000);
