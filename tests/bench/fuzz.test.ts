import fc from "fast-check";
import { expect, test } from "vitest";
import { fuzz } from "../../bench/fuzz/run.js";
import { closeNothing, must, target } from "../../bench/fuzz/target.js";
import { TARGETS } from "../../bench/fuzz/targets.js";

test.each(TARGETS.map((one) => [one.name, one] as const))("%s: no input crashes it or is lost", async (name, one) => {
  const { inputs, verdicts, failures } = await fuzz(one, { inputs: 60, seed: 11, limits: null });
  expect(failures).toEqual([]);
  expect(inputs).toBe(60);
  // What is taken and what is refused are both met.
  expect(Object.keys(verdicts).length, name).toBeGreaterThan(1);
});

test("a failing input is made minimal, and its seed gives it again", async () => {
  const broken = target("broken", 1, async () => ({
    inputs: fc.nat({ max: 100_000 }),
    judge(number) {
      must(number < 700, () => `${number} is too much`);
      return { taken: 1 };
    },
    show: String,
    bytes: () => 1,
    close: closeNothing,
  }));
  const { failures } = await fuzz(broken, { inputs: 3000, seed: 5, limits: null });
  expect(failures.map(({ input, seed, inputs }) => ({ input, seed, inputs }))).toEqual(
    [5, 6, 7].map((seed) => ({ input: "700", seed, inputs: 1000 })),
  );
  const again = await fuzz(broken, { inputs: 1000, seed: 6, limits: null });
  expect(again.failures[0]?.input).toBe("700");
});
