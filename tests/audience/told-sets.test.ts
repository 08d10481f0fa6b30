import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../src/audience/expression.js";
import { fingerprintWords } from "../../src/audience/told.js";
import { ToldSets, withinOfSets } from "../../src/audience/told-sets.js";
import { loadConfig } from "../../src/config/load.js";
import { City, circle, K, PEOPLE } from "./told-city.js";

const DAY_MS = 86_400_000;
/** What a key may ask in a day, as it is configured. */
const PER_DAY = loadConfig({ env: {} }).api.audiencesToldPerDayMax;

/** Who asks a city, as the API answers. */
class Asker {
  spent = 0;
  readonly city: City;
  private readonly sets: ToldSets;
  private readonly name: string;
  private timeMs = 0;

  constructor(city: City, sets: ToldSets, name = "asker") {
    this.city = city;
    this.sets = sets;
    this.name = name;
  }

  ask(expression: Expression): number | null {
    const set = this.city.set(expression);
    const outcome = this.sets.mayTell(this.name, set, this.timeMs, 0);
    if (outcome === "spent") this.spent++;
    else if (outcome === "new") this.sets.take({ ...set, principal: this.name, timeMs: this.timeMs });
    return outcome === "spent" ? -1 : this.sets.numberOf(set);
  }

  sleep(): void {
    this.timeMs += DAY_MS;
  }
}

const askerOf = (city: City, perDay = PER_DAY) => new Asker(city, new ToldSets({ peopleMin: K }, perDay));
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const beside = (name: string, i: number, share = 30): Expression => ({ any: [circle(name), circle(`d${i}:${share}`)] });

describe("two circles that differ by fewer than k people", () => {
  test("have the same number beside every group, for as many questions as a key has, day after day and in any order", () => {
    const city = new City(1);
    city.put("first", ids(0, 200));
    city.put("second", ids(0, 195));
    const asker = askerOf(city);
    let pairs = 0;
    for (let day = 0; day < 8; day++, asker.sleep()) {
      for (let i = 0; i < PER_DAY; i++) {
        const order = i % 2 === 0 ? ["first", "second"] : ["second", "first"];
        const [one, other] = order.map((name) => asker.ask(beside(name, day * PER_DAY + i, 10 + (i % 8) * 10)));
        expect(other).toBe(one);
        pairs++;
      }
    }
    expect(asker.spent).toBe(0);
    expect(pairs).toBe(8 * PER_DAY);
  });

  test("have it also where every first is asked for before every second, and by keys of several", () => {
    const city = new City(7);
    city.put("first", ids(0, 200));
    city.put("second", ids(5, 200));
    const sets = new ToldSets({ peopleMin: K }, PER_DAY);
    const [one, other] = [new Asker(city, sets, "one"), new Asker(city, sets, "other")];
    const groups = ids(0, PER_DAY);
    const firsts = groups.map((i) => one.ask(beside("first", i)));
    const seconds = groups.map((i) => other.ask(beside("second", i)));
    expect(seconds).toEqual(firsts);
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });

  test("are told apart by a third that is near to one of them alone, which says that it is and no more", () => {
    // What does not hold (docs/decisions/0017): nearness is not transitive.
    const city = new City(3);
    city.put("third", ids(0, 212));
    city.put("first", ids(0, 200));
    city.put("second", ids(0, 192));
    const asker = askerOf(city);
    let differing = 0;
    const rounds = Math.floor(PER_DAY / 3);
    for (let i = 0; i < rounds; i++) {
      const [third, first, second] = ["third", "first", "second"].map((name) => asker.ask(beside(name, i, 5)));
      expect(first).toBe(third);
      if (second !== first) differing++;
    }
    expect(differing).toBeGreaterThan(0);
    expect(asker.spent).toBe(0);
  });
});

describe("the number of a set", () => {
  const share = fc.constantFrom(1, 3, 10, 40, 90);

  test("is never of fewer than k people, and never further from the truth than is said", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.array(fc.tuple(fc.nat(30), share), { minLength: 1, maxLength: 40 }),
        (seed, asked) => {
          const city = new City(seed);
          const asker = askerOf(city);
          for (const [name, percent] of asked) {
            const expression = circle(`c${name}:${percent}`);
            const told = asker.ask(expression);
            if (told === null) continue;
            expect(city.count(expression)).toBeGreaterThanOrEqual(K);
            expect(Math.abs(told - city.count(expression))).toBeLessThanOrEqual(withinOfSets(city.disclosure));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("is that of the first one near it: sets are near where fewer than k differ, and seldom where more than twice as many do", () => {
    let taken = 0;
    for (let seed = 0; seed < 300; seed++) {
      const city = new City(seed);
      const few = seed % K;
      const many = 2 * K + (seed % K);
      city.put("all", ids(0, 300));
      city.put("less", ids(few, 300));
      // As many people, so that their number does not give them away.
      city.put("other", ids(many / 2, 300 + many / 2));
      const sets = new ToldSets({ peopleMin: K }, PER_DAY);
      sets.take({ ...city.set(circle("all")), principal: "one", timeMs: 0 });
      expect(sets.find(city.set(circle("less")))).not.toBeNull();
      if (sets.find(city.set(circle("other"))) !== null) taken++;
    }
    expect(taken / 300).toBeLessThan(0.05);
    expect(fingerprintWords(K)).toBe(64);
  });
});

describe("the budget of a key", () => {
  const circles = ids(0, 4).map((i) => circle(`b${i}:40`));

  test("is spent by different sets, not by repetitions, other words, or nearly the same people", () => {
    const city = new City(1);
    const asker = askerOf(city, 3);
    const [a, b, c, d] = circles as [Expression, Expression, Expression, Expression];
    const told = [a, b, c].map((one) => asker.ask(one));
    city.put("few", ids(0, 5));
    for (let i = 0; i < 10; i++) {
      expect(asker.ask(a)).toBe(told[0]);
      expect(asker.ask({ any: [b, b] })).toBe(told[1]);
      expect(asker.ask({ all: [c, { not: circle("few") }] })).toBe(told[2]);
    }
    expect(asker.spent).toBe(0);
    expect(asker.ask(d)).toBe(-1);
    asker.sleep();
    expect(asker.ask(d)).not.toBe(-1);
  });

  test("is each key's own, and what was told to another is not free", () => {
    const city = new City(1);
    const sets = new ToldSets({ peopleMin: K }, 2);
    const [one, other] = [new Asker(city, sets, "one"), new Asker(city, sets, "other")];
    const [a, b, c] = circles as [Expression, Expression, Expression];
    expect([a, b].map((set) => other.ask(set))).toEqual([a, b].map((set) => one.ask(set)));
    expect(one.ask(c)).toBe(-1);
    expect(other.ask(c)).toBe(-1);
    expect(one.ask(a)).not.toBe(-1);
  });

  test("counts groups of too few, too", () => {
    const city = new City(1);
    city.put("five", ids(0, 5));
    city.put("twelve", ids(PEOPLE - 12, PEOPLE));
    const asker = askerOf(city, 1);
    expect(asker.ask(circle("five"))).toBeNull();
    expect(asker.ask(circle("b0:40"))).toBe(-1);
  });
});

/** Whom the attacker is after: those who are in three circles at once, and too few to be told of. */
const FEW = 8;
const CITIES = 12;

/** Three circles that share eight people, and each two of them many more. */
function cityOf(seed: number): City {
  const city = new City(seed);
  const both = 80;
  const from = (start: number, length: number) => Array.from({ length }, (_, i) => (start + i) % PEOPLE);
  city.put("a", from(0, 2 * both - FEW));
  city.put("b", from(0, both));
  city.put("c", from(both - FEW, both));
  return city;
}

/** How many are in all three, by adding and subtracting what is told of groups beside so many others as a day has room for, less the truth. */
function errorOf(seed: number): number {
  const city = cityOf(seed);
  const asker = askerOf(city);
  const ask = (expression: Expression) => asker.ask(expression) ?? Number.NaN;
  const [a, b, c] = ["a", "b", "c"].map(circle) as [Expression, Expression, Expression];
  const errors: number[] = [];
  for (let n = 0; errors.length * 4 < PER_DAY && n < PER_DAY; n++) {
    const beside = circle(`c${n}:${20 + (n % 6) * 10}`);
    const of = (one: Expression) => ({ any: [one, beside] });
    const added = [of({ all: [a, b] }), of({ all: [a, c] })];
    const taken = [of({ all: [a, { any: [b, c] }] }), beside];
    const total = (count: (expression: Expression) => number) =>
      added.reduce((sum, one) => sum + count(one), 0) - taken.reduce((sum, one) => sum + count(one), 0);
    const error = total(ask) - total((one) => city.count(one));
    if (!Number.isNaN(error)) errors.push(error);
  }
  expect([errors.length > 40, asker.spent]).toEqual([true, 0]);
  return errors.reduce((sum, one) => sum + one, 0) / errors.length;
}

test("who adds and subtracts overlapping groups for a day misses the size of a group of eight by 1.8 people, as decision 0017 says", () => {
  const squares = Array.from({ length: CITIES }, (_, seed) => errorOf(seed) ** 2);
  const missedBy = Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / CITIES);
  expect(missedBy).toBeCloseTo(1.8, 1);
});
