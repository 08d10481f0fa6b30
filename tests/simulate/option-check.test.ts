import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/signal/user-error.js";
import { mergeOptions, parseSetting, resolveOptions, settingPaths } from "../../src/simulate/option-check.js";
import { DEFAULT_OPTIONS } from "../../src/simulate/options.js";

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
  [{ traffic: { eventsPerDayMax: -1 } }, "eventsPerDayMax"],
  [{ traffic: { nightOffShare: 1.1 } }, "nightOffShare"],
  [{ traffic: { periodicUpdateMinutes: [180, 54] as const } }, "periodicUpdateMinutes"],
  [{ traffic: { periodicUpdateMinutes: [1, 54] as const } }, "periodicUpdateMinutes"],
  [{ radio: { pathLossSlopeDb: 3 } }, "pathLossSlopeDb"],
  [{ radio: { fadingSigmaDb: Number.NaN } }, "fadingSigmaDb"],
  [{ radio: { pingPongShare: 0.7 } }, "pingPongShare"],
  [{ dirt: { duplicateShare: 0.9 } }, "duplicateShare"],
  [{ habits: { leisure: -1 } }, "leisure"],
  [{ habits: { laterHours: 3 } }, "laterHours"],
  [{ happenings: { music: 2 } }, "music"],
  [{ confounders: { bedsideShare: 2 } }, "bedsideShare"],
  [{ confounders: { nextDoorTo: [] } }, "nextDoorTo"],
  [{ roles: { office: -1 } }, "office"],
  [{ roles: Object.fromEntries(Object.keys(DEFAULT_OPTIONS.roles).map((role) => [role, 0])) }, "roles"],
])("%j is refused with the name of the option and a mend", (given, name) => {
  expect(() => resolveOptions(given)).toThrow(UserError);
  expect(() => resolveOptions(given)).toThrow(new RegExp(`${name} is .*\\n {2}mend: `));
});

test("the later of two sets of options counts, and leaves alone what it does not name", () => {
  const merged = mergeOptions(
    { seed: 1, radio: { fadingSigmaDb: 7, hysteresisDb: 1 } },
    { days: 2, radio: { hysteresisDb: 6 } },
  );
  expect(merged).toEqual({ seed: 1, days: 2, radio: { fadingSigmaDb: 7, hysteresisDb: 6 } });
});

describe("a setting as text", () => {
  test("sets the option of its path, a number, a text or a list", () => {
    expect(parseSetting("seed=12")).toEqual({ seed: 12 });
    expect(parseSetting("start=2025-09-17")).toEqual({ start: "2025-09-17" });
    expect(parseSetting("radio.fadingSigmaDb=7.5")).toEqual({ radio: { fadingSigmaDb: 7.5 } });
    expect(parseSetting("traffic.periodicUpdateMinutes=60, 120")).toEqual({
      traffic: { periodicUpdateMinutes: [60, 120] },
    });
    expect(parseSetting("confounders.nextDoorTo=hospital,school")).toEqual({
      confounders: { nextDoorTo: ["hospital", "school"] },
    });
  });

  test("is taken for every path that is listed, with the value that the option has", () => {
    const paths = settingPaths();
    expect(paths).toContain("siteShare");
    expect(paths).toContain("roles.courier");
    fc.assert(
      fc.property(fc.constantFrom(...paths), (path) => {
        const [group = "", name = ""] = path.split(".");
        const at = (options: unknown): unknown => {
          const inner = (options as Record<string, unknown>)[group];
          return name === "" ? inner : (inner as Record<string, unknown>)[name];
        };
        expect(at(resolveOptions(parseSetting(`${path}=${at(DEFAULT_OPTIONS)}`)))).toEqual(at(DEFAULT_OPTIONS));
      }),
    );
  });

  test.each(["radio", "radio.", "radio.colour=3", "colour=3", "", "=", "seed.x=1", "toString=1", "radio.toString=1"])(
    "that names no option is refused with all names: %j",
    (text) => {
      expect(() => parseSetting(text)).toThrow(/is no option\n {2}mend: give one of .*radio\.fadingSigmaDb/);
    },
  );

  test.each(["seed", "seed=", "seed=many", "radio.fadingSigmaDb=7dB"])("without a number is refused: %j", (text) => {
    expect(() => parseSetting(text)).toThrow(/give a number/);
  });

  test("of a venue category that is none is refused when the options are resolved", () => {
    expect(() => resolveOptions(parseSetting("confounders.nextDoorTo=castle"))).toThrow(/nextDoorTo is castle/);
  });
});
