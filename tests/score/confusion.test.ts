import { expect, test } from "vitest";
import { confusionBy, trueUnits } from "../../src/score/confusion.js";

const levelOf = () => null;
const isRegion = (circle: string) => circle.startsWith("home:");
const pairs = (truths: Record<string, string[]>, found: Record<string, string[]>) => {
  const sets = (lists: Record<string, string[]>) => new Map(Object.entries(lists).map(([k, v]) => [k, new Set(v)]));
  return { truths: sets(truths), found: sets(found) };
};

test("false members are told by the circles that they truly are in, and those who are in none are counted", () => {
  const both = pairs(
    { "white-collar": ["1"], "civil-servant": ["2", "3"], "home:A": ["2", "4"] },
    { "white-collar": ["1", "2", "4"], "home:A": ["9"] },
  );
  expect(confusionBy(both, trueUnits(both, isRegion, levelOf), isRegion, levelOf)).toEqual([
    {
      circle: "white-collar",
      falseMembers: 2,
      ofNoGroup: 1,
      groups: [{ group: "civil-servant", falseMembers: 1, outOf: 2, rate: 0.5, isConfounder: false }],
    },
  ]);
});

test("true members of a circle are left out of the rate of a role", () => {
  const both = pairs({ health: ["1", "2"] }, { health: ["1", "3"] });
  const [health] = confusionBy(both, new Map([["retired", new Set(["1", "2", "3", "4"])]]), isRegion, levelOf);
  expect(health?.groups).toMatchObject([{ group: "retired", falseMembers: 1, outOf: 2, rate: 0.5 }]);
});

test("a known confounder is told even when nobody of it was taken for a member, in a family as well", () => {
  const both = pairs({ "music:pop": ["1"] }, { "music:jazz": ["1"] });
  const groups = new Map([
    ["venue_staff", new Set(["5"])],
    ["office", new Set(["1", "6"])],
  ]);
  expect(confusionBy(both, groups, isRegion, levelOf, [{ circle: "music:", roles: ["venue_staff"] }])).toEqual([
    {
      circle: "music:*",
      falseMembers: 1,
      ofNoGroup: 0,
      groups: [
        { group: "office", falseMembers: 1, outOf: 2, rate: 0.5, isConfounder: false },
        { group: "venue_staff", falseMembers: 0, outOf: 1, rate: 0, isConfounder: true },
      ],
    },
  ]);
});

test("a circle without false members and known confounders is not told", () => {
  const both = pairs({ film: ["1"] }, { film: ["1"] });
  expect(confusionBy(both, new Map([["office", new Set(["2"])]]), isRegion, levelOf)).toEqual([]);
});
