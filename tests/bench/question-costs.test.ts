import { beforeAll, expect, test } from "vitest";
import { benchQuestionCosts, mean } from "../../bench/question-costs.js";
import { build } from "../smoke/lifecircle.js";

beforeAll(build);

test("a kind of question has its cost in the API and the store, and events have theirs, tiny", async () => {
  const options = { times: 1, subscribers: 100, perDay: 200, fillSeconds: 2, seed: 1 };
  const costs = await benchQuestionCosts(options, ["presence now, regions", "regions"]);
  expect(costs[0]).toMatchObject({ what: "1,000 events", share: null });
  expect(costs[0]?.engine).toBeGreaterThan(0);
  const questions = costs.slice(1);
  expect(questions.map(({ what }) => what)).toEqual(["presence now, regions", "regions"]);
  expect(questions.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1);
  expect(mean(costs, ({ api, store }) => api + store)).toBeGreaterThan(0);
});
