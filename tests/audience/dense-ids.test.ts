import fc from "fast-check";
import { expect, test } from "vitest";
import { DenseIds } from "../../src/audience/dense-ids.js";

const word = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff));
const pseudonyms = fc.array(fc.tuple(word, word), { maxLength: 60 });

test("pseudonyms have ids by order of first sight, and are found by them, in any order and one after another", () => {
  fc.assert(
    fc.property(pseudonyms, pseudonyms, fc.boolean(), (given, asked, isSorted) => {
      const compare = (a: readonly number[], b: readonly number[]) =>
        (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number);
      const ids = new DenseIds();
      const known = new Map<string, number>();
      for (const [hi, lo] of isSorted ? given.toSorted(compare) : given) {
        const id = known.get(`${hi} ${lo}`) ?? known.size;
        expect(ids.idOf(hi, lo)).toBe(id);
        known.set(`${hi} ${lo}`, id);
      }
      const find = ids.finder();
      for (const [hi, lo] of isSorted ? asked.toSorted(compare) : asked) {
        const id = known.get(`${hi} ${lo}`) ?? -1;
        expect([ids.find(hi, lo), find(hi, lo)]).toEqual([id, id]);
      }
      expect(ids.count).toBe(known.size);
    }),
  );
});
