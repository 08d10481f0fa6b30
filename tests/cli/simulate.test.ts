import { expect, test } from "vitest";
import { simulateHelp, simulateOptions } from "../../src/cli/simulate.js";
import { resolveOptions, settingPaths } from "../../src/simulate/option-check.js";
import { DEFAULT_OPTIONS } from "../../src/simulate/options.js";
import { SCENARIOS } from "../../src/simulate/scenarios.js";
import { VARIATIONS } from "../../src/simulate/variations.js";

const COMMAND = { out: "nowhere", json: false };

test("a command line without options is the default city", () => {
  expect(resolveOptions(simulateOptions(COMMAND))).toEqual(DEFAULT_OPTIONS);
});

test("a scenario comes first, then variations, then settings, then the flags of their own; the last counts", () => {
  const given = {
    ...COMMAND,
    scenario: "campus-neighbours",
    variation: ["few-events", "steep-loss"],
    set: ["traffic.eventsPerDaySigma=0.2", "radio.roomSigmaDb=1", "seed=3"],
    eventsPerDay: 20,
    seed: 9,
  };
  const options = resolveOptions(simulateOptions(given));
  expect(options.subscribers).toBe(400);
  expect(options.confounders.nextDoorTo).toEqual(["university"]);
  expect(options.traffic).toEqual({ ...DEFAULT_OPTIONS.traffic, eventsPerDay: 20, eventsPerDaySigma: 0.2 });
  expect(options.radio).toEqual({ ...DEFAULT_OPTIONS.radio, pathLossSlopeDb: 44, roomSigmaDb: 1 });
  expect(options.seed).toBe(9);
  expect(resolveOptions(simulateOptions({ ...given, subscribers: 50 })).subscribers).toBe(50);
});

test("names that are none are refused with a mend", () => {
  expect(() => simulateOptions({ ...COMMAND, scenario: "x" })).toThrow(/x is no scenario\n {2}mend: /);
  expect(() => simulateOptions({ ...COMMAND, variation: ["x"] })).toThrow(/x is no variation\n {2}mend: /);
  expect(() => simulateOptions({ ...COMMAND, set: ["x=1"] })).toThrow(/x is no option\n {2}mend: /);
});

test("the help names every scenario, variation and setting", () => {
  const help = simulateHelp();
  for (const { name } of SCENARIOS) expect(help).toContain(name);
  for (const name of Object.keys(VARIATIONS)) expect(help).toContain(name);
  for (const path of settingPaths()) expect(help).toContain(path);
});
