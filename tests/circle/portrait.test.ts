import { expect, test } from "vitest";
import { CANDIDATES_MAX } from "../../src/circle/diary.js";
import { AT_DAY_PLACE, type Portrait } from "../../src/circle/portrait.js";
import { type Life, portraitOf } from "./conditions.js";
import { venueCity } from "./venue-city.js";

const CITY = venueCity([
  { venue: "home", category: "residential", x: 0, y: 0, half: 100 },
  { venue: "hospital", category: "hospital", x: 3000, y: 0, half: 100 },
  { venue: "tower", category: "office", x: 3000, y: 300, half: 100 },
  { venue: "office", category: "office", x: 5000, y: 0, half: 100 },
]);
const HOME = { kind: "home", venue: "home" } as const;
const OFFICE = { kind: "day", venue: "office" } as const;
/** A working morning of two hours at the hospital, or at the office tower beside it. */
const MORNING = { day: 1, from: 9, to: 11, x: 3000, at: { hospital: 0.4, tower: 0.5 } };

function probabilityOf(portrait: Portrait, id: string, entry = 0): number {
  const { view } = portrait;
  for (let c = entry * CANDIDATES_MAX; c < entry * CANDIDATES_MAX + (view.candidates[entry] as number); c++)
    if (CITY.venues.id[view.venue[c] as number] === id) return view.probability[c] as number;
  return 0;
}

const withAnchors = (anchors: Life["anchors"], visits = [MORNING]) =>
  portraitOf(CITY, { visits, ...(anchors === undefined ? {} : { anchors }) });

test("who has an office of their own is rather in the hospital than in somebody else's office", () => {
  const known = withAnchors([HOME, OFFICE]);
  expect(probabilityOf(known, "hospital")).toBeGreaterThan(probabilityOf(known, "tower"));
  expect(probabilityOf(known, "hospital") + probabilityOf(known, "tower")).toBeLessThanOrEqual(1);
});

test("of whom home or day place are not known, venues stay as probable as the cells and hours make them", () => {
  for (const anchors of [[], [HOME], [OFFICE]]) {
    const unknown = withAnchors(anchors);
    expect(probabilityOf(unknown, "hospital")).toBeCloseTo(0.4, 2);
    expect(probabilityOf(unknown, "tower")).toBeCloseTo(0.5, 2);
  }
});

test("a stay at the own day place is weighed as it was", () => {
  const own = withAnchors([HOME, OFFICE], [{ ...MORNING, x: 5000, at: { hospital: 0.1, tower: 0.5 } }]);
  expect(own.own[0]).toBe(AT_DAY_PLACE);
  expect(probabilityOf(own, "tower")).toBeCloseTo(0.5, 2);
});
