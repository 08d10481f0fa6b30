import fc from "fast-check";
import { expect, test } from "vitest";
import { EarlierRuns, NO_CHUNK } from "../../src/stay/earlier-runs.js";
import { LINE_RUNS, RUN_WORDS } from "../../src/stay/record.js";

const WORDS = LINE_RUNS * RUN_WORDS;

/** What a slot has, oldest first: of each chunk the word that fills it. */
function chunksOf(runs: EarlierRuns, slot: number): number[] {
  const found: number[] = [];
  for (let chunk = runs.newestOf(slot); chunk !== NO_CHUNK; chunk = runs.beforeOf(chunk)) {
    const at = runs.wordOf(chunk);
    const words = new Set(runs.words.subarray(at, at + WORDS));
    expect(words.size).toBe(1);
    found.unshift(...words);
  }
  return found;
}

test("everybody has the chunks that were appended since they were last cleared, in their order", () => {
  const step = fc.record({ slot: fc.nat(5), clears: fc.constantFrom(true, false, false, false) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const runs = new EarlierRuns(3);
      runs.widen(6);
      const plain: number[][] = [[], [], [], [], [], []];
      for (const [i, { slot, clears }] of steps.entries()) {
        if (clears) {
          runs.clear(slot);
          plain[slot] = [];
        } else {
          const at = runs.append(slot);
          expect(runs.words.subarray(at, at + WORDS).every((word) => word === 0)).toBe(true);
          runs.words.fill(i + 1, at, at + WORDS);
          plain[slot]?.push(i + 1);
        }
        for (const [of, chunks] of plain.entries()) expect(chunksOf(runs, of)).toEqual(chunks);
      }
      for (let slot = 0; slot < 6; slot++) runs.clear(slot);
      expect(runs.words.every((word) => word === 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
