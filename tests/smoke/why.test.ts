import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compiledRules } from "../../src/circle/compile-rules.js";
import { scoresOf } from "../../src/circle/rule-circles.js";
import { Retelling } from "../../src/circle/stored-life.js";
import type { BacktestReport } from "../../src/cli/backtest.js";
import { openCity } from "../../src/cli/city.js";
import { findStore } from "../../src/cli/find-store.js";
import type { WhyReport } from "../../src/cli/why.js";
import { readLives } from "../../src/store/read-lives.js";
import { type EmbeddedStore, startEmbeddedStore } from "../../src/store/server-process.js";
import { createCalendar } from "../../src/time/calendar.js";
import { OPTIONS } from "../derivation.js";
import { ask, build, folder, lifecircle } from "./lifecircle.js";
import { writeSmallCity } from "./small-city.js";

/** A score is told again when it has moved by 0.02, and kept in steps of 1/255. */
const TOLERANCE = 0.02 + 1 / 255;

const dir = folder();
const city = join(dir.path, "city");
const data = join(dir.path, "data");
let store: EmbeddedStore;
const RULES = join(import.meta.dirname, "../../config/circles.yaml");

beforeAll(async () => {
  build();
  const made = await lifecircle(["simulate", "--out", city, "--subscribers", "60", "--days", "14", "--seed", "12"]);
  expect(made.code, made.stderr).toBe(0);
  const signalling = join(city, "signalling.csv");
  const replayed = await lifecircle(["replay", "--geo", city, "--in", signalling, "--data", data]);
  expect(replayed.code, replayed.stderr).toBe(0);
  // One store for all questions; that a question starts its own is tested with `sql`.
  store = await startEmbeddedStore({ dataDir: data });
}, 300_000);
afterAll(async () => {
  await store.close();
  dir.remove();
});

const why = (...args: readonly string[]) => lifecircle(["why", ...args, "--data", data, "--geo", city]);
const backtest = (...args: readonly string[]) => lifecircle(["backtest", ...args, "--data", data, "--geo", city]);

test("every score in the store is found again from what the store keeps, and nobody else's is enough to enter", async () => {
  const { client, close } = await findStore({ data });
  const loaded = await openCity(city, () => undefined);
  const rules = compiledRules(OPTIONS.rules, loaded);
  const calendar = createCalendar(loaded.timeZone, loaded.holidays);
  const retelling = new Retelling({ city: loaded, calendar, anchors: OPTIONS.anchors, windowDays: rules.windowDays });
  const question = "SELECT toString(subscriber), circle, score FROM memberships WHERE dimension != 'region'";
  const answer = await client.query({ query: question, format: "JSONCompactEachRow" });
  const stored = new Map(
    (await answer.json<[string, string, number]>()).map(([subscriber, circle, score]) => [
      `${subscriber} ${circle}`,
      score,
    ]),
  );
  expect(stored.size).toBeGreaterThan(100);
  let found = 0;
  for await (const page of readLives(client, { days: 28 }, Number.POSITIVE_INFINITY))
    for (const life of page) {
      const { portrait } = retelling.tell(life);
      const scores = scoresOf(rules, portrait);
      for (const [at, { id, enter }] of rules.circles.entries()) {
        const name = `${life.subscriber} ${id}`;
        const was = stored.get(name);
        if (was === undefined) expect(scores[at], name).toBeLessThan(enter);
        else
          expect(Math.abs((scores[at] as number) - was), `${name}: ${scores[at]}, stored ${was}`).toBeLessThan(
            TOLERANCE,
          );
        if (was !== undefined) found++;
      }
    }
  await close();
  expect(found).toBe(stored.size);
});

describe("why", () => {
  test("tells a member the rule, the facts, the days and the history", async () => {
    const [subscriber = "", stored = ""] = (
      await ask(
        data,
        "SELECT subscriber, score FROM memberships WHERE circle = 'nine-to-five' ORDER BY score DESC LIMIT 1",
      )
    )
      .trim()
      .split("\t");
    const { code, stdout, stderr } = await why(subscriber, "nine-to-five");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^${subscriber} is in nine-to-five \\(朝九晚五圈\\): score ${Number(stored).toFixed(2)}, since 20`),
    );
    expect(stdout).toContain("on at least 60 % of the working days in the city");
    expect(stdout).toMatch(/\d{4}-\d\d-\d\d {2}0\d:\d\d-1\d:\d\d +\d+ min/);
    expect(stdout).toMatch(/History:\n {2}\d{4}-\d\d-\d\d {2}entered \d\.\d\d/);
    expect(stdout).not.toContain("What is missing");
    const report: WhyReport = JSON.parse((await why(subscriber, "nine-to-five", "--json")).stdout);
    expect(Math.abs(report.score - Number(stored))).toBeLessThan(TOLERANCE);
    expect(report).toMatchObject({ subscriber, isIn: true, missing: [], notes: [], dimension: "behaviour" });
  });

  test("tells somebody outside what is missing, and a raw id like its pseudonym", async () => {
    const raw = readFileSync(join(city, "signalling.csv"), "utf8").split("\n")[1]?.split(",")[1] ?? "";
    const subscriber = (await lifecircle(["pseudonym", raw])).stdout.trim();
    const outside = (
      await ask(
        data,
        `SELECT arrayElement(arrayFilter(c -> c NOT IN (SELECT circle FROM memberships WHERE subscriber = ${subscriber}), ['film', 'shopping']), 1)`,
      )
    ).trim();
    const { code, stdout, stderr } = await why(raw, outside, "--raw");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${subscriber} is not in ${outside}`);
    expect(stdout).toMatch(/What is missing:\n {2}(\d|speaks)/);
    expect(stdout + stderr).not.toContain(raw);
  });

  test("explains region circles by the anchors", async () => {
    const [subscriber = "", circle = ""] = (
      await ask(
        data,
        "SELECT subscriber, circle FROM memberships WHERE circle LIKE 'home:4%' ORDER BY score DESC, length(circle) LIMIT 1",
      )
    )
      .trim()
      .split("\t");
    const { stdout } = await why(subscriber, circle);
    expect(stdout).toContain(`${subscriber} is in ${circle}`);
    expect(stdout).toMatch(/found by the rule \w+, \d+ of \d+ observed nights/);
    const elsewhere = await why(subscriber, circle.replace("home:", "day:"), "--json");
    expect(JSON.parse(elsewhere.stdout).dimension).toBe("region");
  });

  test("says what is wrong with its words, without repeating what may be a raw id", async () => {
    const known = (await ask(data, "SELECT subscriber FROM portraits LIMIT 1")).trim();
    expect(await why("460001234500001", "film")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^lifecircle: the store knows no such subscriber\n {2}mend: .*--raw/),
    });
    expect(await why(known, "flim")).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean film?") });
    const unusable = await why("alice", "film");
    expect(unusable).toMatchObject({ code: 2, stderr: expect.stringContaining("add --raw") });
    expect(unusable.stderr).not.toContain("alice");
    expect((await why("18446744073709551616", "film")).code).toBe(2);
    expect((await lifecircle(["why", known])).code).toBe(2);
    const nowhere = join(dir.path, "nowhere");
    expect(await lifecircle(["why", "1", "film", "--data", nowhere, "--geo", city])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no store in"),
    });
    expect(
      await lifecircle(["why", "1", "film", "--raw", "--data", nowhere, "--geo", city], {
        LIFECIRCLE_PSEUDONYM_KEY: "",
      }),
    ).toMatchObject({ code: 1, stderr: expect.stringMatching(/key/i) });
    const other = join(dir.path, "other");
    writeSmallCity(other);
    expect(await lifecircle(["why", known, "visitor", "--data", data, "--geo", other])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("none of the cells of this subscriber"),
    });
  });
});

describe("backtest", () => {
  test("of the rules in force would change nothing", async () => {
    const { code, stdout, stderr } = await backtest(RULES, "--json");
    expect(code, stderr).toBe(0);
    const report: BacktestReport = JSON.parse(stdout);
    expect(report).toMatchObject({ peopleInStore: report.people, isForHandingOn: false });
    const sizes = (
      await ask(data, "SELECT circle, count() FROM memberships WHERE dimension != 'region' GROUP BY circle")
    )
      .trim()
      .split("\n")
      .map((line) => line.split("\t"));
    const bySize = new Map(report.circles.map((one) => [one.circle, one]));
    for (const [circle = "", people] of sizes)
      expect(bySize.get(circle), circle).toMatchObject({
        people: Number(people),
        now: Number(people),
        enters: 0,
        leaves: 0,
      });
  });

  test("of a new rule tells its size, overlaps and people with evidence; to be handed on, no person and no small number", async () => {
    const rules = join(dir.path, "new.yaml");
    writeFileSync(
      rules,
      `defaults: { enter: 0.5, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
circles:
  - { circle: has-home, dimension: behaviour, all: [{ anchor: { kind: home } }] }
  - { circle: nobody, dimension: behaviour, all: [{ visits: { category: cinema, count: 900 } }] }
`,
    );
    const all: BacktestReport = JSON.parse((await backtest(rules, "--circle", "has-home", "--json")).stdout);
    const [home] = all.circles;
    expect(all.circles.length).toBe(1);
    expect(home?.people).toBeGreaterThan(30);
    expect(home).toMatchObject({ circle: "has-home", now: 0, enters: home?.people, leaves: 0 });
    expect(home?.overlaps.every(({ together }) => together >= 15)).toBe(true);
    expect(home?.examples.map(({ change }) => change)).toEqual(["enters", "enters", "enters"]);
    const text = await backtest(rules, "--limit", "20", "--examples", "0");
    expect(text.stdout).toMatch(/nobody \(behaviour\): fewer than 30 people/);
    expect(text.stdout).not.toMatch(/\d{15}/);
    expect((await backtest(rules, "--limit", "20")).stdout).toContain("tried on 20 of ");
  });

  test("tells all faults of a file with line and column, and what else is wrong", async () => {
    const bad = join(dir.path, "bad.yaml");
    writeFileSync(
      bad,
      `defaults: { enter: 0.5, leave: 0.4, window_days: 28, strengthened_by: 0.1 }
circles:
  - { circle: one, dimension: behaviour, all: [{ visits: { category: mal } }] }
  - { circle: two, dimension: taste, all: [{ visits: { category: mall } }] }
`,
    );
    const { code, stderr, stdout } = await backtest(bad);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`${bad}:3:`);
    expect(stderr).toContain("did you mean mall?");
    expect(stderr).toContain(`${bad}:4:`);
    expect(await backtest(join(dir.path, "none.yaml"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot be read"),
    });
    expect(await backtest(RULES, "--circle", "flim")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean film?"),
    });
    expect((await backtest(RULES, "--limit", "0")).code).toBe(2);
  });
});
