import { describe, expect, test } from "vitest";
import { hasBit, idsIn } from "../../src/audience/bitset.js";
import type { Leaf } from "../../src/audience/expression.js";
import { agesWithTime, type MembershipState, Population } from "../../src/audience/population.js";

const DAY = 86_400;
const AS_OF = 100 * DAY;

function member(person: number, circle: string, more: Partial<MembershipState> = {}): MembershipState {
  return {
    subscriberHi: 7,
    subscriberLo: person,
    circle,
    score: 0.7,
    sinceSec: AS_OF - 10 * DAY,
    seenSec: AS_OF,
    gone: false,
    ...more,
  };
}

function peopleOf(population: Population, leaf: Leaf): number[] {
  return [...idsIn(population.sets().of(leaf))].map((id) => population.ids.loOf(id));
}

describe("the set of a leaf", () => {
  test("follows memberships that begin, change and end", () => {
    const population = new Population(1e9, AS_OF);
    const leaves: Leaf[] = [
      { circle: "film" },
      { circle: "film", scoreMin: 0.7 },
      { circle: "film", seenWithinDays: 3 },
      { circle: "film", memberForDays: 11 },
    ];
    for (const leaf of leaves) population.draft(leaf).keep();
    population.apply(member(1, "film", { score: Math.fround(0.7) }));
    population.apply(member(2, "film", { score: 0.69, seenSec: AS_OF - 4 * DAY }));
    population.apply(member(3, "film", { sinceSec: AS_OF - 12 * DAY }));
    population.apply(member(4, "music"));
    expect(leaves.map((leaf) => peopleOf(population, leaf))).toEqual([[1, 2, 3], [1, 3], [1, 3], [3]]);
    population.apply(member(3, "film", { gone: true }));
    population.apply(member(2, "film", { score: 0.9 }));
    expect(leaves.map((leaf) => peopleOf(population, leaf))).toEqual([[1, 2], [1, 2], [1, 2], []]);
  });

  test("grows with the people, who keep their ids", () => {
    const population = new Population(1e9, AS_OF);
    population.draft({ circle: "film" }).keep();
    for (let person = 0; person < 5000; person++) population.apply(member(person, person % 2 === 0 ? "film" : "music"));
    expect(peopleOf(population, { circle: "film" })).toEqual(Array.from({ length: 2500 }, (_, i) => 2 * i));
    expect(population.ids.find(7, 4321)).toBe(4321);
    expect(population.ids.find(8, 4321)).toBe(-1);
    expect(hasBit(population.everybody, 4999)).toBe(true);
  });

  test("is dropped when there is no room, those asked for longest ago first, and never one that is wanted", () => {
    const population = new Population(256, AS_OF);
    const [a, b, c] = [{ circle: "a" }, { circle: "b" }, { circle: "c" }];
    for (const leaf of [a, b, c]) population.draft(leaf).keep();
    population.sets().of(a);
    population.makeRoom([c]);
    expect([a, b, c].map((leaf) => population.has(leaf))).toEqual([true, false, true]);
    population.makeRoom([a, b, c]);
    expect(population.leafCount).toBe(2);
    expect(() => population.sets().of(b)).toThrow("the set of b is not held");
  });
});

test("recency, presence and scores age with the watermark, being in a circle does not", () => {
  expect(agesWithTime({ circle: "a" })).toBe(false);
  expect(agesWithTime({ circle: "a", scoreMin: 0.5 })).toBe(true);
  expect(agesWithTime({ circle: "a", memberForDays: 5 })).toBe(true);
  expect(agesWithTime({ at: { venue: "v" }, withinDays: 1 })).toBe(true);
});
