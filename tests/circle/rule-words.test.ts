import { expect, test } from "vitest";
import { placeNames, ruleClauses } from "../../src/circle/rule-words.js";
import { parseRules, readRules } from "../../src/config/rules.js";

function clauses(rule: string) {
  const text = `
defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
slots: { morning: { days: working, from: "07:00", to: "09:00" } }
roles: { mall-staff: { any: [{ anchor: { kind: day, category: mall } }, { circle: tried-too }] } }
circles:
  - { circle: tried, dimension: behaviour, ${rule} }
  - { circle: tried-too, dimension: behaviour, all: [{ home_network: { foreign: true } }] }
`;
  const { rules, faults } = parseRules(text);
  if (rules === null) throw new Error(JSON.stringify(faults));
  return ruleClauses(rules.circles[0] as (typeof rules.circles)[number], rules);
}

const words = (condition: string) => clauses(`all: [{ ${condition} }]`)[0]?.words;

test("visits say how many, how long, where, when, and what does not count", () => {
  expect(words("visits: { category: mall, minutes: { min: 40 }, count: 4 }")).toBe(
    "at least 4 visits of 40 minutes or more to a mall, the own home and day place aside",
  );
  expect(
    words("visits: { category: [school, kindergarten], slot: morning, minutes: { max: 60 }, share: 0.5, at_least: 3 }"),
  ).toBe(
    "on at least 50 % of the working days on which heard, and on 3 days or more: visits of 60 minutes or less to a school or kindergarten, 07:00-09:00 on working days, the own home and day place aside",
  );
  expect(
    words("visits: { category: airport, days: 3, on_the_way: true, own_places: true, event: none, within_days: 7 }"),
  ).toBe(
    "on at least 3 days: visits to an airport, passing on a way included, also where that is the own home or day place, while no event takes place there, within the last 7 days",
  );
  expect(words('visits: { at: day, slot: { days: "off" }, minutes: { min: 60, max: 270 } }')).toBe(
    "at least 1 stay of 60 to 270 minutes at the day place, on days off",
  );
});

test("what is counted is said once more without the number, for what is missing", () => {
  expect(clauses("all: [{ visits: { category: mall, count: 4 } }]")[0]).toMatchObject({
    counted: "visits to a mall, the own home and day place aside",
    place: { withOwn: false, withPassing: false },
  });
  expect(clauses("all: [{ visits: { at: home, days: 4 } }]")[0]).toMatchObject({
    counted: "days with stays at the home place",
    own: "home",
  });
});

test("events, anchors, ways and rhythms are said", () => {
  expect(words("attended: { category: music, genre: [pop, jazz] }")).toBe(
    "at least 1 music event (pop or jazz) attended for 60 % of it or more",
  );
  expect(words("attended: { category: expo, share: 0.5, at_least: 2 }")).toBe(
    "at least 50 % of the expos attended for an hour or more, and 2 or more",
  );
  expect(words("anchor: { kind: home, category: residential, tier: high, days: 5, rule: [nights, moved] }")).toBe(
    "the home place is a residential of high tier, found by nights or moved, of 5 days or more",
  );
  expect(words("anchor: { kind: day }")).toBe("has the day place");
  expect(words("commute: { mode: metro }")).toBe(
    "at least 50 % of the working days in the city with a way between home and day place by metro at the peaks",
  );
  expect(words("sojourn: { days_max: 7, gap_days: 2 }")).toContain("visits of at most 7 days only");
  expect(words("home_network: { foreign: true }")).toBe("the home PLMN is none of the city's home networks");
  expect(words("lives_near: { category: school, metres: 200 }")).toBe("the home place lies within 200 m of a school");
});

test("conditions made of others keep them, and a role goes by its name", () => {
  const found = clauses("all: [{ circle: tried-too }], none: [{ role: mall-staff }]");
  expect(found.map((clause) => clause.words)).toEqual([
    "is in the circle tried-too, with the score there",
    "none of these",
  ]);
  expect(found[1]).toMatchObject({ join: "none", of: [{ words: "mall staff: at least one of these", join: "any" }] });
  expect(found[1]?.of?.[0]?.of?.map((clause) => clause.words)).toEqual([
    "the day place is a mall",
    "is in the circle tried-too, with the score there",
  ]);
});

test("every rule of the catalogue can be said without a word of the file's own notation", () => {
  const rules = readRules("config/circles.yaml");
  for (const rule of rules.circles) {
    const all = JSON.stringify(ruleClauses(rule, rules).map((clause) => clause.words));
    expect(all, rule.circle).not.toMatch(/undefined|\{\\"|_/);
  }
});

test("places are named by subtype, category, tier and id", () => {
  expect(placeNames({ category: "hospital", subtype: "children" })).toBe("a children hospital");
  expect(placeNames({ category: "university" })).toBe("a university");
  expect(placeNames({ category: ["office", "metro_station"] })).toBe("an office or metro station");
  expect(placeNames({ tier: ["high", "mid"] })).toBe("a venue of high or mid tier");
  expect(placeNames({ venue: "M12" })).toBe("M12");
});
