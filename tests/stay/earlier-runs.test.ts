import fc from "fast-check";
import { expect, test } from "vitest";
import { EarlierRuns } from "../../src/stay/earlier-runs.js";
import { LINE_RUNS, RUN_WORDS, WAITING_MAX } from "../../src/stay/record.js";

const WORDS = LINE_RUNS * RUN_WORDS;
const GROUPS_MAX = WAITING_MAX / LINE_RUNS - 1;

/** What a slot has, oldest first: of each group the word that fills it. */
function groupsOf(runs: EarlierRuns, slot: number): number[] {
  const start = runs.startOf(slot);
  return Array.from({ length: runs.lengthOf(slot) / WORDS }, (_, group) => {
    const words = new Set(runs.words.subarray(start + group * WORDS, start + (group + 1) * WORDS));
    expect(words.size).toBe(1);
    return [...words][0] as number;
  });
}

test("everybody has the runs that were appended since they were last cleared, in their order", () => {
  const step = fc.record({ slot: fc.nat(5), clears: fc.constantFrom(true, false, false, false, false, false) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const runs = new EarlierRuns(3);
      runs.widen(6);
      const plain: number[][] = [[], [], [], [], [], []];
      for (const [i, { slot, clears }] of steps.entries()) {
        if (clears || plain[slot]?.length === GROUPS_MAX) {
          runs.clear(slot);
          plain[slot] = [];
        } else {
          const at = runs.append(slot);
          runs.words.fill(i + 1, at, at + WORDS);
          plain[slot]?.push(i + 1);
        }
        for (const [of, groups] of plain.entries()) expect(groupsOf(runs, of)).toEqual(groups);
      }
    }),
    { numRuns: 50 },
  );
});

test("room that was given back is used again before more is taken", () => {
  const runs = new EarlierRuns(200);
  const fill = () => {
    for (let slot = 0; slot < 200; slot++) for (let group = 0; group < GROUPS_MAX; group++) runs.append(slot);
    const { length } = runs;
    for (let slot = 0; slot < 200; slot++) runs.clear(slot);
    return length;
  };
  expect(fill()).toBe(fill());
});
