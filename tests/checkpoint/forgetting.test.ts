import { expect, test } from "vitest";
import { Forgetting } from "../../src/checkpoint/forgetting.js";

test("orders go with one epoch, and an epoch is wanted for them at once", () => {
  const forgetting = new Forgetting();
  expect([forgetting.isUrgent, forgetting.take()]).toEqual([false, null]);
  forgetting.outOfMemory(7, false);
  forgetting.outOfMemory(9, false);
  expect(forgetting.isUrgent).toBe(true);
  expect(forgetting.take()).toEqual({ upToMs: 9, isInFiles: false });
  expect([forgetting.isUrgent, forgetting.take()]).toEqual([false, null]);
});

test("files go where somebody was in memory, or an engine that died may have had somebody in it", () => {
  const running = new Forgetting();
  running.outOfMemory(7, true);
  running.outOfMemory(8, false);
  expect(running.take()).toEqual({ upToMs: 8, isInFiles: true });
  running.outOfMemory(9, false);
  expect(running.take()).toEqual({ upToMs: 9, isInFiles: false });

  const started = new Forgetting();
  started.outOfMemory(7, false);
  started.foundAtStart();
  expect(started.take()).toEqual({ upToMs: 7, isInFiles: true });
  const idle = new Forgetting();
  idle.foundAtStart();
  idle.outOfMemory(7, false);
  expect(idle.take()).toEqual({ upToMs: 7, isInFiles: false });
});

test("what was not saved goes with a later epoch at the usual pace, with newer orders at once again after a save", () => {
  const forgetting = new Forgetting();
  forgetting.outOfMemory(7, true);
  const failed = forgetting.take();
  if (failed === null) throw new Error("no orders");
  forgetting.giveBack(failed);
  expect(forgetting.isUrgent).toBe(false);
  expect(forgetting.take()).toEqual({ upToMs: 7, isInFiles: true });

  // Meanwhile a newer one came: it names those before it as well.
  forgetting.outOfMemory(9, false);
  forgetting.giveBack(failed);
  forgetting.saved();
  expect(forgetting.isUrgent).toBe(true);
  expect(forgetting.take()).toEqual({ upToMs: 9, isInFiles: true });
});
