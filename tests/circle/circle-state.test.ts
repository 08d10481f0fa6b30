import { expect, test } from "vitest";
import { CircleState } from "../../src/circle/circle-state.js";

test("the close of a day goes by the network of that day, whatever the next day's events name, saved or not", () => {
  const state = new CircleState();
  state.noteNetwork(0, true, true);
  for (const slot of [0, 1]) {
    state.noteNetwork(slot, slot === 1, false);
    state.noteNetwork(slot, slot === 1, false);
  }
  const restored = new CircleState();
  restored.put(Uint32Array.of(0, 1), state.snapshot(Uint32Array.of(0, 1)));
  for (const one of [state, restored]) {
    expect([0, 1].map((slot) => one.isForeign(slot))).toEqual([true, false]);
    for (const slot of [0, 1, 1000]) one.closeNetwork(slot);
    expect([0, 1].map((slot) => one.isForeign(slot))).toEqual([false, true]);
  }
});

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
