import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANYWHERE, expectationOf, expectationOfMinutes, HABITS, visitDensity } from "../../src/circle/visit-habits.js";
import { CATEGORIES, type Category } from "../../src/geo/city.js";

const density = (category: Category, isWorking: boolean, hour: number, hours: number): number =>
  visitDensity(HABITS[category], isWorking, hour, hours);

describe("how people use places", () => {
  it("sends them to a school gate for a quarter of an hour in the morning of a school day, and not at noon or on Sunday", () => {
    expect(density("school", true, 7.8, 0.25)).toBeGreaterThan(10 * density("school", true, 11.5, 0.25));
    expect(density("school", true, 7.8, 0.25)).toBeGreaterThan(10 * density("school", false, 7.8, 0.25));
  });

  it("sends them to a film for two hours rather than for six, and in the evening rather than in the morning", () => {
    expect(density("cinema", false, 19, 2)).toBeGreaterThan(3 * density("cinema", false, 19, 6));
    expect(density("cinema", false, 19, 2)).toBeGreaterThan(3 * density("cinema", false, 8, 2));
  });

  it("keeps them in offices on working days and in estates at night", () => {
    expect(density("office", true, 9, 9)).toBeGreaterThan(10 * density("residential", true, 9, 9));
    expect(density("office", true, 9, 9)).toBeGreaterThan(5 * density("office", false, 9, 9));
    expect(density("residential", true, 20, 11)).toBeGreaterThan(5 * density("office", true, 20, 11));
  });

  it("goes round the clock: just after midnight is late for the evening", () => {
    const late = density("residential", true, 0.25, 8);
    expect(late).toBeGreaterThan(0.3 * density("residential", true, 23.5, 8));
    expect(late).toBeCloseTo(density("residential", true, 0.25 + 1e-9, 8), 4);
    expect(density("residential", true, 23.999, 8)).toBeCloseTo(density("residential", true, 0, 8), -1);
  });

  it("holds about as many visits as it says, over all hours and lengths", () => {
    for (const category of CATEGORIES) {
      let sum = 0;
      const [hourStep, lengthStep] = [0.25, 0.1];
      for (let hour = 0; hour < 24; hour += hourStep)
        for (let log = Math.log(0.02); log < Math.log(200); log += lengthStep)
          sum += density(category, true, hour, Math.exp(log)) * hourStep * lengthStep;
      const said = HABITS[category].reduce((all, { working }) => all + working, 0);
      // Visits at unusual times come on top.
      expect(sum).toBeGreaterThan(0.9 * said);
      expect(sum).toBeLessThan(1.5 * said);
    }
  });

  it("is remembered in steps too fine to matter", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.double({ min: 0, max: 23.99, noNaN: true }),
        fc.double({ min: 0.1, max: 90, noNaN: true }),
        (isWorking, hour, hours) => {
          const { byCategory, anywhere } = expectationOf(isWorking, hour, hours);
          const close = (a: number, b: number) => Math.abs(Math.log(a / b)) < 0.75;
          expect(close(anywhere, visitDensity(ANYWHERE, isWorking, hour, hours))).toBe(true);
          for (const [index, category] of CATEGORIES.entries())
            expect(close(byCategory[index] as number, density(category, isWorking, hour, hours))).toBe(true);
        },
      ),
    );
  });

  it("makes somebody who has home and day place elsewhere a guest: rather in a mall than in an office or an estate", () => {
    const { asVisitor } = expectationOf(true, 14, 3);
    const share = (category: Category) => asVisitor[CATEGORIES.indexOf(category)] as number;
    expect(share("mall")).toBeGreaterThan(0.9);
    expect(share("office")).toBeLessThan(0.6 * share("mall"));
    expect(share("residential")).toBeLessThan(0.8 * share("hospital"));
    for (const each of asVisitor) {
      expect(each).toBeGreaterThan(0);
      expect(each).toBeLessThanOrEqual(1);
    }
  });

  it("is the same by the whole minutes of a diary, of one that has no length as of a minute", () => {
    for (let minutes = 0; minutes < 9000; minutes++)
      expect(expectationOfMinutes(true, 14, minutes)).toBe(expectationOf(true, 14, Math.max(60, 60 * minutes) / 3600));
  });
});
