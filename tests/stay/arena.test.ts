import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena, partKind } from "../../src/stay/arena.js";

const LENGTHS = [5, 16] as const;

test("parts are zeros when they are taken, keep what is written into them, and leave no word behind", () => {
  const step = fc.record({
    kind: fc.constantFrom(0, 1),
    act: fc.constantFrom("take", "take", "give"),
    which: fc.nat(999),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const arena = new Arena(20);
      const kinds = LENGTHS.map(partKind);
      const held: { readonly at: number; readonly kind: 0 | 1; readonly value: number }[] = [];
      for (const [i, { kind, act, which }] of steps.entries()) {
        if (act === "take") {
          const at = arena.take(kinds[kind] as (typeof kinds)[0]);
          const part = arena.views.words.subarray(at, at + LENGTHS[kind]);
          expect(part.every((word) => word === 0)).toBe(true);
          part.fill(i + 1);
          held.push({ at, kind: kind as 0 | 1, value: i + 1 });
        } else if (held.length > 0) {
          const [part] = held.splice(which % held.length, 1);
          if (part !== undefined) arena.give(kinds[part.kind] as (typeof kinds)[0], part.at);
        }
        for (const { at, kind: of, value } of held)
          expect(arena.views.words.subarray(at, at + LENGTHS[of]).every((word) => word === value)).toBe(true);
      }
      for (const { at, kind } of held) arena.give(kinds[kind] as (typeof kinds)[0], at);
      // What is left names the parts that are free.
      expect(arena.views.words.every((word) => word < arena.length)).toBe(true);
      expect(arena.views.words.subarray(0, 20).every((word) => word === 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("what was given back is taken again, and parts of a line lie in lines of their own", () => {
  const arena = new Arena(1);
  const kind = partKind(16);
  const all = Array.from({ length: 1000 }, () => arena.take(kind));
  expect(all.every((at) => at % 16 === 0)).toBe(true);
  const { length } = arena;
  for (const at of all) arena.give(kind, at);
  expect(new Set(all.map(() => arena.take(kind)))).toEqual(new Set(all));
  expect(arena.length).toBe(length);
});
