import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attendance, type Visit } from "../../src/circle/attendance.js";
import type { CityEvent } from "../../src/geo/city.js";

const HOUR = 3600;
const CONCERT: CityEvent = {
  id: "c",
  venue: 0,
  category: "music",
  genre: "pop",
  title: "",
  startMs: 100 * HOUR * 1000,
  endMs: 102 * HOUR * 1000,
};
const EXPO: CityEvent = { ...CONCERT, category: "expo", endMs: 108 * HOUR * 1000 };

function visit(from: number, to: number, probability = 1, errorMinutes = 0): Visit {
  const error = errorMinutes * 60;
  return {
    startSec: from * HOUR,
    endSec: to * HOUR,
    arrivalErrorSec: error,
    departureErrorSec: error,
    probability,
  };
}

describe("the chance of having attended an event", () => {
  it("is that of the venue where the stay covers 60 % of the event for certain, and none where it does not", () => {
    expect(attendance(CONCERT, [visit(99.5, 102.2, 0.7)])).toBeCloseTo(0.7, 9);
    expect(attendance(CONCERT, [visit(100, 101.2)])).toBeCloseTo(1, 9);
    expect(attendance(CONCERT, [visit(100, 101.19)])).toBe(0);
    expect(attendance(CONCERT, [])).toBe(0);
  });

  it("asks an hour of an expo, or all of one that is shorter", () => {
    expect(attendance(EXPO, [visit(103, 104.01)])).toBe(1);
    expect(attendance(EXPO, [visit(103, 103.9)])).toBe(0);
    expect(attendance({ ...EXPO, endMs: 100.5 * HOUR * 1000 }, [visit(99, 101)])).toBe(1);
  });

  it("is a half where the uncertain departure lies right at the limit", () => {
    expect(Math.abs(attendance(CONCERT, [visit(99, 101.2, 1, 15)]) - 0.5)).toBeLessThan(0.1);
  });

  it("agrees with drawing arrivals and departures at random", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 99, max: 101.5, noNaN: true }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (from, hours, errorMinutes, probability) => {
          const one = visit(from, from + hours, probability, errorMinutes);
          expect(Math.abs(attendance(CONCERT, [one]) - drawn(one))).toBeLessThan(0.1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("adds up the parts of a stay that was interrupted, and believes the venue as much as its surest part", () => {
    expect(attendance(CONCERT, [visit(100, 100.7, 0.6), visit(101, 101.7, 0.8)])).toBeCloseTo(0.6, 9);
    expect(attendance(CONCERT, [visit(100, 101.5, 0.6), visit(101.6, 102, 0.3)])).toBeCloseTo(0.6, 9);
  });
});

const SIDE = 100;
const QUANTILES = Array.from({ length: SIDE }, (_, i) => normalQuantile((i + 0.5) / SIDE));

/** The same with 10,000 evenly spread pairs of quantiles of normal errors. */
function drawn({ startSec, endSec, arrivalErrorSec, departureErrorSec, probability }: Visit): number {
  let enough = 0;
  for (const early of QUANTILES) {
    for (const late of QUANTILES) {
      const from = startSec + arrivalErrorSec * early;
      const to = endSec + departureErrorSec * late;
      if (Math.min(to, 102 * HOUR) - Math.max(from, 100 * HOUR) >= 1.2 * HOUR) enough++;
    }
  }
  return (probability * enough) / SIDE ** 2;
}

/** By bisection of the normal distribution, integrated by Simpson's rule. */
function normalQuantile(share: number): number {
  let [low, high] = [-4, 4];
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return low;
}

function normalShare(z: number): number {
  let sum = 0;
  const steps = 60;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-0.5 * ((i * z) / steps) ** 2);
  }
  return 0.5 + (sum * z) / (3 * steps * Math.sqrt(2 * Math.PI));
}
