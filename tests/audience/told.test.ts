import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../src/audience/expression.js";
import { City, circle, K, PEOPLE } from "./told-city.js";

const leaf = fc
  .tuple(fc.nat({ max: 5 }), fc.constantFrom(1, 3, 10, 40, 90))
  .map(([n, share]) => circle(`c${n}:${share}`));
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("expression"), { minLength: 1, maxLength: 3 }).map((all): Expression => ({ all })),
    fc.array(tie("expression"), { minLength: 1, maxLength: 3 }).map((any): Expression => ({ any })),
    tie("expression").map((not): Expression => ({ not })),
  ),
}));
const seeds = fc.nat({ max: 1000 });
/** Fewer than k people, whom the attacker wants to know of. */
const group = fc.uniqueArray(fc.nat({ max: PEOPLE - 1 }), { minLength: 1, maxLength: K - 1 });

describe("an attacker who asks what it likes", () => {
  test("is never told of fewer than k people, and never a number further from the truth than is said", () => {
    fc.assert(
      fc.property(seeds, expression, (seed, asked) => {
        const city = new City(seed);
        const told = city.ask(asked);
        if (told === null) return;
        expect(city.count(asked)).toBeGreaterThanOrEqual(K);
        expect(told % K).toBe(0);
        expect(Math.abs(told - city.count(asked))).toBeLessThanOrEqual(city.disclosure.within);
      }),
      { numRuns: 400 },
    );
  });

  test("has the same answer with and without a group of fewer than k, in whatever question and however it is left out or added", () => {
    fc.assert(
      fc.property(seeds, group, expression, (seed, ids, asked) => {
        const city = new City(seed);
        city.put("few", ids);
        const few = circle("few");
        const without = city.ask({ all: [asked] });
        const phrasings: Expression[] = [
          { all: [asked, { not: few }] },
          { all: [{ not: few }, asked, { not: few }] },
          { any: [asked, few] },
          { not: { any: [{ not: asked }, few] } },
          { all: [asked, { not: { all: [few, asked] } }] },
        ];
        for (const phrasing of phrasings) expect(city.ask(phrasing)).toBe(without);
      }),
      { numRuns: 200 },
    );
  });

  test("learns nothing of a group by asking for it with what most people are in, or in words that mean the same", () => {
    fc.assert(
      fc.property(seeds, group, expression, (seed, ids, other) => {
        const city = new City(seed);
        city.put("few", ids);
        const few = circle("few");
        expect(city.ask(few)).toBeNull();
        expect(city.ask({ all: [few, other] })).toBeNull();
        expect(city.ask({ all: [few, circle("c0:90")] })).toBeNull();
        expect(city.ask({ any: [{ all: [few, other] }, { all: [few, { not: other }] }] })).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  test("is not rid of the noise by the difference of two groups of whom most are in both", () => {
    const differences = Array.from({ length: 300 }, (_, seed) => {
      const city = new City(seed);
      city.put("some", Array(157).keys());
      city.put("more", Array(187).keys());
      return (city.ask(circle("more")) ?? 0) - (city.ask(circle("some")) ?? 0);
    });
    const share = (wanted: number) => differences.filter((one) => one === wanted).length / differences.length;
    expect(share(30)).toBeLessThan(0.65);
    expect(Math.min(share(15), share(45))).toBeGreaterThan(0.15);
  });

  test("who asks again, in any order of words, has no second number to average", () => {
    fc.assert(
      fc.property(seeds, expression, expression, (seed, a, b) => {
        const city = new City(seed);
        const told = city.ask({ all: [a, b] });
        expect(city.ask({ all: [b, a] })).toBe(told);
        expect(city.ask({ all: [a, b, a] })).toBe(told);
        expect(city.ask({ all: [{ all: [a, b] }] })).toBe(told);
      }),
      { numRuns: 200 },
    );
  });
});
