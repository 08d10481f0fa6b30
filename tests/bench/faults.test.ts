import { beforeAll, describe, expect, test } from "vitest";
import { hasLost } from "../../bench/faults/copies.js";
import { FAULTS } from "../../bench/faults/kinds.js";
import { type Outcome, type Plan, planOf, storeAway } from "../../bench/faults/round.js";
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

describe("on one city", () => {
  const plans = [
    {
      ...planOf(1),
      nodes: 1,
      feedMs: 1500,
      strikes: ["engine killed", "store killed"].flatMap((name, i) =>
        FAULTS.filter((fault) => fault.name === name).map((fault) => ({ fault, atMs: 800 + 300 * i, forMs: 100 })),
      ),
    },
    // The store goes away three seconds after the feed has begun: in a feed of six, most would never be held back.
    { ...storeAway(2, 10_000), people: 40, days: 4, citySeed: planOf(1).citySeed },
  ];
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    outcomes = await runFaults(
      plans.map(({ seed }) => seed),
      () => undefined,
      (seed) => plans.find((plan) => plan.seed === seed) as Plan,
    );
  }, 240_000);
  const outcomeOf = (seed: number) => {
    const outcome = outcomes.find(({ plan }) => plan.seed === seed);
    if (outcome === undefined) throw new Error("no round");
    expect(isWell(outcome), JSON.stringify({ ...outcome, plan: null }).slice(0, 4000)).toBe(true);
    return outcome;
  };

  test("after an engine and a store that were killed in mid-stream all tables are those of an undisturbed run", () => {
    const { rows, copies, messages } = outcomeOf(1);
    expect(rows).toBeGreaterThan(1000);
    expect(copies).toEqual([{ messages, firstSequence: 1 }]);
  });

  test("while the store is away the engine waits with what it has, leaves the rest in the stream, and loses nothing", () => {
    expect(wasHeld(outcomeOf(2))).toBe(true);
  });
});
