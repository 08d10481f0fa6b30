import { expect, test } from "vitest";
import { toEach } from "../../src/cli/to-each.js";

test("each reader is told of every change once, and one that begins later of the newest", () => {
  const changes = ["first", null, "second", null, null, null];
  const reader = toEach(() => changes.shift() ?? null);
  const early = reader();
  expect(early()).toBe("first");
  expect(early()).toBeNull();
  const late = reader();
  expect(late()).toBe("second");
  expect(early()).toBe("second");
  expect([early(), late()]).toEqual([null, null]);
});
