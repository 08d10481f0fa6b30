import { expect, test } from "vitest";
import { planeOf } from "../../src/geo/plane.js";
import { matchStays, overlapShare, type PlacedStay, scoreStays } from "../../src/score/stay-score.js";

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

test("stays are compared a person, of the people of the score, and errors are told in minutes", () => {
  const at = { lon: 113.3, lat: 23.1 };
  const of = (subscriber: string, from: number, to: number) => ({
    subscriber,
    startMs: from * MINUTE_MS,
    endMs: to * MINUTE_MS,
    ...at,
  });
  const plane = planeOf({ west: 113, east: 114, south: 23, north: 24 });
  const truths = [of("1", 0, 60), of("1", 100, 160), of("2", 0, 60), of("3", 0, 60)];
  const founds = [of("1", 4, 70), of("2", 500, 560), of("3", 0, 60), of("4", 0, 60)];
  const score = scoreStays(truths, founds, new Set(["1", "2", "4"]), plane);
  expect(score).toMatchObject({ truths: 3, found: 3, matched: 1, precision: 1 / 3, recall: 1 / 3, f1: 1 / 3 });
  expect(score.arrivalErrorMinutes.median).toBe(4);
  expect(score.departureErrorMinutes.median).toBe(10);
});
