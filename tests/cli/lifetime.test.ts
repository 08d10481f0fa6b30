import { expect, test } from "vitest";
import { Closers, untilGone } from "../../src/cli/lifetime.js";

test("what was opened is closed in the opposite order, and one that fails keeps no other open", async () => {
  const closed: string[] = [];
  const warnings: string[] = [];
  const closers = new Closers();
  for (const name of ["store", "stream", "engine"])
    closers.add(async () => {
      closed.push(name);
      if (name === "stream") throw new Error("it is stuck");
    });
  await closers.closeAll((message) => warnings.push(message));
  expect(closed).toEqual(["engine", "stream", "store"]);
  expect(warnings).toEqual(["not closed in order: it is stuck"]);
});

test("a server that ends is waited for", async () => {
  let looks = 0;
  await untilGone(async () => ++looks < 4);
  expect(looks).toBe(4);
});
