import { expect, test } from "vitest";
import { CircleState } from "../../src/circle/circle-state.js";

test("a stream that nobody was heard in for days begins anew; a day without anybody is no break", () => {
  const state = new CircleState();
  for (const day of [100, 101, 103]) state.noteHeard(0, day);
  expect(state.firstDay).toBe(100);
  state.noteHeard(1, 110);
  expect(state.firstDay).toBe(110);
  const restored = new CircleState();
  restored.firstDay = 110;
  restored.put(Uint32Array.of(0, 1), state.snapshot(Uint32Array.of(0, 1)));
  restored.noteHeard(1, 111);
  expect(restored.firstDay).toBe(110);
  restored.noteHeard(0, 114);
  expect(restored.firstDay).toBe(114);
});
