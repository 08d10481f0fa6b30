import { expect, test } from "vitest";
import { type CompiledRules, compileRules } from "../../src/circle/compile-rules.js";
import { CIRCLES_MAX } from "../../src/circle/presence.js";
import { ruleEvaluation, updateRuleCircles } from "../../src/circle/rule-circles.js";
import { Standings } from "../../src/circle/standing.js";
import { parseRules } from "../../src/config/rules.js";
import type { MembershipLogRow, MembershipRow } from "../../src/rows.js";
import { slotsBelow } from "../../src/stay/slot-set.js";
import { LAST_DAY, type Life, portraitOf } from "./conditions.js";
import { venueCity } from "./venue-city.js";

const CITY = venueCity([
  { venue: "home", category: "residential", tier: "high", x: 0, y: 0, half: 100 },
  { venue: "hospital", category: "hospital", x: 3000, y: 0, half: 100 },
]);

function rulesOf(circles: string): CompiledRules {
  const text = `defaults: { enter: 0.6, leave: 0.4, window_days: 28, strengthened_by: 0.1 }\ncircles:\n${circles}`;
  const { rules, faults } = parseRules(text);
  if (rules === null) throw new Error(JSON.stringify(faults));
  return compileRules(rules, CITY);
}
const HEALTH = "  - { circle: health, dimension: preference, all: [{ visits: { category: hospital } }] }\n";
const INCOME = "  - { circle: rich, dimension: demographic, all: [{ anchor: { kind: home, tier: high } }] }\n";
const RULES = rulesOf(HEALTH);

/** One subscriber through closes of days; what each told. */
class Story {
  readonly standings = new Standings();
  readonly memberships: MembershipRow[] = [];
  private day = LAST_DAY;

  close(life: Life, { rules = RULES, silentDays = 0 } = {}): string[] {
    const membershipLog: MembershipLogRow[] = [];
    const evaluation = ruleEvaluation({
      rules,
      standings: this.standings,
      sink: { memberships: this.memberships, membershipLog },
      day: this.day,
      versionMs: (this.day + 1) * 86_400_000,
      dayStartMs: (day) => day * 86_400_000,
    });
    const subscriber = { slot: 4, subscriberHi: 1, subscriberLo: 2, silentDays };
    updateRuleCircles(evaluation, subscriber, portraitOf(CITY, life));
    this.day++;
    return membershipLog.map(({ change, circle, score, gone }) => {
      expect(gone).toBe(change === "left");
      return `${change} ${circle} ${score.toFixed(1)}`;
    });
  }

  get held(): string[] {
    const numbers = new Uint32Array(CIRCLES_MAX);
    const count = this.standings.circlesOf(4, numbers);
    return Array.from(numbers.subarray(0, count), (number) => this.standings.names[number] as string);
  }
}

const seen = (probability: number): Life => ({ visits: [{ day: 3, from: 9, to: 10, at: { hospital: probability } }] });

test("a circle is entered above one threshold and left below a lower one; between them nothing changes", () => {
  const story = new Story();
  expect(story.close(seen(0.5))).toEqual([]);
  expect(story.close(seen(0.64))).toEqual(["entered health 0.6"]);
  expect(story.close(seen(0.45))).toEqual([]);
  expect(story.held).toEqual(["health"]);
  expect(story.close(seen(0.3))).toEqual(["left health 0.0"]);
  expect(story.held).toEqual([]);
  expect(story.close(seen(0.45))).toEqual([]);
});

test("a member keeps its since, and is strengthened when the score has risen by a step since it was last logged", () => {
  const story = new Story();
  story.close(seen(0.64));
  expect(story.close(seen(0.7))).toEqual([]);
  expect(story.close(seen(0.76))).toEqual(["strengthened health 0.8"]);
  expect(new Set(story.memberships.map((row) => row.sinceMs))).toEqual(new Set([LAST_DAY * 86_400_000]));
});

test("a score that stays as it was is not told again", () => {
  const story = new Story();
  for (let day = 0; day < 4; day++) story.close(seen(0.8));
  expect(story.memberships).toHaveLength(1);
});

test("who was silent is not thrown out for what was not seen", () => {
  const story = new Story();
  story.close(seen(0.9));
  expect(story.close({}, { silentDays: 12 })).toEqual([]);
  expect(story.held).toEqual(["health"]);
  expect(story.close({}, { silentDays: 3 })).toEqual(["left health 0.0"]);
});

test("a move of home is left at once, however long the silence", () => {
  const story = new Story();
  const rules = rulesOf(INCOME);
  expect(story.close({ anchors: [{ kind: "home", venue: "home" }] }, { rules })).toEqual(["entered rich 0.9"]);
  expect(story.close({ anchors: [{ kind: "home", venue: "hospital" }] }, { rules, silentDays: 12 })).toEqual([
    "left rich 0.0",
  ]);
});

test("a circle whose rule was taken out is left, one whose rule is new is entered", () => {
  const story = new Story();
  const life: Life = { ...seen(0.9), anchors: [{ kind: "home", venue: "home" }] };
  expect(story.close(life)).toEqual(["entered health 0.9"]);
  expect(story.close(life, { rules: rulesOf(INCOME) })).toEqual(["entered rich 0.9", "left health 0.0"]);
  expect(story.memberships.at(-1)?.dimension).toBe("preference");
});

test("standings come back from their bytes", () => {
  const story = new Story();
  story.close({ ...seen(0.9), anchors: [{ kind: "home", venue: "home" }] }, { rules: rulesOf(HEALTH + INCOME) });
  const { standings } = story;
  const copy = new Standings();
  for (const [at, name] of standings.names.entries()) copy.numberOf(name, standings.dimensions[at] ?? "region");
  copy.put(slotsBelow(5), standings.snapshot(slotsBelow(5)));
  expect(copy.held(4)).toEqual(standings.held(4));
  expect(copy.names).toEqual(standings.names);
});
