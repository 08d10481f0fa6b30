import { expect, test } from "vitest";
import { type AnchorOptions, findAnchors, type LifeFacts, type PlaceFacts } from "../../src/anchor/anchors.js";
import { explainRegion, regionKind } from "../../src/circle/explain-region.js";
import { formatCell } from "../../src/signal/identity.js";
import { OPTIONS, smallCity } from "../derivation.js";

const CITY = smallCity();

/** Places in the west (cells 0 to 2 of a row) and the east (3 to 5). */
function place(column: number, facts: Partial<PlaceFacts>): PlaceFacts {
  const none = {
    sigma: 100,
    nights: 0,
    recentNights: 0,
    workdays: 0,
    nightMinutes: 0,
    workMinutes: 0,
    wakingMinutes: 0,
  };
  const at = { x: CITY.cells.x[column] as number, y: CITY.cells.y[column] as number, cell: column };
  return { ...none, place: column, seenDay: 20_000, ...at, ...facts };
}

const HOME = place(0, { nights: 20, recentNights: 7, nightMinutes: 9000, wakingMinutes: 6000 });
const WORK = place(4, { workdays: 15, workMinutes: 7000, wakingMinutes: 3000 });
const LIFE: LifeFacts = {
  observedDays: 24,
  nightsObserved: 22,
  recentNightsObserved: 7,
  workdaysObserved: 17,
  wakingMinutes: 10_000,
  nightObservations: 20,
  workObservations: 200,
  places: [HOME, WORK],
};

function why(circle: string, life = LIFE, anchorOptions: AnchorOptions = OPTIONS.anchors) {
  const anchors = findAnchors(life, anchorOptions);
  const kind = regionKind(circle);
  if (kind === null) throw new Error(circle);
  return explainRegion({ city: CITY, life, anchors, options: OPTIONS.circles, anchorOptions }, kind, circle);
}

test("who lives there is told by the home place, its rule and its nights", () => {
  const { score, missing, says, conditions } = why("home:W");
  expect(score).toBeGreaterThan(0.6);
  expect(missing).toEqual([]);
  expect(says).toBe("Lives in W (west)");
  expect(conditions[0]?.words).toContain("found by the rule nights, 20 of 22 observed nights");
  expect(why("day:E").conditions[0]?.words).toContain("15 of 17 observed working days");
});

test("who lives elsewhere is told where, and how many nights were spent there", () => {
  const cell = formatCell(CITY.cells.keyHi[0] as number, CITY.cells.keyLo[0] as number);
  expect(why("home:E")).toMatchObject({
    score: 0,
    missing: [`the home place is in home:W, home:${cell}`, "0 of 22 observed nights were spent there"],
  });
});

test("without a home place it says what was seen and what is asked", () => {
  const unsettled = { ...LIFE, nightsObserved: 1, places: [place(0, { nights: 1 }), WORK] };
  expect(why("home:W", unsettled).missing).toEqual([
    "no home place is known: at most 1 of 1 observed nights at one place, 2 are asked",
    "1 of 1 observed nights were spent there",
  ]);
  const unknown = { ...LIFE, observedDays: 2 };
  expect(why("day:E", unknown).missing[0]).toBe("observed on 2 of 3 days, from which on places are judged");
});

test("an active region is told by its share of the waking minutes", () => {
  expect(why("active:E")).toMatchObject({ missing: [], conditions: [{ chance: 1, found: 3000, asked: 2000 }] });
  const seldom = { ...LIFE, places: [HOME, { ...WORK, wakingMinutes: 1500 }] };
  expect(why("active:E", seldom)).toMatchObject({
    missing: ["1500 of 2000 waking minutes"],
    conditions: [{ chance: 0 }],
  });
});

test("other circles are no region circles", () => {
  expect(regionKind("music:pop")).toBeNull();
  expect(regionKind("active:W")).toBe("active");
});
