import fc from "fast-check";
import { expect, test } from "vitest";
import { DiaryView, ENTRY_WORDS_MAX, endAt, LEG, lengthAt, packEntry, STAY } from "../../src/circle/diary.js";
import { entries } from "./entries.js";

test("an entry is read as it was written: to the minute, a stay to 25 m, probabilities to half a percent", () => {
  fc.assert(
    fc.property(entries, (written) => {
      const words = new Uint32Array(60 * ENTRY_WORDS_MAX);
      const item = new Uint32Array(ENTRY_WORDS_MAX);
      let end = 0;
      for (const one of written) {
        const length = packEntry(one, item);
        words.set(item.subarray(0, length), end);
        expect([lengthAt(words, end), endAt(words, end)]).toEqual([length, one.endSec]);
        end += length;
      }
      const view = new DiaryView();
      for (let at = 0; at < end; ) at += view.add(words, at);
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
