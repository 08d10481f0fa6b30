import fc from "fast-check";
import { expect, test } from "vitest";
import { circlePairs, macroOf, scoreCircles } from "../../src/score/circle-score.js";
import type { Membership } from "../../src/score/facts.js";

const said = (subscriber: string, circle: string): Membership => ({
  subscriber,
  circle,
  dimension: "preference",
  score: 1,
});
const levelOf = () => null;
const dimensionOf = () => "preference" as const;

function truthOf(pairs: readonly (readonly [string, string])[]): Map<string, Set<string>> {
  const circles = new Map<string, Set<string>>();
  for (const [subscriber, circle] of pairs) circles.set(subscriber, (circles.get(subscriber) ?? new Set()).add(circle));
  return circles;
}

test("a circle counts true, found and right people as going through all pairs does", () => {
  const pair = fc.tuple(
    fc.constantFrom("1", "2", "3", "4"),
    fc.constantFrom("film", "music", "music:pop", "music:jazz"),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(pair, { selector: String }),
      fc.uniqueArray(pair, { selector: String }),
      (real, found) => {
        const people = new Set(["1", "2", "3"]);
        const scores = scoreCircles(
          circlePairs(
            truthOf(real),
            found.map(([subscriber, circle]) => said(subscriber, circle)),
            people,
          ),
          dimensionOf,
          levelOf,
        );
        for (const { circle, truths, found: count, right, f1 } of scores) {
          const inUnit = ([subscriber, name]: readonly [string, string]) =>
            people.has(subscriber) && (circle === "music:*" ? name.startsWith("music:") : name === circle);
          const isTrue = (one: readonly [string, string]) => real.some((other) => String(other) === String(one));
          expect(truths).toBe(real.filter(inUnit).length);
          expect(count).toBe(found.filter(inUnit).length);
          expect(right).toBe(found.filter(inUnit).filter(isTrue).length);
          expect(f1).toBeCloseTo(right === 0 ? 0 : 2 / (truths / right + count / right));
        }
        const units = new Set(
          [...real, ...found].filter(([who]) => people.has(who)).map(([, name]) => name.replace(/:.*/, ":*")),
        );
        expect(scores.map(({ circle }) => circle)).toEqual([...units].sort());
      },
    ),
  );
});

test("a family tells its members one by one", () => {
  const pairs = circlePairs(truthOf([["1", "music:pop"]]), [said("1", "music:jazz")], new Set(["1"]));
  const [family] = scoreCircles(pairs, dimensionOf, levelOf);
  expect(family).toMatchObject({ circle: "music:*", truths: 1, found: 1, right: 0, f1: 0 });
  expect(family?.members).toMatchObject([
    { circle: "music:jazz", truths: 0, found: 1, recall: Number.NaN, f1: 0 },
    { circle: "music:pop", truths: 1, found: 0, precision: Number.NaN, f1: 0 },
  ]);
});

test("a mean over circles weighs each the same, leaves out what is not known, and names the lowest", () => {
  const truth = truthOf([
    ["1", "a"],
    ["2", "a"],
    ["1", "b"],
  ]);
  const found = [said("1", "a"), said("2", "a")];
  const macro = macroOf(scoreCircles(circlePairs(truth, found, new Set(["1", "2"])), dimensionOf, levelOf));
  expect(macro).toEqual({ circles: 2, precision: 1, recall: 0.5, f1: 0.5, lowestCircle: "b", lowestF1: 0 });
});
