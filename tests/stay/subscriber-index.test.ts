import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_SLOT } from "../../src/stay/slot-set.js";
import { SubscriberIndex } from "../../src/stay/subscriber-index.js";

/** Few, so that they come again, with neighbours in the index; zeros are a pseudonym like any other. */
const pseudonym = fc.record({ hi: fc.integer({ min: 0, max: 2 }), lo: fc.integer({ min: 0, max: 400 }) });
const step = fc.record({ pseudonym, act: fc.constantFrom("add", "add", "remove") });

/** All indexes, none. */
const CACHED = [Number.POSITIVE_INFINITY, 0];

test.each(CACHED)("many are found as each by itself, and as in a map, whatever was added and removed", (cached) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1500 }), fc.array(pseudonym, { maxLength: 300 }), (steps, asked) => {
      const index = new SubscriberIndex(cached);
      const plain = new Map<string, number>();
      for (const [slot, { pseudonym, act }] of steps.entries()) {
        const { hi, lo } = pseudonym;
        const key = `${hi} ${lo}`;
        const known = plain.get(key) ?? NO_SLOT;
        if (act === "remove") {
          expect(index.remove(hi, lo)).toBe(known);
          plain.delete(key);
        } else if (known === NO_SLOT) {
          index.add(hi, lo, slot);
          plain.set(key, slot);
        }
      }
      const rows = Uint32Array.from(asked, (_, i) => asked.length - 1 - i);
      const slots = new Uint32Array(asked.length);
      const unknown = index.slotsOf(
        Uint32Array.from(asked.flatMap(({ hi, lo }) => [lo, hi])),
        rows,
        asked.length,
        slots,
      );
      const expected = asked.map(({ hi, lo }) => plain.get(`${hi} ${lo}`) ?? NO_SLOT).reverse();
      expect([...slots]).toEqual(expected);
      expect(unknown).toBe(expected.filter((slot) => slot === NO_SLOT).length);
      for (const { hi, lo } of asked) expect(index.slotOf(hi, lo)).toBe(plain.get(`${hi} ${lo}`) ?? NO_SLOT);
    }),
  );
});

test.each(CACHED)("an index that grows finds all that it had, many thousands at once", (cached) => {
  const index = new SubscriberIndex(cached);
  const count = 30_000;
  const subscribers = Uint32Array.from({ length: 2 * count }, (_, word) => Math.imul(word + 1, 0x9e3779b1) >>> 0);
  for (let slot = 0; slot < count; slot++)
    index.add(subscribers[2 * slot + 1] as number, subscribers[2 * slot] as number, slot);
  const slots = new Uint32Array(count);
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  expect(index.slotsOf(subscribers, rows, count, slots)).toBe(0);
  expect(slots).toEqual(rows);
  index.clear(count);
  expect(index.slotsOf(subscribers, rows, count, slots)).toBe(count);
});
