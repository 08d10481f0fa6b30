import { expect, test } from "vitest";
import { scoreCity } from "../../bench/circles.js";
import { withSimulated } from "../../bench/support/simulated.js";
import { SCENARIOS, type Scenario } from "../../src/simulate/scenarios.js";

test("the circles benchmark scores a test city of one confounder: its members, and who looks like one", async () => {
  const scenario = SCENARIOS.find(({ name }) => name === "campus-staff") as Scenario;
  const { options } = scenario;
  const { report, confounders } = await withSimulated(
    undefined,
    { ...options, subscribers: 30, days: 8, seed: 5 },
    (dir) => scoreCity(dir, scenario.name, 5, scenario),
  );
  expect(report.people.unknownToTruth).toBe(0);
  expect(report.wellObserved.macro.all?.f1).toBeGreaterThan(0.3);
  expect(confounders?.true).toBeGreaterThan(5);
  expect(confounders?.right).toBeGreaterThan(0.7 * (confounders?.true ?? 0));
  expect(confounders?.people).toBeGreaterThan(5);
  expect(confounders?.taken).toBeLessThanOrEqual(2);
});
