import { describe, expect, test } from "vitest";
import type { MembershipLogRow, MembershipRow } from "../../src/rows.js";
import { cellOf, DAY_MS, dayOf, days, HOUR_MS, isWeekend, MONDAY_MS } from "../anchor/lives.js";
import { collection, loadSound, square } from "../geo/city-files.js";
import { ofSubscriber, run, type TestEvent } from "../property/running.js";

const HOME = 0;
const WORK = 1;
const OTHER = 2;
const FAR = 3;

/** Four places some 12 km apart, each in a hall H0 to H3 of its own; three halls are in the area P, the fourth in Q. */
function city() {
  const corner = (place: number) => [120.04 + (place % 2) * 0.125, 30.15 + Math.floor(place / 2) * 0.108] as const;
  const hall = (place: number) => {
    const [west, south] = corner(place);
    return square({ region: `H${place}` }, west, south, west + 0.125, south + 0.108);
  };
  const cells = (place: number) => {
    const [west, south] = corner(place);
    return [0, 1, 2].map(
      (i) => `cgi:460-00-1-${3 * place + i + 1},${west + 0.06 + i * 0.003},${south + 0.054},600,H${place}`,
    );
  };
  return loadSound({
    "cells.csv": ["cell,lon,lat,range_m,region", ...[0, 1, 2, 3].flatMap(cells)].join("\n"),
    "regions.csv": "region,level,name,parent\nP,3,south,\nQ,3,north,\nH0,4,,P\nH1,4,,P\nH2,4,,P\nH3,4,,Q\n",
    "regions.geojson": collection(hall(0), hall(1), hall(2), hall(3)),
  });
}

interface Told {
  /** Circles that stand. */
  readonly members: Map<string, MembershipRow>;
  readonly written: readonly MembershipRow[];
  readonly log: readonly MembershipLogRow[];
}

async function circlesAfter(events: readonly TestEvent[]): Promise<Told> {
  const { rows } = await run(city(), events);
  const members = new Map<string, MembershipRow>();
  const written = ofSubscriber(rows.memberships, "p").filter(({ dimension }) => dimension === "region");
  for (const row of written) {
    if (row.gone) members.delete(row.circle);
    else members.set(row.circle, row);
  }
  return {
    members,
    written,
    log: ofSubscriber(rows.membershipLog, "p").filter(({ dimension }) => dimension === "region"),
  };
}

const changesOf = ({ log }: Told, circle: string) =>
  log.filter((row) => row.circle === circle).map(({ change }) => change);

const worker = (home: number) => (day: number) =>
  isWeekend(day) ? dayOf(day, [0, 24, home]) : dayOf(day, [0, 8, home, 60], [9, 18, WORK], [19, 24, home]);

describe("the circles of somebody with home and work", () => {
  test("are home, day and active at every level that the city has, down to the cell", async () => {
    const { members } = await circlesAfter(days(0, 14, worker(HOME)));
    expect([...members.keys()].sort()).toEqual(
      [
        ...["P", "H0", cellOf(HOME)].map((where) => `home:${where}`),
        ...["P", "H1", cellOf(WORK)].map((where) => `day:${where}`),
        ...["P", "H0", "H1", cellOf(HOME), cellOf(WORK)].map((where) => `active:${where}`),
      ].sort(),
    );
  });

  test("say what a person would check: rule, days and dwell, with scores from 0 to 1 and since the first day", async () => {
    const { members } = await circlesAfter(days(0, 14, worker(HOME)));
    for (const { score, sinceMs, seenMs, versionMs } of members.values()) {
      expect(score).toBeGreaterThan(0.4);
      expect(score).toBeLessThan(1);
      expect(sinceMs).toBe(MONDAY_MS);
      expect(seenMs).toBeGreaterThan(MONDAY_MS + 11 * DAY_MS);
      expect(seenMs).toBeLessThanOrEqual(versionMs);
    }
    const evidence = JSON.parse(members.get("home:H0")?.evidence ?? "");
    expect(evidence.rule).toBe("nights");
    expect(evidence.observed_days).toBeGreaterThanOrEqual(12);
    expect(JSON.parse(members.get("active:P")?.evidence ?? "")).toMatchObject({ rule: "waking-share", share: 1 });
  });

  test("are entered once, and not left and entered again while life goes on", async () => {
    const told = await circlesAfter(days(0, 28, worker(HOME)));
    for (const circle of told.members.keys()) {
      const changes = changesOf(told, circle);
      expect(changes[0]).toBe("entered");
      expect(changes.slice(1).every((change) => change === "strengthened")).toBe(true);
    }
  });

  test("are told again every third day while they go on, so that seen and evidence are of the last days", async () => {
    const { members, written } = await circlesAfter(days(0, 28, worker(HOME)));
    const versions = written.filter(({ circle }) => circle === "home:H0").map(({ versionMs }) => versionMs / DAY_MS);
    const apart = versions.slice(1).map((version, i) => version - (versions[i] as number));
    expect(Math.max(...apart)).toBe(3);
    expect(versions.length).toBeLessThan(14);
    expect(members.get("home:H0")?.versionMs).toBe((versions.at(-1) as number) * DAY_MS);
  });

  test("are not there after two days: too little is observed", async () => {
    const { members, log } = await circlesAfter(days(0, 2, worker(HOME)));
    expect([...members.keys()]).toEqual([]);
    expect(log).toEqual([]);
  });
});

describe("an active region", () => {
  /** Every day so many hours of the sixteen waking ones at another place. */
  const hoursElsewhere = (hours: number) => (day: number) =>
    dayOf(day, [0, 9, HOME, 60], [9.5, 9.5 + hours, FAR, 15], [10 + hours, 24, HOME]);

  test("has a fifth of the waking time and more, not less", async () => {
    expect((await circlesAfter(days(0, 10, hoursElsewhere(5)))).members.has("active:H3")).toBe(true);
    expect((await circlesAfter(days(0, 10, hoursElsewhere(2)))).members.has("active:H3")).toBe(false);
  });

  test("is kept between the two thresholds by who is in it, and not entered by who is not", async () => {
    const between = hoursElsewhere(2.25);
    const never = await circlesAfter(days(0, 20, between));
    const before = await circlesAfter([...days(0, 5, hoursElsewhere(5)), ...days(5, 26, between)]);
    const share = (told: Told) => JSON.parse(told.members.get("active:H3")?.evidence ?? "{}").share;
    expect(never.members.has("active:H3")).toBe(false);
    expect(share(before)).toBeLessThan(0.2);
    expect(share(before)).toBeGreaterThan(0.15);
    expect(changesOf(before, "active:H3").filter((change) => change !== "strengthened")).toEqual(["entered"]);
  });

  test("is left when it is lived in no more, and the log says so", async () => {
    const told = await circlesAfter([
      ...days(0, 7, hoursElsewhere(5)),
      ...days(7, 28, (day) => dayOf(day, [0, 24, HOME])),
    ]);
    expect(told.members.has("active:H3")).toBe(false);
    expect(changesOf(told, "active:H3").filter((change) => change !== "strengthened")).toEqual(["entered", "left"]);
  });
});

describe("a move", () => {
  test("leaves the old home and enters the new one, and keeps the region that holds both, with its since", async () => {
    const told = await circlesAfter([...days(0, 14, worker(HOME)), ...days(14, 26, worker(OTHER))]);
    expect([...told.members.keys()].filter((circle) => circle.startsWith("home:")).sort()).toEqual(
      ["P", "H2", cellOf(OTHER)].map((where) => `home:${where}`).sort(),
    );
    expect(changesOf(told, "home:H0").filter((change) => change !== "strengthened")).toEqual(["entered", "left"]);
    expect(changesOf(told, "home:P").filter((change) => change !== "strengthened")).toEqual(["entered"]);
    expect(told.members.get("home:P")?.sinceMs).toBe(MONDAY_MS);
    expect(told.members.get("home:H2")?.sinceMs).toBeGreaterThan(MONDAY_MS + 13 * DAY_MS);
  });

  test("leaves the day place as it was", async () => {
    const told = await circlesAfter([...days(0, 14, worker(HOME)), ...days(14, 26, worker(OTHER))]);
    expect(changesOf(told, "day:H1").filter((change) => change !== "strengthened")).toEqual(["entered"]);
  });
});

describe("absence", () => {
  /** Others go on, so that days are closed. */
  const others = (from: number, to: number) =>
    days(from, to, (day) => dayOf(day, [8, 20, OTHER, 60])).map((event) => ({ ...event, subscriber: "q" }));
  const inTime = (events: TestEvent[]) => events.toSorted((a, b) => a.timeMs - b.timeMs);

  test("of weeks takes nothing away: a phone that is off is not somebody who left", async () => {
    const told = await circlesAfter(inTime([...days(0, 14, worker(HOME)), ...others(0, 50)]));
    expect(told.members.has("home:H0")).toBe(true);
    expect(changesOf(told, "home:H0")).not.toContain("left");
  });

  test("of more than eight weeks ends every circle, and each says so once", async () => {
    const told = await circlesAfter(inTime([...days(0, 14, worker(HOME)), ...others(0, 75)]));
    expect([...told.members.keys()]).toEqual([]);
    const entered = new Set(told.log.filter(({ change }) => change === "entered").map(({ circle }) => circle));
    for (const circle of entered) expect(changesOf(told, circle).filter((change) => change === "left")).toHaveLength(1);
  });
});

test("no hour of the clock changes a circle: each is judged at the close of a day", async () => {
  const { log } = await circlesAfter(days(0, 14, worker(HOME)));
  for (const { versionMs } of log) expect((versionMs - MONDAY_MS) % (24 * HOUR_MS)).toBe(0);
});
