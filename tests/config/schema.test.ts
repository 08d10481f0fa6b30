import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { KEYS } from "../../src/config/keys.js";
import { NOT_BELOW } from "../../src/config/schema.js";

const text = readFileSync(join(import.meta.dirname, "../../config/default.yaml"), "utf8");

function leaves(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, below]) => leaves(below, path === "" ? name : `${path}.${name}`));
}

test("default.yaml holds exactly the keys of the schema, in its order", () => {
  expect(leaves(parse(text), "")).toEqual([...KEYS.keys()]);
});

test("every key of default.yaml has a comment above it that is a sentence", () => {
  const lines = text.split("\n");
  const bare = lines.flatMap((line, i) => {
    if (!/^\s+\w+: \S/.test(line)) return [];
    const above = lines[i - 1] ?? "";
    return /^\s*# .*[.]$/.test(above) ? [] : [`config/default.yaml:${i + 1}: ${line.trim()}`];
  });
  expect(bare).toEqual([]);
});

test("a number that has a unit says it in its name", () => {
  const unitOrCount =
    /(Max|Min|Days|Sigmas|Seconds|Minutes|Metres|Gb|Ms|Kmh|Score|Rows|Share(Enter|Leave)|strengthenedBy)$|port$|(partitions|replicas)$|[rR]esolution$|ttlDays\./;
  const named = [...KEYS.values()].filter((key) => typeof valueAt(parse(text), key.path) === "number");
  expect(named.map((key) => key.path).filter((path) => !unitOrCount.test(path))).toEqual([]);
});

test("the limits that depend on each other are keys", () => {
  for (const [high, low] of NOT_BELOW) expect([KEYS.has(high), KEYS.has(low)]).toEqual([true, true]);
});

function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce((at, name) => (at as Record<string, unknown>)[name], value);
}
