import { expect, test } from "vitest";
import type { ToldSet } from "../../src/audience/told.js";
import { type ToldOutcome, ToldRegister } from "../../src/store/told-register.js";
import { storeOfTests } from "./support.js";

const K = 15;
const here = storeOfTests();

/** A set of 60 people, whatever is told of it; nearly the same for the same name. */
function set(name: number, told: number | null, changed = 0): ToldSet {
  const fingerprint = Uint32Array.from({ length: 64 }, (_, i) =>
    i < changed ? 7 : Math.imul(name + 1, i + 0x9e37_79b1),
  );
  return { people: 60, told, fingerprint };
}

function register(perDayMax: number, outcomes: ToldOutcome[] = []) {
  return new ToldRegister(here.store.client, { peopleMin: K, perDayMax, observe: (outcome) => outcomes.push(outcome) });
}

test("what was told is told again of nearly the same people, by another process and after a restart", async () => {
  const [one, other] = [register(10), register(10)];
  expect(await one.tell("a", set(1, 60))).toEqual({ people: 60 });
  expect(await other.tell("b", set(1, 45, 5))).toEqual({ people: 60 });
  expect(await register(10).tell("c", set(1, 75, 14))).toEqual({ people: 60 });
  expect(await register(10).tell("c", set(1, 75, 40))).toEqual({ people: 75 });
});

test("of two processes that are asked at once for nearly the same, both tell the number of the one that was first", async () => {
  const registers = Array.from({ length: 4 }, () => register(100));
  for (let round = 0; round < 25; round++) {
    const tellings = await Promise.all(
      registers.map((one, i) => one.tell(`d${i}`, set(100 + round, 60 + 15 * (i % 2), i))),
    );
    expect(new Set(tellings.map((telling) => JSON.stringify(telling))).size).toBe(1);
  }
});

test("what a key has spent is spent in all processes, until the day ends; what it was told before is free", async () => {
  const outcomes: ToldOutcome[] = [];
  const one = register(3);
  for (let i = 0; i < 3; i++) expect(await one.tell("e", set(200 + i, 60))).toEqual({ people: 60 });
  const restarted = register(3, outcomes);
  const refused = await restarted.tell("e", set(203, 60));
  expect(refused).toEqual({ retrySeconds: expect.any(Number) });
  expect((refused as { retrySeconds: number }).retrySeconds).toBeLessThanOrEqual(86_400);
  expect(await restarted.tell("e", set(201, 60))).toEqual({ people: 60 });
  expect(await restarted.tell("f", set(203, 60))).toEqual({ people: 60 });
  expect(outcomes).toEqual(["spent", "again", "new"]);
});

test("many wishes of one key at once do not get it more than it may have", async () => {
  const one = register(4);
  const tellings = await Promise.all(Array.from({ length: 12 }, (_, i) => one.tell("g", set(300 + i, 60))));
  expect(tellings.filter((telling) => "people" in telling)).toHaveLength(4);
});
