import { beforeAll, expect, test } from "vitest";
import { NONE } from "../../src/geo/city.js";
import type { LoadedCity } from "../../src/geo/load.js";
import {
  BETWEEN,
  type CompiledTriggers,
  INSIDE,
  numberOf,
  OUTSIDE,
  saysOf,
  TriggerCompiler,
} from "../../src/trigger/compile-triggers.js";
import { smallCity } from "../derivation.js";
import { fenceOf, triggerOf } from "./fences.js";

let city: LoadedCity;
beforeAll(() => {
  city = smallCity();
});

const region = (trigger: string, id: string, more: object = {}) =>
  triggerOf({ trigger, where: { kind: "region", region: id, ...more } });

/** What the cell of a row says of a trigger. */
function says(compiled: CompiledTriggers, trigger: string, row: number): number {
  const number = compiled.triggers.findIndex((one) => one.trigger === trigger);
  for (let at = compiled.start[row] as number; at < (compiled.start[row + 1] as number); at++)
    if (numberOf(compiled.entries[at] as number) === number) return saysOf(compiled.entries[at] as number);
  return OUTSIDE;
}

test("a region is said to hold a phone by the cells in its midst, and by no cell of the other region's midst", () => {
  const compiled = new TriggerCompiler(city).use([region("west", "W"), region("east", "E")]);
  for (let row = 0; row < city.cells.count; row++) {
    const column = row % 6;
    if (column === 0) expect([says(compiled, "west", row), says(compiled, "east", row)]).toEqual([INSIDE, OUTSIDE]);
    if (column === 5) expect([says(compiled, "west", row), says(compiled, "east", row)]).toEqual([OUTSIDE, INSIDE]);
  }
});

test("between the thresholds a cell says neither, and the narrower they are the fewer do", () => {
  const wide = new TriggerCompiler(city).use([region("t", "W", { enter: 0.95, leave: 0.05 })]);
  const narrow = new TriggerCompiler(city).use([region("t", "W", { enter: 0.5, leave: 0.5 })]);
  const between = (compiled: CompiledTriggers) => compiled.entries.filter((one) => saysOf(one) === BETWEEN).length;
  expect(between(wide)).toBeGreaterThan(0);
  expect(between(narrow)).toBe(0);
});

test("a cell's entries ascend by trigger, whatever order the triggers came in", () => {
  const triggers = [region("c", "W"), region("a", "W"), region("b", "E")];
  const one = new TriggerCompiler(city).use(triggers);
  const other = new TriggerCompiler(city).use(triggers.toReversed());
  expect(one.keys).toEqual(["a@1", "b@1", "c@1"]);
  expect(other).toEqual(one);
  for (let row = 0; row < city.cells.count; row++) {
    const numbers = [...one.entries.subarray(one.start[row], one.start[row + 1])].map(numberOf);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
});

test("what was compiled before is the same when triggers come and go", () => {
  const triggers = [region("a", "W"), region("b", "E")];
  const compiler = new TriggerCompiler(city);
  const first = compiler.use(triggers);
  compiler.use([...triggers, region("c", "W", { enter: 0.9 })]);
  expect(compiler.use(triggers)).toEqual(first);
  expect(new TriggerCompiler(smallCity()).use(triggers)).toEqual(first);
});

test("a fence that the city has no more is entered by nobody, and its trigger stays", () => {
  const compiled = new TriggerCompiler(city).use([fenceOf("gone"), region("west", "W")]);
  expect(compiled.keys).toEqual(["gone@1", "west@1"]);
  expect([...compiled.entries].map(numberOf).includes(0)).toBe(false);
});

test("the homes of a trigger are those of the regions it may tell of", () => {
  const compiled = new TriggerCompiler(city).use([
    { ...region("all", "W"), regions: null },
    { ...region("some", "W"), regions: ["E", "nowhere"] },
  ]);
  expect(compiled.homes).toEqual([null, Uint8Array.from(city.regions.id, (id) => (id === "E" ? 1 : 0))]);
  expect(city.regions.id.indexOf("E")).not.toBe(NONE);
});

test("what was prepared step by step is what is compiled at once, and no fence is left to work out", () => {
  const triggers = [
    region("a", "W"),
    region("b", "E"),
    triggerOf({ trigger: "c", where: { kind: "circle", circle: "x" } }),
  ];
  const compiler = new TriggerCompiler(city);
  expect([...compiler.prepare(triggers)]).toHaveLength(2);
  expect([...compiler.prepare(triggers)]).toHaveLength(0);
  expect(compiler.use(triggers)).toEqual(new TriggerCompiler(city).use(triggers));
});
