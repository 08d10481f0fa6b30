import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "../../src/stay/arena.js";
import { LINE_WORDS } from "../../src/stay/record.js";

test("lines are zeros when they are taken, keep what is written into them, and leave no word behind", () => {
  const step = fc.record({ act: fc.constantFrom("take", "take", "give"), which: fc.nat(999) });
  const lineOf = ({ words }: Arena, at: number) => words.subarray(at, at + LINE_WORDS);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const arena = new Arena();
      const held: { readonly at: number; readonly value: number }[] = [];
      for (const [i, { act, which }] of steps.entries()) {
        if (act === "take") {
          const at = arena.take();
          expect(lineOf(arena, at).every((word) => word === 0)).toBe(true);
          // Larger than where any line begins.
          lineOf(arena, at).fill(i + 1e6);
          held.push({ at, value: i + 1e6 });
        } else if (held.length > 0) {
          const [line] = held.splice(which % held.length, 1);
          if (line !== undefined) arena.give(line.at);
        }
        for (const { at, value } of held) expect(lineOf(arena, at).every((word) => word === value)).toBe(true);
      }
      for (const { at } of held) arena.give(at);
      // What is left names the lines that are free.
      expect(arena.words.every((word) => word < arena.length)).toBe(true);
      expect(lineOf(arena, 0).every((word) => word === 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("what was given back is taken again, and lines are lines", () => {
  const arena = new Arena();
  const all = Array.from({ length: 1000 }, () => arena.take());
  expect(all.every((at) => at % LINE_WORDS === 0)).toBe(true);
  const { length } = arena;
  for (const at of all) arena.give(at);
  expect(new Set(all.map(() => arena.take()))).toEqual(new Set(all));
  expect(arena.length).toBe(length);
});
