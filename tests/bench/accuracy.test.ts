import { describe, expect, test } from "vitest";
import { cityOf, scoreAccuracy } from "../../bench/accuracy.js";
import { withSimulated } from "../../bench/support/simulated.js";

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
  // Most of the homes are where the cell of the nights is; hardly a stay is told by one cell.
  const { obvious, toldStays, losses } = result;
  expect(obvious.home.rate).toBeGreaterThan(0.5);
  expect(obvious.stays.matched).toBeGreaterThan(0);
  expect(obvious.stays.f1).toBeLessThan(result.stays.f1);
  expect(toldStays.f1).toBeGreaterThan(result.stays.f1);
  expect(toldStays.matched).toBeLessThanOrEqual(toldStays.truths * (1 - result.stays.unheardShare) + 1);
  const missed = Object.values(losses).reduce((sum, count) => sum + count, 0);
  expect(missed).toBe(result.stays.truths - result.stays.matched);
});

describe("the city that a command line asks for", () => {
  test("takes the variations and options of the simulator, the last of them counts", () => {
    const { simulation, data, json } = cityOf([
      "--seed",
      "3",
      "--variation",
      "calm-radio",
      "--set",
      "radio.driftSigmaDb=2",
    ]);
    expect(simulation).toEqual({
      subscribers: 2000,
      days: 28,
      seed: 3,
      radio: { fadingSigmaDb: 1, driftSigmaDb: 2, hysteresisDb: 8 },
    });
    expect(data).toBeUndefined();
    expect(json).toBe(false);
  });

  test("refuses a variation and an option that do not exist", () => {
    expect(() => cityOf(["--variation", "calm"])).toThrow("calm is no variation");
    expect(() => cityOf(["--set", "radio.calm=1"])).toThrow("radio.calm is no option");
  });
});
