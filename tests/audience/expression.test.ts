import { expect, test } from "vitest";
import { EXPRESSION_DEPTH_MAX, readExpression } from "../../src/audience/expression.js";

function faults(value: unknown) {
  const read = readExpression(value);
  return "faults" in read ? read.faults : [];
}

test("a fault names its place and what is wrong there", () => {
  expect(faults({ all: [{ circle: "music" }, { circle: "film", scoreMin: 3 }] })).toMatchObject([
    { place: "all.1.scoreMin" },
  ]);
  expect(faults({ any: [{ circle: "music" }, { crcle: "film" }] })).toEqual([
    {
      place: "any.1",
      says: "is no condition: write one object with circle, region with kind, at, devices, all, any, not, or atLeast with of",
    },
  ]);
  expect(faults({ atLeast: 3, of: [{ circle: "a" }, { circle: "b" }] })).toEqual([
    { place: "", says: "asks for more than there are" },
  ]);
  expect(faults({ at: { venue: "v" } })).toMatchObject([{ says: "say when: `from` and `to`, or `withinDays`" }]);
  expect(faults({ at: { venue: "v" }, withinDays: 3, from: "2026-03-01T18:00Z" })).toHaveLength(1);
  for (const odd of [null, 3, "music", [], [{ circle: "a" }], {}]) expect(faults(odd)).toHaveLength(1);
});

test("names with quotes or control characters, which no text could hold, are refused", () => {
  expect(faults({ circle: 'a"b' })).toMatchObject([{ place: "circle" }]);
  expect(faults({ circle: "a\nb" })).toMatchObject([{ place: "circle" }]);
});

test("as deep as allowed is read, one deeper and a million deep are not", () => {
  const deep = (levels: number) => {
    let made: unknown = { circle: "music" };
    for (let i = 1; i < levels; i++) made = { not: made };
    return made;
  };
  expect(faults(deep(EXPRESSION_DEPTH_MAX))).toEqual([]);
  expect(faults(deep(EXPRESSION_DEPTH_MAX + 2))).toEqual([{ place: "", says: "holds conditions more than 12 deep" }]);
  expect(faults(deep(1_000_000))).toHaveLength(1);
});
