import { expect, test } from "vitest";
import { scoreAccuracy } from "../../bench/accuracy.js";
import { withSimulated } from "../../bench/support/simulated.js";
import { matchStays, median, overlapShare, type PlacedStay } from "../../bench/support/stay-score.js";

const MINUTE_MS = 60_000;

function stay(fromMinute: number, toMinute: number, x = 0): PlacedStay {
  return { startMs: fromMinute * MINUTE_MS, endMs: toMinute * MINUTE_MS, x, y: 0 };
}

test("intervals overlap by the share of their union that both hold", () => {
  expect(overlapShare(stay(0, 60), stay(0, 60))).toBe(1);
  expect(overlapShare(stay(0, 60), stay(30, 90))).toBeCloseTo(1 / 3);
  expect(overlapShare(stay(0, 60), stay(60, 90))).toBe(0);
});

test("a found stay is a true one when they overlap by half of their union within a kilometre", () => {
  const truth = [stay(0, 60)];
  expect(matchStays(truth, [stay(0, 30)])).toHaveLength(1);
  expect(matchStays(truth, [stay(0, 29)])).toHaveLength(0);
  expect(matchStays(truth, [stay(0, 60, 1000)])).toHaveLength(1);
  expect(matchStays(truth, [stay(0, 60, 1001)])).toHaveLength(0);
});

test("a stay counts once, for the one it fits best", () => {
  const halves = [stay(0, 30), stay(30, 60)];
  expect(matchStays([stay(0, 60)], halves)).toHaveLength(1);
  expect(matchStays(halves, [stay(0, 60)])).toHaveLength(1);
  expect(matchStays([stay(0, 60)], [stay(0, 40), stay(5, 65)])[0]?.found).toEqual(stay(5, 65));
});

test("the median is the middle value, and nothing has none", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([])).toBeNaN();
});

test("the accuracy benchmark scores a small city, and finds most homes and stays even there", async () => {
  const result = await withSimulated(undefined, { subscribers: 25, days: 8, seed: 5 }, scoreAccuracy);
  expect(result.observedPeople).toBeGreaterThan(15);
  expect(result.observedPeople).toBeLessThanOrEqual(25);
  expect(result.events).toBeGreaterThan(1000);
  expect(result.home.people).toBeGreaterThan(15);
  expect(result.home.rate).toBeGreaterThan(0.7);
  expect(result.home.right).toBeLessThanOrEqual(result.home.located);
  expect(result.stays.matched).toBeLessThanOrEqual(Math.min(result.stays.truths, result.stays.found));
  expect(result.stays.f1).toBeGreaterThan(0.4);
  expect(result.stays.unheardShare).toBeGreaterThan(0);
  expect(result.stays.unheardShare).toBeLessThan(0.5);
});
