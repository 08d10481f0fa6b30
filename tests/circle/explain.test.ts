import { expect, test } from "vitest";
import { compileRules } from "../../src/circle/compile-rules.js";
import { type Explanation, explain } from "../../src/circle/explain.js";
import { scoreOf } from "../../src/circle/rule-circles.js";
import { ruleClauses } from "../../src/circle/rule-words.js";
import { parseRules } from "../../src/config/rules.js";
import { type Life, portraitOf, type Visit } from "./conditions.js";
import { venueCity } from "./venue-city.js";

const CITY = venueCity(
  [
    { venue: "home", category: "residential", x: 0, y: 0, half: 100 },
    { venue: "mall", category: "mall", x: 3000, y: 0, half: 100 },
    { venue: "plaza", category: "mall", x: 3000, y: 2000, half: 100 },
    { venue: "hall", category: "concert_hall", x: 0, y: 4000, half: 100 },
  ],
  ["e1,hall,music,jazz,2026-01-09T19:30,2026-01-09T21:30,Trio"],
);

function explained(rule: string, life: Life): Explanation & { engine: number } {
  const text = `
defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
circles: [{ circle: tried, dimension: behaviour, ${rule} }]
`;
  const { rules, faults } = parseRules(text);
  if (rules === null) throw new Error(JSON.stringify(faults));
  const circle = compileRules(rules, CITY).circles[0];
  const form = rules.circles[0];
  if (circle === undefined || form === undefined) throw new Error("no circle");
  const portrait = portraitOf(CITY, life);
  return { ...explain(circle, ruleClauses(form, rules), portrait), engine: scoreOf(circle, portrait, 0) };
}

const at = (day: number, from: number, to: number, venue: string, probability = 1): Visit => ({
  day,
  from,
  to,
  at: { [venue]: probability },
});

const MALLS = "all: [{ visits: { category: mall, minutes: { min: 40 }, count: 4 } }]";
const STAFF =
  "none: [{ anchor: { kind: day, category: mall } }, { visits: { category: mall, days: 9, own_places: true } }]";

test("half of what is asked is told as two of four, with the days, times and venues of the two", () => {
  const visits = [at(1, 10, 11, "mall"), at(3, 18, 20.5, "plaza"), at(4, 9, 10, "home")];
  const { score, engine, missing, conditions } = explained(MALLS, { visits });
  expect(score).toBe(engine);
  expect(missing).toEqual(["2 of 4 visits of 40 minutes or more to a mall, the own home and day place aside"]);
  expect(conditions[0]).toMatchObject({
    asked: 4,
    found: 2,
    venues: ["mall", "plaza"],
    days: ["2026-01-06", "2026-01-08"],
  });
  expect(conditions[0]?.behind).toEqual([
    expect.objectContaining({ date: "2026-01-06", minutes: 60, venue: "mall", probability: 1 }),
    expect.objectContaining({ date: "2026-01-08", minutes: 150, venue: "plaza" }),
  ]);
});

test("whoever has enough lacks nothing", () => {
  const { score, missing } = explained(MALLS, { visits: [1, 2, 3, 4, 5].map((day) => at(day, 10, 12, "mall")) });
  expect(score).toBeGreaterThan(0.9);
  expect(missing).toEqual([]);
});

test("enough visits of which none is sure are told as what they are", () => {
  const visits = Array.from({ length: 20 }, (_, day) => at(day, 10, 12, "mall", 0.3));
  const { score, missing } = explained(MALLS, { visits });
  expect(score).toBeLessThan(0.5);
  expect(missing[0]).toMatch(/^6 of 4 visits .*, none of them sure enough \(probability 0\.\d\d\)$/);
});

test("what speaks against somebody is named, and only that", () => {
  const visits = [1, 2, 3, 4, 5].map((day) => at(day, 10, 12, "mall"));
  const { score, missing, conditions } = explained(`${MALLS}, ${STAFF}`, {
    visits,
    anchors: [{ kind: "day", venue: "mall", probability: 0.9 }],
  });
  expect(score).toBeLessThan(0.2);
  expect(missing).toEqual([
    expect.stringMatching(/^speaks against it: the day place is a mall \(probability 0\.8\d\)$/),
  ]);
  expect(conditions[1]).toMatchObject({
    join: "none",
    of: [{ words: "the day place is a mall" }, { asked: 9, found: 5 }],
  });
});

test("of alternatives each is told, of parts only those that are wanting", () => {
  const rule =
    "all: [{ any: [{ visits: { category: mall, count: 2 } }, { all: [{ anchor: { kind: home } }, { attended: { category: music } }] }] }]";
  const { missing } = explained(rule, {
    visits: [at(1, 10, 11, "mall")],
    anchors: [{ kind: "home", venue: "home" }],
  });
  expect(missing).toEqual([
    "none of the alternatives is likely: 1 of 2 visits to a mall, the own home and day place aside; or 0 of 1 music events attended for 60 % of it or more",
  ]);
});

test("stays at the own place and at events stand behind their conditions", () => {
  const own = explained("all: [{ visits: { at: day, days: 1 } }]", {
    visits: [{ day: 2, from: 9, to: 17, x: 5000 }],
    anchors: [{ kind: "day", venue: "mall" }],
  });
  expect(own.conditions[0]?.behind).toEqual([expect.objectContaining({ date: "2026-01-07", minutes: 480, venue: "" })]);
  const event = explained("all: [{ attended: { category: music } }]", { visits: [at(4, 19.4, 21.6, "hall")] });
  expect(event.conditions[0]?.behind).toEqual([expect.objectContaining({ date: "2026-01-09", venue: "hall" })]);
});
