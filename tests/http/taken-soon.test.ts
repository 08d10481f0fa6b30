import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { takenSoon } from "../../src/http/taken-soon.js";

/** Parts of 100 kB, more than a stream reads ahead; `given` is how many were asked for, `isOver` whether the rest was given up. */
function source(parts: number) {
  const state = { given: 0, isOver: false };
  const made = async function* () {
    try {
      for (; state.given < parts; state.given++) yield new Uint8Array(100_000);
    } finally {
      state.isOver = true;
    }
  };
  return { state, parts: made() };
}

test("who reads slowly has all of it, and who stops is cut and keeps nothing open", async () => {
  const slow = source(5);
  let bytes = 0;
  for await (const part of takenSoon(slow.parts, 200)) {
    bytes += (part as Uint8Array).length;
    await pause(80);
  }
  expect([bytes, slow.state.isOver]).toEqual([500_000, true]);

  const stopped = source(50);
  const stream = takenSoon(stopped.parts, 100);
  const failed = new Promise((resolve) => stream.once("error", resolve));
  stream.once("readable", () => undefined);
  expect(String(await failed)).toContain("nobody reads it any more");
  await pause(20);
  expect(stopped.state.isOver).toBe(true);
  expect(stopped.state.given).toBeLessThan(5);
});
