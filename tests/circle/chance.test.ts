import fc from "fast-check";
import { expect, test } from "vitest";
import { Counts, chanceOfAtLeast, normal } from "../../src/circle/chance.js";

/** All outcomes, one by one. */
function slowly(chances: readonly number[], least: number): number {
  let sum = 0;
  for (let bits = 0; bits < 2 ** chances.length; bits++) {
    let p = 1;
    let happened = 0;
    for (const [i, chance] of chances.entries()) {
      const did = ((bits >>> i) & 1) === 1;
      p *= did ? chance : 1 - chance;
      happened += did ? 1 : 0;
    }
    if (happened >= least) sum += p;
  }
  return sum;
}

const chance = fc.double({ min: 0, max: 1, noNaN: true });

test("the chance of at least so many is the sum over all outcomes", () => {
  fc.assert(
    fc.property(fc.array(chance, { maxLength: 9 }), fc.nat(10), (chances, least) => {
      expect(chanceOfAtLeast(new Counts(), chances, chances.length, least)).toBeCloseTo(slowly(chances, least), 9);
    }),
  );
});

test("things that hang on one condition happen together or not at all", () => {
  fc.assert(
    fc.property(
      chance,
      fc.array(chance, { maxLength: 5 }),
      fc.array(chance, { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (q, together, alone, least) => {
        const counts = new Counts();
        counts.begin(least);
        for (const p of alone) counts.add(p);
        counts.addTogether(q, together, 0, together.length);
        const expected = q * slowly([...alone, ...together], least) + (1 - q) * slowly(alone, least);
        expect(counts.atLeastCap).toBeCloseTo(expected, 9);
      },
    ),
  );
});

test("the normal distribution has its known values", () => {
  for (const [z, p] of [
    [0, 0.5],
    [1, 0.841344746],
    [-1.959964, 0.025],
    [3, 0.998650102],
  ] as const)
    expect(normal(z)).toBeCloseTo(p, 6);
});
