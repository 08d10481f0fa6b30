import { describe, expect, test } from "vitest";
import { normalOf, Random } from "../../src/simulate/random.js";

function draws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

describe("the pseudo-random numbers of the simulator", () => {
  test("are the same for the same seed and branch, and others for another seed or branch", () => {
    const first = draws(new Random(7, "homes"), 5);
    expect(draws(new Random(7, "homes"), 5)).toEqual(first);
    expect(draws(new Random(8, "homes"), 5)).not.toEqual(first);
    expect(draws(new Random(7, "work"), 5)).not.toEqual(first);
    expect(draws(new Random(7 + 2 ** 33, "homes"), 5)).not.toEqual(first);
  });

  test("are uniform, and normal with mean 0 and variance 1", () => {
    const random = new Random(1);
    const uniform = draws(random, 20_000);
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(Math.abs(mean(normal))).toBeLessThan(0.03);
    expect(mean(normal.map((x) => x * x))).toBeCloseTo(1, 1);
  });

  test("have the median and mean that were asked for", () => {
    const random = new Random(3);
    const logNormal = Array.from({ length: 9999 }, () => random.logNormal(60, 0.6)).sort((a, b) => a - b);
    expect(logNormal[4999]).toBeGreaterThan(56);
    expect(logNormal[4999]).toBeLessThan(64);
    expect(mean(Array.from({ length: 20_000 }, () => random.exponential(4)))).toBeCloseTo(4, 0);
    const picks = Array.from({ length: 10_000 }, () => random.weighted([1, 0, 3]));
    expect(picks.filter((pick) => pick === 1)).toHaveLength(0);
    expect(picks.filter((pick) => pick === 2).length / picks.length).toBeCloseTo(0.75, 1);
  });

  test("refuse to pick from nothing", () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError);
  });

  test("give the same normal for the same four integers, negative ones too", () => {
    expect(normalOf(3, -4, 5, 9)).toBe(normalOf(3, -4, 5, 9));
    expect(normalOf(3, -4, 5, 9)).not.toBe(normalOf(3, -4, 6, 9));
    const values = Array.from({ length: 10_000 }, (_, i) => normalOf(1, i - 5000, 2, 9));
    expect(Math.abs(mean(values))).toBeLessThan(0.05);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
