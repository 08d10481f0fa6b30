import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  departureShare,
  isLongSilence,
  silenceHours,
  silenceHoursBy,
  splitGap,
  summedByHour,
  travelSeconds,
} from "../../src/stay/travel.js";
import { DAY, HOUR, MINUTE, MONDAY, tracking } from "./tracking.js";

const SECOND_OF_DAY = fc.nat(DAY - 1);
const LENGTH = fc.integer({ min: 1, max: 3 * DAY });

test("a longer way takes longer, and is made at a speed between a walk's and a car's", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 5000 }), (metres, more) => {
      expect(travelSeconds(metres + more)).toBeGreaterThanOrEqual(travelSeconds(metres));
      const metresPerSec = metres / travelSeconds(metres);
      expect(metresPerSec).toBeGreaterThan(0.8);
      expect(metresPerSec).toBeLessThan(14);
    }),
  );
  expect(travelSeconds(0)).toBe(0);
});

describe("a silence", () => {
  test("is worth the sum of its parts, wherever it is divided", () => {
    fc.assert(
      fc.property(SECOND_OF_DAY, LENGTH, LENGTH, (second, a, b) => {
        const parts = silenceHours(second, a) + silenceHours((second + a) % DAY, b);
        expect(silenceHours(second, a + b)).toBeCloseTo(parts, 6);
      }),
    );
  });

  test("is worth by each readiness the seconds of its hours, as ready as people are in each", () => {
    const byHour = fc.array(fc.nat(200), { minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(SECOND_OF_DAY, LENGTH, fc.array(byHour, { maxLength: 3 }), (second, length, readinesses) => {
        const hours = new Float64Array(readinesses.length);
        silenceHoursBy(hours, second, length, readinesses.map(summedByHour));
        for (const [by, readiness] of readinesses.entries()) {
          let sum = 0;
          for (let at = 0; at < length; ) {
            const clock = (second + at) % DAY;
            const step = Math.min(length - at, HOUR - (clock % HOUR));
            sum += step * (readiness[Math.floor(clock / HOUR)] as number);
            at += step;
          }
          expect(hours[by]).toBeCloseTo(sum / (45 * HOUR), 6);
        }
      }),
    );
  });

  test("is worth less at night than by day", () => {
    expect(silenceHours(0, 5 * HOUR)).toBeLessThan(silenceHours(9 * HOUR, HOUR));
  });

  test("is split at the instant before which the given share of its worth lies", () => {
    fc.assert(
      fc.property(SECOND_OF_DAY, LENGTH, fc.double({ min: 0, max: 1, noNaN: true }), (second, length, share) => {
        const at = splitGap(MONDAY, length, second, share);
        expect(at).toBeGreaterThanOrEqual(MONDAY);
        expect(at).toBeLessThanOrEqual(MONDAY + length);
        expect(silenceHours(second, at - MONDAY)).toBeCloseTo(share * silenceHours(second, length), 6);
      }),
    );
  });

  test("of no length is not split", () => {
    expect(splitGap(MONDAY, 0, 0, 0.5)).toBe(MONDAY);
  });

  test("of a night is not long, one of a day is, and so is any of more than two days", () => {
    const { stays } = tracking();
    const at = (hour: number, forHours: number) =>
      isLongSilence(stays, MONDAY + hour * HOUR, MONDAY + (hour + forHours) * HOUR);
    expect(at(22, 9)).toBe(false);
    expect(at(8, 10)).toBe(true);
    expect(at(8, 2.9)).toBe(false);
    const patient = { ...stays, options: { ...stays.options, silenceHoursMax: 1000 } };
    expect(isLongSilence(patient, MONDAY, MONDAY + 2 * DAY)).toBe(false);
    expect(isLongSilence(patient, MONDAY, MONDAY + 2 * DAY + MINUTE)).toBe(true);
  });
});

describe("the share of a silence after which a place was left", () => {
  const RATE = fc.double({ min: -20, max: 20, noNaN: true });
  const HOURS = fc.double({ min: 0, max: 30, noNaN: true });

  test("is half when both places are left as readily, and when there is no time", () => {
    expect(departureShare(0, 8)).toBe(0.5);
    expect(departureShare(3, 0)).toBe(0.5);
  });

  test("goes to nothing from a place that is left at once, and to all before one that is", () => {
    expect(departureShare(50, 10)).toBeLessThan(0.01);
    expect(departureShare(-50, 10)).toBeGreaterThan(0.99);
  });

  test("lies within the silence, and mirrors when the places are exchanged", () => {
    fc.assert(
      fc.property(RATE, HOURS, (rate, hours) => {
        const share = departureShare(rate, hours);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        expect(share + departureShare(-rate, hours)).toBeCloseTo(1, 6);
      }),
    );
  });

  test("is smaller the more readily the place is left", () => {
    fc.assert(
      fc.property(RATE, fc.double({ min: 0, max: 5, noNaN: true }), HOURS, (rate, more, hours) => {
        expect(departureShare(rate + more, hours)).toBeLessThanOrEqual(departureShare(rate, hours) + 1e-6);
      }),
    );
  });
});
