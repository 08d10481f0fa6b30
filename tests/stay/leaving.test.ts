import { describe, expect, test } from "vitest";
import { hoursByUse, USES, useOf, VISITS } from "../../src/stay/leaving.js";
import { PLACE_NIGHT_MINUTES_16, PLACE_WAKING_MINUTES_16, PLACE_WORK_MINUTES_16 } from "../../src/stay/record.js";
import { DAY, HOUR, tracking } from "./tracking.js";

/** What a place is after so many hours there at night, awake, and of those in the working hours of working days. */
function useAfter(night: number, waking: number, work: number): number {
  const { stays } = tracking();
  const at = stays.table.ownPlace(0, 2) * 2;
  stays.table.halves[at + PLACE_NIGHT_MINUTES_16] = 60 * night;
  stays.table.halves[at + PLACE_WAKING_MINUTES_16] = 60 * waking;
  stays.table.halves[at + PLACE_WORK_MINUTES_16] = 60 * work;
  return useOf(stays, 0, 2);
}

/** Hours of an average day that an hour from this one on counts for leaving a place of the use. */
function hourAt(hour: number, use: number): number {
  const hours = new Float64Array(USES);
  hoursByUse(hours, (hour * HOUR) % DAY, HOUR);
  return hours[use] as number;
}

const HOME = useAfter(40, 50, 10);
const WORK = useAfter(0, 40, 35);

describe("a place", () => {
  test("of nights is one to sleep at, one of working hours one to work at, and any other is visited", () => {
    expect(new Set([HOME, WORK, VISITS]).size).toBe(3);
    expect(useAfter(0, 40, 10)).toBe(VISITS);
    expect(useAfter(40, 0, 0)).toBe(HOME);
  });

  test("of which little is known is visited, whatever the hours were", () => {
    expect(useAfter(4, 0, 0)).toBe(VISITS);
    expect(useAfter(0, 4, 4)).toBe(VISITS);
  });
});

describe("a place is left", () => {
  test("to sleep at rather in the morning than in the evening, to work at rather in the evening and at noon than before", () => {
    expect(hourAt(8, HOME)).toBeGreaterThan(2 * hourAt(20, HOME));
    expect(hourAt(18, WORK)).toBeGreaterThan(2 * hourAt(10, WORK));
    expect(hourAt(12, WORK)).toBeGreaterThan(2 * hourAt(10, WORK));
    expect(hourAt(10, VISITS)).toBeGreaterThan(2 * hourAt(10, WORK));
  });

  test("by night hardly ever, and a silence counts for all uses as the sum of its parts", () => {
    for (let use = 0; use < USES; use++) {
      expect(hourAt(3, use)).toBeLessThan(0.1 * hourAt(13, use));
      const day = new Float64Array(USES);
      hoursByUse(day, 0, DAY);
      const parts = Array.from({ length: 24 }, (_, hour) => hourAt(hour, use));
      expect(day[use]).toBeCloseTo(
        parts.reduce((sum, hours) => sum + hours, 0),
        9,
      );
    }
  });
});
