import { expect, test } from "vitest";
import { Backtest } from "../../src/circle/backtest.js";
import { circleReports } from "../../src/circle/backtest-report.js";
import { compileRules } from "../../src/circle/compile-rules.js";
import { parseRules } from "../../src/config/rules.js";
import { portraitOf } from "./conditions.js";
import { venueCity } from "./venue-city.js";

const CITY = venueCity([{ venue: "mall", category: "mall", x: 3000, y: 0, half: 100 }]);
const RULES = `
defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
circles:
  - { circle: keen, dimension: behaviour, all: [{ circle: shopping }, { visits: { category: mall, count: 2 } }] }
  - { circle: shopping, dimension: preference, all: [{ visits: { category: mall } }] }
  - { circle: foreign, dimension: behaviour, all: [{ home_network: { foreign: true } }] }
`;

interface Person {
  /** Probabilities that a visit was one to the mall; independent ones are days apart at one venue. */
  readonly mall?: number;
  readonly visits?: number;
  readonly held?: readonly string[];
  readonly silentDays?: number;
}

function tried(people: readonly Person[], wanted = ["shopping"], examplesMax = 2): Backtest {
  const { rules, faults } = parseRules(RULES);
  if (rules === null) throw new Error(JSON.stringify(faults));
  const backtest = new Backtest(compileRules(rules, CITY), new Set(wanted), examplesMax);
  for (const [i, { mall = 0, visits = 1, held = [], silentDays = 0 }] of people.entries()) {
    const days = Array.from({ length: mall === 0 ? 0 : visits }, (_, day) => ({ day, from: 10, to: 12, at: { mall } }));
    backtest.take({ subscriber: String(i + 1), portrait: portraitOf(CITY, { visits: days }), silentDays, held });
  }
  return backtest;
}

const PEOPLE: readonly Person[] = [
  { mall: 0.9 },
  { mall: 0.65, held: ["film"] },
  { mall: 0.5, held: ["shopping", "film"] },
  { mall: 0.5 },
  { mall: 0.1, held: ["shopping"] },
  { mall: 0.1, held: ["shopping"], silentDays: 20 },
  { held: ["film"] },
];

const exact = { tell: ({ count }: { count: number }) => count, peopleMin: 1, overlapsMax: 10, examplesMax: 10 };

test("one threshold is for who would enter, another for who is in, and silence throws nobody out: as the engine has it", () => {
  const [report] = circleReports(tried(PEOPLE), exact);
  expect(report).toMatchObject({ circle: "shopping", people: 4, now: 3, enters: 2, leaves: 1 });
  expect(report?.bands.map(({ from, people }) => [from, people])).toEqual([
    [0.1, 1],
    [0.5, 1],
    [0.6, 1],
    [0.9, 1],
  ]);
});

test("overlaps count members in both, of either and of each", () => {
  const [report] = circleReports(tried(PEOPLE), exact);
  expect(report?.overlaps).toEqual([
    { circle: "film", together: 2, shareOfThis: 0.5, shareOfOther: 2 / 3, jaccard: 2 / 5 },
  ]);
});

test("overlaps of few people are left out", () => {
  const film = (count: number) => Array.from({ length: count }, () => ({ mall: 1, held: ["film"] }));
  const overlaps = (people: readonly Person[]) =>
    circleReports(tried(people), { ...exact, peopleMin: 15 })[0]?.overlaps;
  expect(overlaps(film(14))).toEqual([]);
  expect(overlaps(film(15))?.length).toBe(1);
});

test("numbers that may not be told are told nowhere, and nothing is worked out from them", () => {
  const tell = ({ count }: { count: number }) => (count < 3 ? null : count);
  const [report] = circleReports(tried(PEOPLE), { ...exact, tell, examplesMax: 0 });
  expect(report).toMatchObject({ people: 4, now: 3, enters: null, leaves: null, overlaps: [], examples: [] });
  expect(report?.bands.every(({ people }) => people === null)).toBe(true);
});

test("examples show changes first, each with its evidence, and no more than asked", () => {
  const [report] = circleReports(tried(PEOPLE), { ...exact, examplesMax: 3 });
  expect(report?.examples.map(({ subscriber, change }) => [subscriber, change])).toEqual([
    ["1", "enters"],
    ["5", "leaves"],
    ["3", "stays"],
  ]);
  expect(JSON.parse(report?.examples[0]?.evidence ?? "")).toMatchObject({
    rule: "shopping",
    facts: [{ venues: ["mall"] }],
  });
});

test("a circle that names another is tried without it being asked for", () => {
  const reports = circleReports(tried([{ mall: 0.9, visits: 3 }], ["keen"]), exact);
  expect(reports.map(({ circle, people }) => [circle, people])).toEqual([["keen", 1]]);
});
