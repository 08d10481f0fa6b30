import fc from "fast-check";
import type { Expression } from "../../src/audience/expression.js";

/** Expressions of any kind over a few circles, at most three deep. */
export function expressions(circles: readonly string[] = ["music", "health", "white-collar", "not", "12", "片区 1"]) {
  const days = fc.integer({ min: 1, max: 366 });
  const options = {
    scoreMin: fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100),
    seenWithinDays: days,
    memberWithinDays: days,
    memberForDays: days,
  };
  const circle = fc.record({ circle: fc.constantFrom(...circles), ...options }, { requiredKeys: ["circle"] });
  const region = fc.record(
    {
      region: fc.constantFrom("440106", "gz-tianhe", "home", "ecgi:460-00-1"),
      kind: fc.constantFrom("home", "day", "active"),
      ...options,
    },
    { requiredKeys: ["region", "kind"] },
  );
  const at = fc.constantFrom(
    { venue: "gz stadium" },
    { region: "440106" },
    { cell: "ecgi:460-00-7" },
    { category: "mall" },
  );
  const minutes = { minutesMin: fc.integer({ min: 1, max: 1440 }) };
  const presence = fc.oneof(
    fc.record({ at, withinDays: days, ...minutes }, { requiredKeys: ["at", "withinDays"] }),
    fc.record(
      { at, from: fc.constant("2026-03-01T18:00+08:00"), to: fc.constant("2026-03-01T22:30:30Z"), ...minutes },
      { requiredKeys: ["at", "from", "to"] },
    ),
  );
  const device = fc.record({
    devices: fc.array(fc.constantFrom("35284011", "00000000"), { minLength: 1, maxLength: 3 }),
  });
  const { any } = fc.letrec((tie) => {
    const several = fc.array(tie("any"), { minLength: 2, maxLength: 4 });
    return {
      any: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.oneof(circle, region, presence, device),
        fc.record({ all: several }),
        fc.record({ any: several }),
        fc.record({ not: tie("any") }),
        several.chain((of) => fc.record({ atLeast: fc.integer({ min: 1, max: of.length }), of: fc.constant(of) })),
      ),
    };
  });
  return any as fc.Arbitrary<Expression>;
}
