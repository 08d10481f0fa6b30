import { beforeEach, expect, test, vi } from "vitest";
import { Admission } from "../../../src/http/access/admission.js";

const OPTIONS = { leastMax: 4, mostMax: 40, answerMsMax: 500 };

beforeEach(() => {
  vi.useFakeTimers();
  return () => {
    vi.useRealTimers();
  };
});

/** As many as are let in at once, each at work for so long; how many those were. */
function burst(admission: Admission, ms: number): number {
  const leaves = Array.from({ length: 100 }, () => admission.enter()).filter((leave) => leave !== null);
  vi.advanceTimersByTime(ms);
  for (const leave of leaves) leave();
  return leaves.length;
}

test("more are let in while answers are quick, up to the most, and fewer while they are slow", () => {
  const admission = new Admission(OPTIONS);
  const first = burst(admission, 100);
  for (let i = 0; i < 500; i++) burst(admission, 100);
  expect(burst(admission, 100)).toBe(OPTIONS.mostMax);
  expect(first).toBeLessThan(OPTIONS.mostMax);
  for (let i = 0; i < 50; i++) burst(admission, 700);
  expect(burst(admission, 100)).toBe(2);
});

test("once nobody is turned away any more, so many are let in again as a page asks when it opens", () => {
  const admission = new Admission(OPTIONS);
  for (let i = 0; i < 50; i++) burst(admission, 700);
  expect(admission.most).toBeLessThan(OPTIONS.leastMax);
  for (let i = 0; i < 2; i++) {
    const leave = admission.enter();
    vi.advanceTimersByTime(700);
    leave?.();
  }
  expect(admission.most).toBe(OPTIONS.leastMax);
});

test("in a machine that answers 40 questions a second, so many are let in that they are answered in time", () => {
  const admission = new Admission(OPTIONS);
  let [limits, looks] = [0, 0];
  for (let i = 0; i < 400; i++) {
    const at = admission.most;
    burst(admission, at * 25);
    if (i < 100) continue;
    limits += at;
    looks++;
  }
  // What is promised to be answered in 500 ms are 20 of them.
  expect(limits / looks).toBeGreaterThan(6);
  expect(limits / looks).toBeLessThan(20);
});

test("while one that was let in waits for too long, nobody is added but the few who always are", () => {
  const admission = new Admission(OPTIONS);
  const slow = admission.enter();
  vi.advanceTimersByTime(10_000);
  const others = Array.from({ length: 10 }, () => admission.enter());
  expect(others.filter((leave) => leave !== null)).toHaveLength(OPTIONS.leastMax - 1);
  slow?.();
  slow?.();
  expect(admission.enter()).not.toBeNull();
});

test("one slow question after the other turns nobody away where nothing else is at work", () => {
  const admission = new Admission(OPTIONS);
  for (let i = 0; i < 100; i++) {
    const leave = admission.enter();
    expect(leave).not.toBeNull();
    vi.advanceTimersByTime(9000);
    leave?.();
  }
  expect(admission.most).toBeGreaterThanOrEqual(OPTIONS.leastMax);
});
