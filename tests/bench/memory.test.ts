import { expect, test } from "vitest";
import { benchMemory } from "../../bench/memory.js";

test("the memory benchmark tells the state of a subscriber by parts, tiny", async () => {
  const [figure, ...others] = await benchMemory({ subscribers: 150, perDay: 100, days: 3, diaryMegabytes: 0, seed: 1 });
  expect(others).toEqual([]);
  expect(figure?.day).toBe(3);
  expect(figure?.subscribers).toBe(150);
  expect(figure?.records).toBeGreaterThan(500);
  expect(figure?.circles).toBeGreaterThan(0);
  expect(figure?.file).toBeGreaterThan(0);
  const { records = 0, waiting = 0, presence = 0, circles = 0, state = 0 } = figure ?? {};
  expect(state).toBeGreaterThanOrEqual(records + waiting + presence + circles - 4);
});
