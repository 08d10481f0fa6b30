import { expect, test } from "vitest";
import { plainValue, readYaml } from "../../src/geo/yaml.js";

const plain = (text: string) => {
  const { document } = readYaml(text);
  return document === null ? null : plainValue(document);
};

test("sound text becomes plain values, aliases filled in", () => {
  expect(plain("a: &x [1, 2]\nb: *x\n")).toEqual({ value: { a: [1, 2], b: [1, 2] } });
});

test("a fault says line and column, and nothing of the text", () => {
  for (const text of [
    "a: 1\n b: secret\n",
    'a: "secret\n',
    "a: [secret\n",
    "secret: 1\nsecret: 2\n",
    " x\nb: secret\n",
  ]) {
    const { document, faults } = readYaml(text);
    expect(document).toBeNull();
    expect(faults.length).toBeGreaterThan(0);
    for (const { line, column, says } of faults) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(says).not.toBe("");
      expect(says).not.toContain("secret");
    }
  }
});

test("text that is too long, too deep in brackets or in keys, is refused", () => {
  const says = (text: string) => readYaml(text).faults[0]?.says;
  expect(says(`a: ${"x".repeat(200_001)}`)).toMatch(/more than 200000/);
  expect(says(`a: ${"[".repeat(70)}${"]".repeat(70)}`)).toMatch(/nested more than 60 deep/);
  expect(says(`${"a: {".repeat(20_000)}`)).toMatch(/nested/);
  expect(says("? ".repeat(30_000))).toMatch(/nested/);
});

test("aliases that stand for too much, or for themselves, are told", () => {
  const bomb = Array.from(
    { length: 9 },
    (_, i) => `k${i}: &k${i} [${i === 0 ? "x" : Array(9).fill(`*k${i - 1}`)}]`,
  ).join("\n");
  expect(plain(bomb)).toEqual({ says: expect.stringContaining("aliases") });
  expect(plain("a: &a [*a]\n")).toEqual({ says: expect.stringContaining("alias within") });
});
