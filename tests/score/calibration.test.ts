import fc from "fast-check";
import { expect, test } from "vitest";
import { calibrate } from "../../src/score/calibration.js";

const cases = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()));
const membership = (score: number, i: number) =>
  ({ subscriber: String(i), dimension: "behaviour", circle: "visitor", score }) as const;

test("the bins hold every membership once, with the mean of its scores and the share of true ones", () => {
  fc.assert(
    fc.property(cases, (list) => {
      const found = list.map(([score], i) => membership(score, i));
      const { count, bins, brier } = calibrate(found, ({ subscriber }) => list[Number(subscriber)]?.[1] === true);
      expect(count).toBe(list.length);
      for (const [n, bin] of bins.entries()) {
        const own = list.filter(([score]) => Math.min(9, Math.floor(score * 10)) === n);
        expect(bin.count).toBe(own.length);
        if (own.length === 0) continue;
        expect(bin.meanScore).toBeCloseTo(own.reduce((sum, [score]) => sum + score, 0) / own.length);
        expect(bin.trueShare).toBeCloseTo(own.filter(([, isTrue]) => isTrue).length / own.length);
      }
      if (list.length === 0) expect(brier).toBeNaN();
      else expect(brier).toBeCloseTo(list.reduce((s, [score, t]) => s + (score - Number(t)) ** 2, 0) / list.length);
    }),
  );
});

test("scores that say the share of true ones have no expected error, and sure wrong ones the full one", () => {
  const sevenOfTen = Array.from({ length: 10 }, (_, i) => membership(0.7, i));
  expect(calibrate(sevenOfTen, ({ subscriber }) => Number(subscriber) < 7).expectedError).toBeCloseTo(0);
  expect(calibrate([membership(1, 0)], () => false)).toMatchObject({ expectedError: 1, brier: 1 });
});
