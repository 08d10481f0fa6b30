import { expect, test } from "vitest";
import { faultsError, hidden, shown } from "../../src/config/faults.js";

test("a shown value is cut, and a secret tells at most that it is set", () => {
  expect(shown("x".repeat(500), false).length).toBeLessThan(100);
  expect([shown("hunter2", true), shown(7, true), shown("", true)]).toEqual(["***", "***", '""']);
  expect(hidden("https://me:hunter2@host/path", false)).toBe("https://***@host/path");
  expect(hidden("file@home", false)).toBe("file@home");
});

test("the error counts its faults and gives each a mend", () => {
  const fault = { place: "a.yaml:1", path: "b", value: "2", says: "is odd", mend: "give 3" };
  expect(faultsError([fault]).message).toBe(
    "1 fault in the configuration:\n  a.yaml:1: b = 2: is odd\n    mend: give 3",
  );
  expect(faultsError([fault, { ...fault, value: null }]).message).toMatch(/^2 faults[\s\S]*a\.yaml:1: b: is odd/);
});
