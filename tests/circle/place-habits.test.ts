import { describe, expect, it } from "vitest";
import { type PlaceHours, placeWeights } from "../../src/circle/place-habits.js";
import { CATEGORIES, type Category } from "../../src/geo/city.js";

const OFFICE_HOURS: PlaceHours = {
  nights: 0,
  nightsObserved: 20,
  workdays: 18,
  workdaysObserved: 20,
  nightMinutes: 0,
  workMinutes: 18 * 440,
  wakingMinutes: 18 * 560,
};
const SHOP_HOURS: PlaceHours = { ...OFFICE_HOURS, workMinutes: 12 * 400, wakingMinutes: 22 * 540 };
const NIGHTS: PlaceHours = { ...SHOP_HOURS, nights: 14, nightMinutes: 14 * 400 };

function weight(kind: "home" | "day" | "other", category: Category, hours: PlaceHours): number {
  return placeWeights(kind, hours).byCategory[CATEGORIES.indexOf(category)] as number;
}

describe("what a place of many days is likely to be", () => {
  it("is where people sleep for a home, and where they work or study for a day place", () => {
    expect(weight("home", "residential", OFFICE_HOURS)).toBeGreaterThan(50 * weight("home", "office", OFFICE_HOURS));
    expect(weight("day", "office", OFFICE_HOURS)).toBeGreaterThan(10 * weight("day", "residential", OFFICE_HOURS));
  });

  it("tells offices from shops by the share of evenings and weekends", () => {
    const ratio = (hours: PlaceHours) => weight("day", "office", hours) / weight("day", "mall", hours);
    expect(ratio(OFFICE_HOURS)).toBeGreaterThan(3 * ratio(SHOP_HOURS));
  });

  it("does not take a place of many nights for an office or a school", () => {
    const ratio = (category: Category) => weight("day", category, NIGHTS) / weight("day", category, SHOP_HOURS);
    expect(ratio("office")).toBeLessThan(0.3);
    expect(ratio("school")).toBeLessThan(0.3);
    expect(ratio("factory")).toBeGreaterThan(2 * ratio("office"));
  });

  it("does not take a home of many nights for a hotel", () => {
    expect(weight("home", "hotel", { ...NIGHTS, nights: 3 })).toBeGreaterThan(weight("home", "hotel", NIGHTS));
  });

  it("believes no share of an empty book", () => {
    const none = { ...OFFICE_HOURS, workMinutes: 0, wakingMinutes: 0, nightsObserved: 0 };
    for (const kind of ["home", "day", "other"] as const) {
      const { byCategory, anywhere } = placeWeights(kind, none);
      for (const one of [...byCategory, anywhere]) expect(one).toBeGreaterThan(0);
    }
  });
});
