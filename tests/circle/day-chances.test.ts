import { describe, expect, it } from "vitest";
import { foundOn, lastOf } from "../../src/circle/day-chances.js";
import type { Portrait } from "../../src/circle/portrait.js";

describe("days on which a habit was lived", () => {
  const portrait = { window: { firstDay: 20_150 } } as Portrait;
  const days = { index: [0, 3, 9], chances: [0.9, 0.2, 0.64] };

  it("are expected to be as many as their chances add up to, and named where they are likely", () => {
    expect(foundOn(portrait, days, 0.4)).toEqual({ found: 1.7, days: ["2025-03-03", "2025-03-12"] });
  });

  it("end with the last likely one, and with none where no day is likely", () => {
    expect(lastOf(days, 0.4)).toBe(9);
    expect(lastOf(days, 0.95)).toBe(-1);
  });
});
