import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScoreReport } from "../../src/score/report.js";
import { ask, build, type Ended, folder, lifecircle, up } from "./lifecircle.js";

/** Well below what this city reaches, since few people are in most of its circles; what the rules reach is measured at full size. */
const FLOORS = {
  regionF1: 0.75,
  demographicF1: 0.6,
  preferenceF1: 0.6,
  precision: 0.8,
  homeRate: 0.85,
  homeMetres: 400,
  stayF1: 0.65,
  dayRate: 0.7,
};

const dir = folder();
const city = join(dir.path, "city");
const data = join(dir.path, "data");
const bare = join(dir.path, "bare");
let report: ScoreReport;
let table: Ended;

beforeAll(async () => {
  build();
  const made = await lifecircle(["simulate", "--out", city, "--subscribers", "40", "--days", "10", "--seed", "11"]);
  expect(made.code, made.stderr).toBe(0);
  const signalling = join(city, "signalling.csv");
  const replayed = await lifecircle(["replay", "--geo", city, "--in", signalling, "--data", data]);
  expect(replayed.code, replayed.stderr).toBe(0);
  const scored = await score("--json");
  expect(scored.code, scored.stderr).toBe(0);
  report = JSON.parse(scored.stdout);
  for (const name of ["truth_circles.csv", "truth_anchors.csv", "truth_stays.csv"])
    cpSync(join(city, name), join(bare, name));
  const options = ["--min-days", "3", "--min-events", "0.5", "--html", join(dir.path, "report.html")];
  table = await lifecircle(["score", "--data", data, "--truth", bare, ...options]);
});
afterAll(() => dir.remove());

function score(...more: readonly string[]): Promise<Ended> {
  return lifecircle(["score", "--data", data, "--truth", city, ...more]);
}

describe("a small simulated city", () => {
  test("reaches the floors", () => {
    const { wellObserved, people } = report;
    expect(people).toMatchObject({ inTruth: 40, unknownToTruth: 0 });
    expect(people.wellObserved).toBeGreaterThan(25);
    expect(wellObserved.macro.region?.f1).toBeGreaterThan(FLOORS.regionF1);
    expect(wellObserved.macro.demographic?.f1).toBeGreaterThan(FLOORS.demographicF1);
    expect(wellObserved.macro.preference?.f1).toBeGreaterThan(FLOORS.preferenceF1);
    expect(wellObserved.macro.all?.precision).toBeGreaterThan(FLOORS.precision);
    expect(wellObserved.anchors.home.rate).toBeGreaterThan(FLOORS.homeRate);
    expect(wellObserved.anchors.home.errorMetres.median).toBeLessThan(FLOORS.homeMetres);
    expect(wellObserved.anchors.day.rate).toBeGreaterThan(FLOORS.dayRate);
    expect(wellObserved.stays.f1).toBeGreaterThan(FLOORS.stayF1);
  });

  test("is scored by what the files say: true circles and memberships are counted as the files and the store have them", async () => {
    const lines = readFileSync(join(city, "truth_circles.csv"), "utf8").trimEnd().split("\n").slice(1);
    const filmLines = lines.filter((line) => line.endsWith(",film")).length;
    const film = report.everybody.circles.find(({ circle }) => circle === "film");
    expect(film?.truths ?? 0).toBe(filmLines);
    const sum = (field: "truths" | "found") => report.everybody.circles.reduce((total, one) => total + one[field], 0);
    expect(sum("truths")).toBe(lines.length);
    expect(String(sum("found"))).toBe((await ask(data, "SELECT count() FROM memberships")).trim());
    expect(report.everybody.calibration.all?.count).toBe(sum("found"));
  });

  test("prints the table for people beside stdout, and writes a page", () => {
    expect(table.code, table.stderr).toBe(0);
    expect(table.stdout).toBe("");
    expect(table.stderr).toMatch(/^ {2}home:\* +region/m);
    expect(readFileSync(join(dir.path, "report.html"), "utf8")).toContain("<h1>Circles against the truth</h1>");
  });

  test("without signalling and city beside the truth, observes by the stays and takes 500 m", async () => {
    expect(table.stderr).toContain("3 days or more, with 0.5 events a day or more, by the events of the stays");
    expect(table.stderr).toContain("Right: within 500 m. ");
    const { stdout } = await lifecircle(["score", "--data", data, "--truth", bare, "--geo", city, "--json"]);
    const withCity: ScoreReport = JSON.parse(stdout);
    expect(withCity).toMatchObject({ observedFrom: "stays", anchorsRightWithin: "500 m or the spacing of the sites" });
    expect(withCity.wellObserved.stays.unheardShare).toBeNull();
    expect(withCity.everybody.circles).toEqual(report.everybody.circles);
  });

  test("is scored while an engine runs on the store", async () => {
    const running = await up(["--geo", city, "--data", data]);
    const { code, stdout, stderr } = await score("--json");
    running.interrupt();
    await running.ended;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).everybody).toEqual(report.everybody);
  });
});

describe("bad input ends with a message and its mend, and nothing on stdout", () => {
  async function expectFailure(ended: Promise<Ended>, says: RegExp): Promise<void> {
    const { code, stdout, stderr } = await ended;
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/\n {2}mend: /);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([1, ""]);
  }

  test("no store, and a page that cannot be written", async () => {
    const nowhere = join(dir.path, "nowhere");
    await Promise.all([
      expectFailure(lifecircle(["score", "--data", nowhere, "--truth", city]), /there is no store in/),
      expectFailure(score("--html", join(nowhere, "report.html")), /report\.html cannot be written \(ENOENT\)/),
    ]);
  });

  test("truth files that are missing or have a wrong header, another key, and a store without rows", async () => {
    const wrong = join(dir.path, "wrong");
    mkdirSync(wrong);
    writeFileSync(join(wrong, "truth_circles.csv"), "who,circle\n1,film\n");
    await expectFailure(
      lifecircle(["score", "--data", data, "--truth", wrong]),
      /truth_circles\.csv:1: .* subscriber[\s\S]*truth_anchors\.csv: error: there is no such file/,
    );
    await expectFailure(
      lifecircle(["score", "--data", data, "--truth", city], { LIFECIRCLE_PSEUDONYM_KEY: "another" }),
      /named by another pseudonym key/,
    );
    const unused = join(dir.path, "unused");
    const nothing = join(dir.path, "nothing.csv");
    writeFileSync(nothing, "time,subscriber,cell,kind\n");
    await lifecircle(["replay", "--geo", city, "--in", nothing, "--data", unused]);
    await expectFailure(lifecircle(["score", "--data", unused, "--truth", city]), /the store in .* is empty/);
  });

  test("wrong usage ends with exit code 2", async () => {
    const wrong = [
      ["score", "--data", data],
      ["score", "--data", data, "--truth", city, "--min-days", "many"],
    ];
    const ended = await Promise.all(wrong.map((args) => lifecircle(args)));
    expect(ended.map(({ code }) => code)).toEqual([2, 2]);
  });
});
