import { expect, test } from "vitest";
import type { CircleRules } from "../../src/circle/rule-schema.js";
import type { City } from "../../src/geo/city.js";
import { circleNames, circleWords } from "../../src/http/circle-words.js";

const city = {
  regions: { id: ["R1", "R2"], name: ["North", ""] },
  events: ["jazz", "folk", "jazz"].map((genre) => ({ category: "music", genre })),
} as unknown as City;
const rulesOf = (says: string) =>
  ({
    circles: [
      { circle: "film", dimension: "preference", name: "Film", says },
      { circle: "music:$genre", for: { genre: "music" }, dimension: "preference", says: "Goes to concerts" },
    ],
  }) as unknown as CircleRules;

test("a circle of a rule, of a family and of a region, each with what there is to say of it", () => {
  const rules = rulesOf("Goes to the cinema");
  expect(circleWords(rules, city, "film")).toEqual({
    ...{ dimension: "preference", name: "Film", says: "Goes to the cinema", isFixed: true },
  });
  expect(circleWords(rules, city, "music:jazz")).toMatchObject({
    name: null,
    says: "Goes to concerts",
    isFixed: false,
  });
  expect(circleWords(rules, city, "home:R1")).toMatchObject({ name: "North", says: "Lives in North", isFixed: true });
  expect(circleWords(rules, city, "home:R2")).toMatchObject({ name: null, says: "Lives in R2", isFixed: true });
  expect(circleWords(rules, city, "home:R9")).toMatchObject({ name: null, says: "Lives in R9", isFixed: false });
  for (const nothing of ["music:", "music", "films", ""]) expect(circleWords(rules, city, nothing)).toBeNull();
});

test("the names are those that the rules make of the city, whoever is in them", () => {
  expect(circleNames(rulesOf("Goes to the cinema"), city)).toEqual(["film", "music:folk", "music:jazz"]);
});

test("rules that have changed say what they say now", () => {
  expect(circleWords(rulesOf("before"), city, "film")?.says).toBe("before");
  expect(circleWords(rulesOf("after"), city, "film")?.says).toBe("after");
});
