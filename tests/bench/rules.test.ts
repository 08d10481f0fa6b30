import { expect, test } from "vitest";
import { measureRules } from "../../bench/rules.js";

test("the rules benchmark tells memberships of its made-up lives, and the same ones at a second close, tiny", async () => {
  const figure = await measureRules({ subscribers: 30, rules: 60 });
  expect(figure.circles).toBeGreaterThan(60);
  expect(figure.memberships).toBeGreaterThan(30);
  expect(figure.diaryBytes).toBeLessThan(8192);
});
