import fc from "fast-check";
import { expect, test } from "vitest";
import { SlotSet } from "../../src/stay/slot-set.js";

test("a set has what was added, one by one or many at once, gives it upwards, and is empty afterwards", () => {
  const added = fc.record({
    slots: fc.array(fc.nat({ max: 3000 }), { maxLength: 50 }),
    count: fc.nat({ max: 50 }),
    isTogether: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(added), (steps) => {
      const set = new SlotSet();
      const plain = new Set<number>();
      for (const { slots, count, isTogether } of steps) {
        const first = slots.slice(0, count);
        if (isTogether) set.addAll(Uint32Array.from(slots), first.length);
        else for (const slot of first) set.add(slot);
        for (const slot of first) plain.add(slot);
      }
      for (let slot = 0; slot <= 3000; slot++) expect(set.has(slot)).toBe(plain.has(slot));
      expect([...set.take(3001)]).toEqual([...plain].sort((a, b) => a - b));
      expect([...set.take(3001)]).toEqual([]);
    }),
  );
});
