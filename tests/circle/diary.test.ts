import fc from "fast-check";
import { expect, test } from "vitest";
import { Diary, type DiaryEntry, DiaryView, LEG, STAY, TOUCH } from "../../src/circle/diary.js";
import { slotsBelow } from "../../src/stay/slot-set.js";

const MINUTE = 60;
const BEGIN = 1_780_000_000 - (1_780_000_000 % MINUTE);

const entry = fc.record({
  kind: fc.constantFrom(STAY, LEG, TOUCH),
  startSec: fc.nat(28 * 1440).map((minute) => BEGIN + minute * MINUTE),
  minutes: fc.integer({ min: 1, max: 3000 }),
  arrivalErrorSec: fc.nat(14_000),
  departureErrorSec: fc.nat(14_000),
  x: fc.integer({ min: -100_000, max: 100_000 }),
  y: fc.integer({ min: -100_000, max: 100_000 }),
  candidates: fc.array(
    fc.record({ venue: fc.nat(2 ** 24 - 1), probability: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
    {
      maxLength: 3,
    },
  ),
  metro: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.double({ min: -15, max: 15, noNaN: true })),
  bus: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.double({ min: -15, max: 15, noNaN: true })),
});
const entries = fc
  .array(entry, { maxLength: 60 })
  .map((all): DiaryEntry[] => all.map(({ minutes, ...one }) => ({ ...one, endSec: one.startSec + minutes * MINUTE })));

function viewOf(diary: Diary, slot: number, fromSec = 0, toSec = Number.POSITIVE_INFINITY): DiaryView {
  const view = new DiaryView();
  diary.read(slot, fromSec, toSec, view);
  return view;
}

test("an entry is read as it was written: to the minute, a stay to 25 m, probabilities to half a percent", () => {
  fc.assert(
    fc.property(entries, (written) => {
      const diary = new Diary();
      for (const one of written) diary.add(3, one);
      const view = viewOf(diary, 3);
      expect(view.count).toBe(written.length);
      for (const [i, one] of written.entries()) {
        expect(view.kind[i]).toBe(one.kind);
        expect([view.startSec[i], view.endSec[i]]).toEqual([one.startSec, one.endSec]);
        if (one.kind === LEG) {
          if (Number.isFinite(one.metro))
            expect(Math.abs((view.metro[i] as number) - one.metro)).toBeLessThanOrEqual(0.07);
          else expect(view.metro[i]).toBe(Number.NEGATIVE_INFINITY);
          continue;
        }
        if (one.kind === STAY) {
          expect(Math.abs((view.arrivalErrorSec[i] as number) - one.arrivalErrorSec)).toBeLessThanOrEqual(
            30 + one.arrivalErrorSec * 0.05,
          );
          expect(Math.hypot((view.x[i] as number) - one.x, (view.y[i] as number) - one.y)).toBeLessThanOrEqual(18);
        }
        expect(view.candidates[i]).toBe(one.candidates.length);
        for (const [c, { venue, probability }] of one.candidates.entries()) {
          expect(view.venue[3 * i + c]).toBe(venue);
          expect(Math.abs((view.probability[3 * i + c] as number) - probability)).toBeLessThanOrEqual(0.0021);
        }
      }
    }),
  );
});

test("only what reaches into the asked time is read", () => {
  fc.assert(
    fc.property(entries, fc.nat(28 * 1440), fc.nat(5000), (written, from, minutes) => {
      const diary = new Diary();
      for (const one of written) diary.add(0, one);
      const [fromSec, toSec] = [BEGIN + from * MINUTE, BEGIN + (from + minutes) * MINUTE];
      const expected = written.filter((one) => one.endSec > fromSec && one.startSec < toSec);
      const view = viewOf(diary, 0, fromSec, toSec);
      expect([...view.startSec.subarray(0, view.count)]).toEqual(expected.map((one) => one.startSec));
    }),
  );
});

test("forgetting drops nothing that ends later, and keeps at most a page of what ended before", () => {
  fc.assert(
    fc.property(entries, fc.nat(28 * 1440), (unsorted, minute) => {
      const written = unsorted.toSorted((a, b) => a.endSec - b.endSec);
      const diary = new Diary();
      for (const one of written) diary.add(0, one);
      const fromSec = BEGIN + minute * MINUTE;
      diary.forget(0, fromSec);
      const view = viewOf(diary, 0);
      const ends = [...view.endSec.subarray(0, view.count)];
      expect(ends.filter((end) => end > fromSec)).toEqual(
        written.map((one) => one.endSec).filter((end) => end > fromSec),
      );
      expect(ends.filter((end) => end <= fromSec).length).toBeLessThanOrEqual(10);
    }),
  );
});

test("diaries come back from their bytes", () => {
  fc.assert(
    fc.property(entries, entries, (first, second) => {
      const diary = new Diary();
      for (const one of first) diary.add(0, one);
      for (const one of second) diary.add(2, one);
      const copy = new Diary();
      copy.put(slotsBelow(3), diary.snapshot(slotsBelow(3)));
      for (const slot of [0, 1, 2]) {
        const [a, b] = [viewOf(diary, slot), viewOf(copy, slot)];
        expect([...b.startSec.subarray(0, b.count)]).toEqual([...a.startSec.subarray(0, a.count)]);
      }
    }),
  );
});
