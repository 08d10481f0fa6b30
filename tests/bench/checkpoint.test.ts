import { expect, test } from "vitest";
import { benchCheckpoint } from "../../bench/checkpoint.js";

test("the checkpoint benchmark runs, tiny: checkpoints are written, and every subscriber is restored", async () => {
  const figure = await benchCheckpoint({
    subscribers: 40,
    perDay: 30,
    days: 2,
    every: 0.01,
    turns: 1,
    copies: 400,
    restored: 4800,
    diaryMegabytes: 0,
    seed: 1,
  });
  expect(figure.without.checkpoints).toBe(0);
  expect(figure.withThem.checkpoints).toBeGreaterThan(0);
  expect(figure.sizes.map(({ subscribers }) => subscribers)).toEqual([100, 200, 400]);
  expect(figure.restored?.subscribers).toBe(4800);
  expect(figure.restored?.fileGigabytes).toBeGreaterThan(0);
  for (const size of figure.sizes) expect(size.changedBytes).toBeLessThan(size.bytesPerSubscriber * size.subscribers);
});
