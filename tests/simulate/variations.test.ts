import { describe, expect, test } from "vitest";
import { mergeOptions, resolveOptions } from "../../src/simulate/option-check.js";
import { DEFAULT_OPTIONS } from "../../src/simulate/options.js";
import type { SignallingRow } from "../../src/simulate/rows.js";
import { Simulation } from "../../src/simulate/simulation.js";
import { VARIATIONS, variationNamed } from "../../src/simulate/variations.js";

const NAMES = Object.keys(VARIATIONS);

function rowsOf(name: string | null, days = 1): SignallingRow[] {
  const small = { subscribers: 60, days };
  const simulation = new Simulation(name === null ? small : mergeOptions(variationNamed(name), small));
  const rows: SignallingRow[] = [];
  for (const day of simulation.days()) for (const batch of day.batches()) rows.push(...batch);
  return rows;
}

function textOf(rows: readonly SignallingRow[]): string {
  return rows.map((row) => Object.values(row).join()).join("\n");
}

describe("a variation", () => {
  test.each(NAMES)("%s is within the ranges and differs from the default", (name) => {
    expect(resolveOptions(variationNamed(name))).not.toEqual(DEFAULT_OPTIONS);
  });

  test("changes the signalling, and the same seed gives the same rows", () => {
    const usual = textOf(rowsOf(null));
    for (const name of ["sparse-sites", "restless-cells", "steep-loss", "irregular-hours", "many-confounders"]) {
      const varied = textOf(rowsOf(name));
      expect(varied === usual, name).toBe(false);
      expect(textOf(rowsOf(name)) === varied, name).toBe(true);
    }
  });

  test("twenty-a-day keeps 20 rows of a person's day, and what the dirt adds", () => {
    const count = (rows: readonly SignallingRow[]): number[] => {
      const counts = new Map<string, number>();
      for (const { subscriber } of rows) counts.set(subscriber, (counts.get(subscriber) ?? 0) + 1);
      return [...counts.values()];
    };
    const days = 2;
    expect(Math.max(...count(rowsOf("twenty-a-day", days)))).toBeLessThanOrEqual(20 * days + 4);
    expect(Math.max(...count(rowsOf(null, days)))).toBeGreaterThan(40 * days);
  });

  test("of a name that is none is refused with all names", () => {
    expect(() => variationNamed("dense")).toThrow(/dense is no variation\n {2}mend: give one of .*sparse-sites/);
    expect(() => variationNamed("toString")).toThrow(/is no variation/);
  });
});
