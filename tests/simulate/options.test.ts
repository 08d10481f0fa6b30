import { expect, test } from "vitest";
import { UserError } from "../../src/signal/user-error.js";
import { DEFAULT_OPTIONS, resolveOptions } from "../../src/simulate/options.js";

test("what is left out keeps its default, one level down as well", () => {
  const options = resolveOptions({ subscribers: 3, radio: { shadowingSigmaDb: 6 } });
  expect(options.subscribers).toBe(3);
  expect(options.radio).toEqual({ ...DEFAULT_OPTIONS.radio, shadowingSigmaDb: 6 });
  expect(options.dirt).toEqual(DEFAULT_OPTIONS.dirt);
});

test.each([
  [{ subscribers: 0 }, "subscribers"],
  [{ subscribers: 1.5 }, "subscribers"],
  [{ days: 0 }, "days"],
  [{ seed: 0.5 }, "seed"],
  [{ start: "3 March" }, "start"],
  [{ siteShare: 0 }, "siteShare"],
  [{ traffic: { eventsPerDay: 0 } }, "eventsPerDay"],
  [{ dirt: { duplicateShare: 0.9 } }, "duplicateShare"],
])("%j is refused with the name of the option and a mend", (given, name) => {
  expect(() => resolveOptions(given)).toThrow(UserError);
  expect(() => resolveOptions(given)).toThrow(new RegExp(`${name} is .*\\n {2}mend: `));
});
