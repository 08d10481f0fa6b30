import { describe, expect, it } from "vitest";
import { eventVisitDensity } from "../../src/circle/event-visits.js";
import type { CityEvent } from "../../src/geo/city.js";
import { at } from "./venue-city.js";

function event(category: CityEvent["category"], start: string, end: string): CityEvent {
  return { id: "e", venue: 0, category, genre: "", title: "", startMs: at(start) * 1000, endMs: at(end) * 1000 };
}

const CONCERT = event("music", "2026-03-02T19:30", "2026-03-02T21:30");
const EXPO = event("expo", "2026-03-02T09:30", "2026-03-02T17:00");
const density = (of: CityEvent, from: string, to: string): number =>
  eventVisitDensity(of, at(`2026-03-02T${from}`), at(`2026-03-02T${to}`));

describe("visits for an event", () => {
  it("are most likely from shortly before its start to its end", () => {
    const usual = density(CONCERT, "19:10", "21:35");
    expect(usual).toBeGreaterThan(10 * density(CONCERT, "19:10", "20:00"));
    expect(usual).toBeGreaterThan(10 * density(CONCERT, "20:30", "21:35"));
    expect(usual).toBeGreaterThan(1000 * density(CONCERT, "13:00", "15:00"));
  });

  it("of an expo begin at any hour of it and last some hours", () => {
    expect(density(EXPO, "11:00", "13:00")).toBeCloseTo(density(EXPO, "13:00", "15:00"), 6);
    expect(density(EXPO, "11:00", "13:00")).toBeGreaterThan(5 * density(EXPO, "17:30", "19:30"));
    expect(density(EXPO, "11:00", "13:00")).toBeGreaterThan(3 * density(EXPO, "07:30", "16:59"));
  });

  it("at a match are more to the hectare than at a concert in a hall", () => {
    const match = { ...CONCERT, category: "sport" as const };
    expect(density(match, "19:10", "21:35")).toBeGreaterThan(density(CONCERT, "19:10", "21:35"));
  });
});
