import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Disclosure, isLowEffect, noiseChances } from "../../src/insight/disclosure.js";

const K = 15;
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const keys = fc.tuple(word, word, word, word);
const withKey = (key: [number, number, number, number], peopleMin = K) => new Disclosure({ peopleMin, key });

describe("one number", () => {
  test("is never told of fewer than k people, and is a multiple of k within 1.5 k of the truth", () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 2, max: 60 }), fc.string(), fc.nat(500), (key, k, topic, people) => {
        const disclosure = withKey(key, k);
        const told = disclosure.number(topic, people);
        if (told === null) {
          expect(people).toBeLessThan(3 * k);
          return;
        }
        expect(people).toBeGreaterThanOrEqual(k);
        expect(told % k).toBe(0);
        expect(Math.abs(told - people)).toBeLessThanOrEqual(disclosure.within);
      }),
    );
  });

  test("is the same however often it is asked, and in another process with the same key", () => {
    fc.assert(
      fc.property(keys, fc.string(), fc.nat(500), (key, topic, people) => {
        const first = withKey(key).number(topic, people);
        for (let i = 0; i < 5; i++) expect(withKey(key).number(topic, people)).toBe(first);
      }),
    );
  });

  test("does not fall when people come", () => {
    fc.assert(
      fc.property(keys, fc.string(), fc.nat(500), (key, topic, people) => {
        const disclosure = withKey(key);
        expect(disclosure.number(topic, people + 1) ?? 0).toBeGreaterThanOrEqual(disclosure.number(topic, people) ?? 0);
      }),
    );
  });

  test("is right in the mean over topics", () => {
    const disclosure = withKey([1, 2, 3, 4]);
    const told = Array.from({ length: 4000 }, (_, i) => disclosure.number(`topic ${i}`, 107) ?? 0);
    expect(Math.abs(told.reduce((sum, number) => sum + number, 0) / told.length - 107)).toBeLessThan(0.6);
  });
});

/** Chance of each answer over all keys, by the definition: noise, threshold, rounding. */
function answerChances(people: number, k: number): Map<string, number> {
  const chances = new Map<string, number>();
  noiseChances(k).forEach((chance, i) => {
    const noisy = people + i - k;
    const told = people < k || noisy < 2 * k ? "null" : String(k * Math.round(noisy / k));
    chances.set(told, (chances.get(told) ?? 0) + chance);
  });
  return chances;
}

describe("one person more or less", () => {
  test("changes the chance of any set of answers by a factor of at most e^(3/k), but for a chance below 0.6 %", () => {
    for (const k of [5, K, 50]) {
      const delta = (noiseChances(k)[0] as number) * 1.0001;
      for (let people = 0; people < 6 * k; people++) {
        for (const [a, b] of [
          [answerChances(people, k), answerChances(people + 1, k)],
          [answerChances(people + 1, k), answerChances(people, k)],
        ] as const) {
          // The worst set of answers is the one of all whose chance grew by more than the factor.
          let excess = 0;
          for (const [told, chance] of a) excess += Math.max(0, chance - Math.exp(3 / k) * (b.get(told) ?? 0));
          expect(excess).toBeLessThanOrEqual(delta);
        }
      }
      if (k >= K) expect(delta).toBeLessThan(0.006);
    }
  });

  test("the chances of the definition are those of the code, over topics", () => {
    const disclosure = withKey([5, 6, 7, 8]);
    for (const people of [14, 15, 29, 38, 60]) {
      const seen = new Map<string, number>();
      for (let i = 0; i < 3000; i++) {
        const told = String(disclosure.number(`t${i}`, people));
        seen.set(told, (seen.get(told) ?? 0) + 1 / 3000);
      }
      const expected = answerChances(people, K);
      for (const told of new Set([...seen.keys(), ...expected.keys()])) {
        expect(Math.abs((seen.get(told) ?? 0) - (expected.get(told) ?? 0))).toBeLessThan(0.05);
      }
    }
  });
});

/**
 * The attacker knows the scheme and every count but one, and asks for the unknown group within its region, its area, its city: each
 * question with the group among known others. It believes what makes the answers likeliest.
 */
function likeliest(
  disclosure: Disclosure,
  topics: readonly string[],
  others: readonly number[],
  hidden: number,
): number[] {
  const answers = topics.map((topic, i) => String(disclosure.number(topic, (others[i] as number) + hidden)));
  let best = -1;
  let found: number[] = [];
  for (let guess = 0; guess < K; guess++) {
    const chance = answers.reduce(
      (product, told, i) => product * (answerChances((others[i] as number) + guess, K).get(told) ?? 0),
      1,
    );
    if (chance > best * (1 + 1e-9)) {
      best = chance;
      found = [guess];
    } else if (chance >= best * (1 - 1e-9)) found.push(guess);
  }
  return found;
}

describe("an attacker who asks for totals, parts and nested regions", () => {
  const levels = 4;
  const games = 1500;

  test("and knows everybody else does not learn how many a small group has", () => {
    let right = 0;
    for (let game = 0; game < games; game++) {
      const disclosure = withKey([game, 11, 12, 13]);
      const hidden = (game * 7) % K;
      const others = Array.from({ length: levels }, (_, level) =>
        level === 0 ? 0 : 20 * level ** 3 + ((game * 31 + level * 17) % 97),
      );
      const guesses = likeliest(
        disclosure,
        others.map((_, level) => `level ${level}`),
        others,
        hidden,
      );
      if (guesses.includes(hidden)) right += 1 / guesses.length;
    }
    // Guessing blindly is right once in 15 times.
    expect(right / games).toBeLessThan(0.2);
  });

  test("and knows everybody else does not learn whether one person is in it", () => {
    let right = 0;
    for (let game = 0; game < games; game++) {
      const disclosure = withKey([game, 21, 22, 23]);
      const hidden = game % 2;
      const others = Array.from(
        { length: levels },
        (_, level) => 40 * (level + 1) ** 2 + ((game * 31 + level * 17) % 97),
      );
      const answers = others.map((count, level) => String(disclosure.number(`level ${level}`, count + hidden)));
      const chanceOf = (guess: number) =>
        answers.reduce(
          (product, told, i) => product * (answerChances((others[i] as number) + guess, K).get(told) ?? 0),
          1,
        );
      const one = chanceOf(1);
      const none = chanceOf(0);
      if (one === none) right += 0.5;
      else if (Number(one > none) === hidden) right += 1;
    }
    // The bound of the decision record for four answers: odds of e^(4 * 3/15).
    const odds = Math.exp((levels * 3) / K);
    expect(right / games).toBeLessThan(odds / (1 + odds) + levels * 0.006);
  });

  test("50 less 45 tells no 5: the same answers come of every difference below k", () => {
    for (let difference = 0; difference < K; difference++) {
      const total = answerChances(50, K);
      const part = answerChances(50 - difference, K);
      expect((total.get("45") ?? 0) * (part.get("45") ?? 0)).toBeGreaterThan(0.05);
    }
  });
});

test("a condition counts when it changes nothing, or at least k people", () => {
  expect([50, 49, 36, 35, 51, 64, 65].map((after) => isLowEffect(50, after, K))).toEqual([
    false,
    true,
    true,
    false,
    true,
    true,
    false,
  ]);
});
