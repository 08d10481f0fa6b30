import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CompiledCircle, compileRules } from "../../src/circle/compile-rules.js";
import { LEG, STAY, TOUCH } from "../../src/circle/diary.js";
import { scoreOf, scoresOf } from "../../src/circle/rule-circles.js";
import { possibleCircles } from "../../src/circle/screen.js";
import { parseRules } from "../../src/config/rules.js";
import { type Life, portraitOf } from "./conditions.js";
import { venueCity } from "./venue-city.js";

const PLACES = ["home", "office", "hospital", "mall", "school", "hall", "airport"] as const;
const CATEGORY = {
  home: "residential",
  office: "office",
  hospital: "hospital",
  mall: "mall",
  school: "school",
  hall: "concert_hall",
  airport: "airport",
} as const;
const CITY = venueCity(
  PLACES.map((venue, i) => ({ venue, category: CATEGORY[venue], tier: "high", x: 1800 * i, y: 0, half: 100 })),
  Array.from({ length: 20 }, (_, i) => {
    const date = `2026-01-${String(6 + i).padStart(2, "0")}`;
    return `e${i},hall,music,${i % 2 === 0 ? "jazz" : "rock"},${date}T19:30,${date}T21:30,Band`;
  }),
);

const visit = fc
  .record({
    day: fc.integer({ min: 0, max: 26 }),
    from: fc.double({ min: 0, max: 22, noNaN: true }),
    hours: fc.double({ min: 0.2, max: 10, noNaN: true }),
    kind: fc.constantFrom(STAY, STAY, STAY, LEG, TOUCH),
    first: fc.constantFrom(...PLACES),
    second: fc.constantFrom(...PLACES),
    p: fc.double({ min: 0, max: 1, noNaN: true }),
    x: fc.constantFrom(0, 3000, 5000, 20_000),
    metro: fc.integer({ min: -3, max: 3 }),
  })
  .map(({ hours, first, second, p, ...rest }) => ({
    ...rest,
    to: rest.from + hours,
    at: rest.kind === LEG ? {} : { [first]: p, [second]: 1 - p },
  }));
const life: fc.Arbitrary<Life> = fc
  .record({
    visits: fc.array(visit, { maxLength: 80 }),
    homes: fc.boolean(),
    works: fc.constantFrom(...PLACES, null),
  })
  .map(({ visits, homes, works }) => ({
    visits: visits.sort((a, b) => a.day + a.to / 24 - b.day - b.to / 24),
    anchors: [
      ...(homes ? [{ kind: "home", venue: "home", rule: "nights", probability: 0.8 } as const] : []),
      ...(works === null ? [] : [{ kind: "day", venue: works, probability: 0.7 } as const]),
    ],
  }));

test("a rule asked with a least, after others and of one portrait after the other, has the score that it has alone, or is below", () => {
  const { rules } = parseRules(readFileSync("config/circles.yaml", "utf8"));
  if (rules === null) throw new Error("config/circles.yaml has faults");
  const { circles } = compileRules(rules, CITY);
  let above = 0;
  fc.assert(
    fc.property(life, (one) => {
      const alone = scoresOf(compileRules(rules, CITY), portraitOf(CITY, one));
      const portrait = portraitOf(CITY, one);
      for (const [c, score] of alone.entries()) {
        const circle = circles[c] as CompiledCircle;
        if (circle.isNamed) portrait.scores.set(circle.id, score);
        expect([circle.id, scoreOf(circle, portrait, circle.enter)]).toEqual([
          circle.id,
          score >= circle.enter ? score : 0,
        ]);
        if (score >= circle.enter) above++;
      }
    }),
  );
  expect(above).toBeGreaterThan(50);
});

test("whoever a rule holds of with its threshold or more is asked for it, and few others are", () => {
  const { rules } = parseRules(readFileSync("config/circles.yaml", "utf8"));
  if (rules === null) throw new Error("config/circles.yaml has faults");
  const more = [1, 2, 3, 5].flatMap((count) =>
    Object.values(CATEGORY).flatMap((category) => [
      { circle: `${category}-${count}`, visits: { category, count } },
      { circle: `${category}-${count}-days`, visits: { category, days: count, own_places: true, on_the_way: true } },
    ]),
  );
  const added = more.map(({ circle, visits }) => ({ circle, dimension: "behaviour" as const, all: [{ visits }] }));
  const { circles, screen } = compileRules({ ...rules, circles: [...rules.circles, ...added] }, CITY);
  const possible = new Uint16Array(circles.length);
  let above = 0;
  let asked = 0;
  let passedOver = 0;
  fc.assert(
    fc.property(life, (one) => {
      const portrait = portraitOf(CITY, one);
      const names = new Set(possible.subarray(0, possibleCircles(screen, portrait, possible)));
      asked += names.size;
      passedOver += circles.length - names.size;
      portrait.scores.clear();
      for (const [c, circle] of circles.entries()) {
        const score = scoreOf(circle, portrait);
        if (circle.isNamed) portrait.scores.set(circle.id, score);
        if (score < circle.enter) continue;
        above++;
        expect([circle.id, names.has(c)]).toEqual([circle.id, true]);
      }
    }),
  );
  expect(above).toBeGreaterThan(500);
  expect(passedOver).toBeGreaterThan(0.3 * asked);
});
