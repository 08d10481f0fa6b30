import { beforeAll, expect, test } from "vitest";
import { benchAudience } from "../../bench/audience.js";
import { buildServer } from "../store/support.js";

beforeAll(buildServer);

test("the audience benchmark runs, tiny, and bits and SQL give the same answers", async () => {
  const figure = await benchAudience({ subscribers: 500, circles: 6, questions: 9, sqlQuestions: 9, dataDir: null });
  expect(figure.memberships).toBeGreaterThan(100);
  expect(figure.bitsHash).toBe(figure.sqlHash);
});
