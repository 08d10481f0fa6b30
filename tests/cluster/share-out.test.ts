import fc from "fast-check";
import { expect, test } from "vitest";
import { shareOut } from "../../src/cluster/share-out.js";

const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { minLength: 1 });
const owners = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "gone", null), { maxLength: 12 });
const countOf = (of: readonly (string | null)[], engine: string) => of.filter((owner) => owner === engine).length;

test("everybody has the same number of partitions, one more or less, whatever was before", () => {
  fc.assert(
    fc.property(owners, names, (before, engines) => {
      const counts = engines.map((engine) => countOf(shareOut(before, engines), engine));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(before.length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test("no fair division takes fewer moves", () => {
  const fairDivisions = (size: number, engines: readonly string[]): string[][] => {
    const all = Array.from({ length: engines.length ** size }, (_, number) =>
      Array.from(
        { length: size },
        (_, at) => engines[Math.floor(number / engines.length ** at) % engines.length] ?? "",
      ),
    );
    return all.filter((division) => {
      const counts = engines.map((engine) => countOf(division, engine));
      return Math.max(...counts) - Math.min(...counts) <= 1;
    });
  };
  const moves = (before: readonly (string | null)[], after: readonly string[]) =>
    after.filter((engine, at) => engine !== before[at]).length;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c", "gone", null), { maxLength: 6 }),
      fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
      (before, engines) => {
        const fewest = Math.min(...fairDivisions(before.length, engines).map((division) => moves(before, division)));
        expect(moves(before, shareOut(before, engines))).toBe(fewest);
      },
    ),
  );
});

test("whoever knows the same comes to the same, and a fair division stays as it is", () => {
  fc.assert(
    fc.property(owners, names, (before, engines) => {
      const once = shareOut(before, engines);
      expect(shareOut(before, [...engines].reverse())).toEqual(once);
      expect(shareOut(once, engines)).toEqual(once);
    }),
  );
});
