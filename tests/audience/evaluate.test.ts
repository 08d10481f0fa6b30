import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bits, bitsFor, countBits, idsIn, setBit } from "../../src/audience/bitset.js";
import { evaluate, evaluateForCount, type Sets } from "../../src/audience/evaluate.js";
import { type Expression, isLeaf } from "../../src/audience/expression.js";
import { parseAudience } from "../../src/audience/parse.js";
import { printLeaf } from "../../src/audience/print.js";
import { expressions } from "./expressions.js";

const PEOPLE = 150;
const EVERYBODY = Array.from({ length: PEOPLE }, (_, id) => id).filter((id) => id % 10 !== 9);

function bits(ids: Iterable<number>): Bits {
  const made = bitsFor(PEOPLE);
  for (const id of ids) setBit(made, id);
  return made;
}

/** Who is in a leaf: some of all people, by its text. */
function members(key: string): Set<number> {
  let state = [...key].reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) | 0, 7);
  const found = new Set<number>();
  for (let id = 0; id < PEOPLE; id++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    if (state >>> 30 === 0) found.add(id);
  }
  return found;
}

const SETS: Sets = { everybody: bits(EVERYBODY), of: (leaf) => bits(members(printLeaf(leaf))) };

/** Whether somebody is in, from the words of the expression. */
function holds(expression: Expression, id: number): boolean {
  if (isLeaf(expression)) return members(printLeaf(expression)).has(id);
  if ("not" in expression) return !holds(expression.not, id);
  if ("all" in expression) return expression.all.every((inner) => holds(inner, id));
  if ("any" in expression) return expression.any.some((inner) => holds(inner, id));
  return expression.of.filter((inner) => holds(inner, id)).length >= expression.atLeast;
}

test("an expression holds for whom its words hold, one by one", () => {
  fc.assert(
    fc.property(expressions(), (expression) => {
      const expected = EVERYBODY.filter((id) => holds(expression, id));
      expect([...idsIn(evaluate(expression, SETS))]).toEqual(expected);
      expect(countBits(evaluate(expression, SETS))).toBe(expected.length);
    }),
    { numRuns: 60 },
  );
});

describe("for a number that is told, a condition that changes it by fewer than k people", () => {
  const groups: Record<string, number[]> = {
    crowd: EVERYBODY.slice(0, 100),
    almost: EVERYBODY.slice(3, 100),
    three: EVERYBODY.slice(0, 3),
    half: EVERYBODY.slice(0, 50),
  };
  const sets: Sets = { everybody: bits(EVERYBODY), of: (leaf) => bits(groups[printLeaf(leaf)] ?? []) };
  const counted = (text: string) => {
    const parsed = parseAudience(text);
    if ("fault" in parsed) throw new Error(parsed.fault.says);
    return countBits(evaluateForCount(parsed.expression, sets, 15));
  };

  test("is left out, wherever it stands", () => {
    expect(counted("crowd")).toBe(100);
    expect(counted("crowd and not three")).toBe(100);
    expect(counted("not three and crowd")).toBe(100);
    expect(counted("crowd and (half or three)")).toBe(50);
    expect(counted("half or three")).toBe(50);
    expect(counted("not three")).toBe(EVERYBODY.length);
    expect(counted("2 of (crowd, half, three)")).toBe(50);
  });

  test("counts where it changes k people or more", () => {
    expect(counted("crowd and half")).toBe(50);
    expect(counted("crowd and not half")).toBe(50);
  });

  test("does so in whatever order the conditions stand", () => {
    expect(counted("almost and crowd and half")).toBe(counted("half and crowd and almost"));
  });
});
