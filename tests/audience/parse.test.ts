import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leavesOf, readExpression } from "../../src/audience/expression.js";
import { type ParsedAudience, parseAudience, pointAt, TEXT_CHARS_MAX } from "../../src/audience/parse.js";
import { printAudience } from "../../src/audience/print.js";
import { expressions } from "./expressions.js";

function expressionOf(parsed: ParsedAudience) {
  if ("fault" in parsed) throw new Error(JSON.stringify(parsed.fault));
  return parsed.expression;
}

function faultOf(text: string, circles?: string[]) {
  const parsed = parseAudience(text, circles === undefined ? {} : { circles });
  if (!("fault" in parsed)) throw new Error(`no mistake: ${text}`);
  return parsed.fault;
}

describe("the text form", () => {
  test("says circles, regions, scores, recency, counts and stays", () => {
    const parsed = (text: string) => expressionOf(parseAudience(text));
    expect(parsed("music and not health and home in 440106")).toEqual({
      all: [{ circle: "music" }, { not: { circle: "health" } }, { region: "440106", kind: "home" }],
    });
    expect(parsed("white-collar score >= 0.8 and (metro-commuter or bus-commuter)")).toEqual({
      all: [
        { circle: "white-collar", scoreMin: 0.8 },
        { any: [{ circle: "metro-commuter" }, { circle: "bus-commuter" }] },
      ],
    });
    expect(parsed("2 of (film, shopping, music:pop)")).toEqual({
      atLeast: 2,
      of: [{ circle: "film" }, { circle: "shopping" }, { circle: "music:pop" }],
    });
    expect(parsed("AT LEAST 2 OF (a, b)")).toEqual(parsed("2 of (a, b)"));
    expect(parsed("visitor seen within 3 days member for 1 day")).toEqual({
      circle: "visitor",
      seenWithinDays: 3,
      memberForDays: 1,
    });
    expect(parsed("at category mall within 7 days for 40 minutes")).toEqual({
      at: { category: "mall" },
      withinDays: 7,
      minutesMin: 40,
    });
    expect(parsed('at venue "gz arena" between 2026-03-01T18:00+08:00 and 2026-03-01T22:00+08:00')).toEqual({
      at: { venue: "gz arena" },
      from: "2026-03-01T18:00+08:00",
      to: "2026-03-01T22:00+08:00",
    });
  });

  test("binds `not` closer than `and`, and `and` closer than `or`", () => {
    expect(expressionOf(parseAudience("a or not b and c"))).toEqual(
      expressionOf(parseAudience("a or ((not b) and c)")),
    );
  });

  test("of an expression is read as the same expression", () => {
    fc.assert(
      fc.property(expressions(), (expression) => {
        const read = readExpression(expression);
        // Few of the made ones are larger than an expression may be.
        fc.pre("expression" in read);
        expect(expressionOf(parseAudience(printAudience(expression)))).toEqual(expression);
        expect(leavesOf(expression).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("a mistake is pointed at:", () => {
  const rows: [text: string, at: number, says: string, suggestion: string | null][] = [
    ["music annd health", 6, 'expected "and", "or" or the end, got "annd"', "and"],
    ["music and", 9, 'expected "not", "(" or a circle, the text ends', null],
    ["(music or film", 14, 'expected "and", "or" or ")", the text ends', null],
    ["music)", 5, 'expected "and", "or" or the end, got ")"', null],
    ["", 0, 'expected "not", "(" or a circle, the text ends', null],
    ["music and or film", 10, 'expected "not", "(" or a circle, got "or"', null],
    ["music score > 0.5", 12, 'expected ">=", got ">"', null],
    ["music score >= 80", 15, 'expected a score from 0.01 to 1 with at most two decimals, got "80"', null],
    ["music seen witin 3 days", 11, 'expected "within", got "witin"', "within"],
    ["music seen within 0 days", 18, 'expected a whole number from 1 to 366, got "0"', null],
    ["music seen within 3 weeks", 20, 'expected "days", got "weeks"', null],
    ["music score >= 0.5 score >= 0.6", 19, 'says "score" twice', null],
    ["3 of (a, b)", 0, "asks for 3 of 2", null],
    ["2 of (a)", 0, '"of" needs two conditions or more, separated by commas', null],
    ["home at 440106", 5, 'expected "in", got "at"', null],
    ["at category mal within 3 days", 12, 'expected a category of venues, got "mal"', "mall"],
    ["device 3528401", 7, 'expected a type allocation code of 8 digits, got "3528401"', null],
    ["device in (35284011 86000001)", 20, 'expected "," or ")", got "86000001"', null],
    ["at venue x since 3 days", 11, 'expected "within" or "between", got "since"', null],
    [
      "at venue x between 2026-03-01 and 2026-03-02",
      19,
      'expected a time with its offset, as 2026-03-01T18:00+08:00, got "2026-03-01"',
      null,
    ],
    ["at venue x between 2026-03-01T18:00Z and 2026-03-01T17:00Z", 41, "is not after the time before it", null],
    ['music and "film', 10, 'expected "not", "(" or a circle, got """', null],
  ];
  test.each(rows)("%s", (text, at, says, suggestion) => {
    expect(faultOf(text)).toMatchObject({ at, says, suggestion });
  });

  test("a circle that is not there, with the one that was meant", () => {
    const fault = faultOf("film and whitecollar", ["film", "white-collar"]);
    expect(fault).toEqual({ at: 9, length: 11, says: 'there is no circle "whitecollar"', suggestion: "white-collar" });
    expect(pointAt("film and\n\twhitecollar", { ...fault, at: 10 })).toBe(
      '\twhitecollar\n\t^^^^^^^^^^^\nthere is no circle "whitecollar"; did you mean white-collar?',
    );
  });

  test("too long, too deep, too many", () => {
    expect(faultOf("a".repeat(TEXT_CHARS_MAX + 1)).says).toContain("longer than");
    expect(faultOf("(".repeat(3000)).says).toContain("deep");
    expect(faultOf("not ".repeat(900)).says).toContain("deep");
    expect(faultOf(Array.from({ length: 61 }, (_, i) => `c${i}`).join(" and ")).says).toContain("more than 60");
  });

  test("whatever is written, the answer is an expression or a place in the text", () => {
    const words = fc.constantFrom(
      "music",
      "and",
      "or",
      "not",
      "(",
      ")",
      "2",
      "of",
      ",",
      "home",
      "in",
      "at",
      "score",
      ">=",
      "0.5",
      '"',
      "\u0000",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join(" ")),
        ),
        (text) => {
          const parsed = parseAudience(text);
          if ("expression" in parsed) expect(readExpression(parsed.expression)).toEqual(parsed);
          else {
            expect(parsed.fault.at).toBeGreaterThanOrEqual(0);
            expect(parsed.fault.at + parsed.fault.length).toBeLessThanOrEqual(text.length);
            expect(pointAt(text, parsed.fault)).toContain("^");
          }
        },
      ),
    );
  });
});
