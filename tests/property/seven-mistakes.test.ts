/**
 * The mistakes of a public pipeline of this field, each one a test: what it lost or invented must not happen here. The one about small
 * groups published has nothing to test yet, since nothing here publishes groups.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCell, formatPlmn, parseCell, parsePlmn } from "../../src/signal/identity.js";
import { type Antenna, cityOf, lattice } from "../geo/antennas.js";
import { loadSound } from "../geo/city-files.js";
import { plmnNames } from "../signal/arbitrary.js";
import { ofSubscriber, type Ran, refused, run, type TestEvent } from "./running.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Midnight of a Monday in Shanghai. */
const MONDAY_MS = Date.parse("2026-03-02T00:00:00+08:00");

/** Masts about the middle, and others 12 km east and north of it. */
const HOME = lattice([undefined])
  .slice(0, 7)
  .map((mast) => ({ ...mast, range: 600 }));
const MASTS: Antenna[] = [
  ...HOME,
  ...HOME.map(({ x, y }) => ({ x: x + 12_000, y, range: 600 })),
  ...HOME.map(({ x, y }) => ({ x, y: y + 12_000, range: 600 })),
];
const EAST = HOME.length;
const NORTH = 2 * HOME.length;
const CITY = cityOf(MASTS);
const cell = (row: number) => `cgi:460-00-1-${row + 1}`;

/** Events every `stepMs` from one instant to another, in one cell. */
function heard(subscriber: string, fromMs: number, toMs: number, row: number, stepMs = 20 * MINUTE_MS): TestEvent[] {
  const count = Math.ceil((toMs - fromMs) / stepMs);
  return Array.from({ length: count }, (_, i) => ({ timeMs: fromMs + i * stepMs, subscriber, cell: cell(row) }));
}

function inTime(...lives: readonly TestEvent[][]): TestEvent[] {
  return lives.flat().toSorted((a, b) => a.timeMs - b.timeMs);
}

describe("a teleport is seen on both axes", () => {
  const tenMs = MONDAY_MS + 10 * HOUR_MS;
  const rest = (afterMs: number) =>
    inTime(
      heard("p", tenMs - 2 * HOUR_MS, tenMs, 0, 5 * MINUTE_MS),
      heard("p", afterMs, afterMs + 2 * HOUR_MS, 0, 5 * MINUTE_MS),
    );

  test.each([
    ["east", EAST],
    ["north", NORTH],
  ])("12 km to the %s and back within two minutes is refused", async (_, row) => {
    const there = { timeMs: tenMs - 4 * MINUTE_MS, subscriber: "p", cell: cell(row) };
    const ran = await run(CITY, inTime(rest(tenMs - 3 * MINUTE_MS), [there]));
    expect(refused(ran)).toEqual({ teleport: 1 });
    expect(ran.rows.stays).toHaveLength(1);
    expect(ran.rows.rejected[0]).toMatchObject({ reason: "teleport", timeMs: there.timeMs });
  });

  test.each([
    ["east", EAST],
    ["north", NORTH],
  ])("12 km to the %s with an hour for either way is left alone", async (_, row) => {
    const visit = heard("p", tenMs + HOUR_MS, tenMs + 2 * HOUR_MS, row, 5 * MINUTE_MS);
    const ran = await run(CITY, inTime(rest(tenMs + 3 * HOUR_MS), visit));
    expect(refused(ran)).toEqual({});
    expect(ran.rows.stays).toHaveLength(3);
  });
});

describe("one subscriber's home by the rule of nights leaves the other rules to all others", () => {
  const days = Array.from({ length: 7 }, (_, day) => MONDAY_MS + day * DAY_MS);
  /** Heard all night. */
  const sleeper = (name: string) => days.flatMap((day) => heard(name, day, day + DAY_MS, 0));
  /** Is heard in the evening only, so that no night is ever seen. */
  const nightOff = (name: string) => days.flatMap((day) => heard(name, day + 18 * HOUR_MS, day + 21 * HOUR_MS, 3));

  const lives = (name: string) => (name === "thin" ? nightOff(name) : sleeper(name));

  test.each([
    ["before", "sleeper", "thin"],
    ["behind", "thin", "sleeper"],
  ])("when it comes %s them", async (_, first, second) => {
    const { rows } = await run(CITY, inTime(lives(first), lives(second)));
    const rule = (name: string) => ofSubscriber(rows.anchors, name).findLast((row) => row.kind === "home")?.rule;
    expect(rule("sleeper")).toBe("nights");
    expect(rule("thin")).toBe("evenings");
  });
});

describe("a PLMN of six digits (three of the MNC) is kept", () => {
  test("as what it is: 310-260 is neither 310-26 nor 310-026", () => {
    const packed = ["310-260", "310-26", "310-026", "310-02"].map(parsePlmn);
    expect(new Set(packed).size).toBe(4);
    expect(packed).not.toContain(0);
    fc.assert(
      fc.property(plmnNames, (name) => {
        expect(formatPlmn(parsePlmn(name))).toBe(name);
      }),
    );
  });

  test("in the cells of a city and of its signalling, and as a home network", async () => {
    const name = "ecgi:310-260-12345";
    const city = loadSound({ "cells.csv": `cell,lon,lat\n${name},120.15,30.25\necgi:310-26-12345,120.25,30.25` });
    const events = heard("p", MONDAY_MS, MONDAY_MS + 6 * HOUR_MS, 0).map((event) => ({
      ...event,
      cell: name,
      homePlmn: "310-410",
    }));
    const ran = await run(city, events);
    expect(refused(ran)).toEqual({});
    expect(ran.rows.stays.map((stay) => stay.cell)).toEqual([name]);
  });
});

describe("a 5G cell id of 16 or 17 digits is kept", () => {
  test.each(["ncgi:460-00-68719476735", "ncgi:310-260-68719476735"])("%s, to the last digit", async (name) => {
    const key = parseCell(name);
    expect(formatCell(key?.hi ?? 0, key?.lo ?? 0)).toBe(name);
    const city = loadSound({ "cells.csv": `cell,lon,lat\n${name},120.15,30.25` });
    const events = heard("p", MONDAY_MS, MONDAY_MS + 6 * HOUR_MS, 0).map((event) => ({ ...event, cell: name }));
    const ran = await run(city, events);
    expect(refused(ran)).toEqual({});
    expect(ran.rows.stays.map((stay) => stay.cell)).toEqual([name]);
  });

  test("37 bits are none", () => {
    expect(parseCell("ncgi:460-00-68719476736")).toBeNull();
  });
});

describe("what is said of somebody does not depend on how many others there are", () => {
  /** A week of nights at one mast and working hours at another, served by a neighbour now and then. */
  const life = (name: string, home: number, work: number, phaseMs: number) =>
    Array.from({ length: 7 * 72 }, (_, i): TestEvent => {
      const timeMs = MONDAY_MS + i * 20 * MINUTE_MS + phaseMs;
      const hour = ((timeMs - MONDAY_MS) % DAY_MS) / HOUR_MS;
      const base = hour >= 9 && hour < 18 ? work : home;
      return { timeMs, subscriber: name, cell: cell(i % 5 === 3 ? (base % 7 === 6 ? base - 1 : base + 1) : base) };
    });

  /** Without the time of the last evaluation, which is that of the latest event of all. */
  const rowsOf = ({ rows }: Ran, name: string) => ({
    stays: ofSubscriber(rows.stays, name),
    anchors: ofSubscriber(rows.anchors, name).map((row) => ({ ...row, versionMs: 0 })),
    circles: ofSubscriber(rows.memberships, name).map((row) => ({ ...row, versionMs: 0, seenMs: 0 })),
  });

  test("alone and in a crowd a person has the same stays, anchors and circles", async () => {
    const people = fc.array(
      fc.record({
        home: fc.integer({ min: 0, max: 6 }),
        work: fc.integer({ min: EAST, max: MASTS.length - 1 }),
        phaseMs: fc.integer({ min: 0, max: 20 * MINUTE_MS - 1 }),
      }),
      { minLength: 2, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(people, async (all) => {
        const lives = all.map(({ home, work, phaseMs }, i) => life(`p${i}`, home, work, phaseMs));
        const alone = await run(CITY, lives[0] ?? []);
        const together = await run(CITY, inTime(...lives));
        expect(rowsOf(together, "p0")).toEqual(rowsOf(alone, "p0"));
        expect(alone.rows.anchors.length).toBeGreaterThan(0);
        expect(refused(together)).toEqual({});
      }),
      { numRuns: 15 },
    );
  });

  test("alone and seldom heard a person is heard all the same", async () => {
    const seldom = Array.from({ length: 60 }, (_, i) => ({
      timeMs: MONDAY_MS + i * 7 * HOUR_MS,
      subscriber: "p",
      cell: cell(0),
    }));
    const ran = await run(CITY, seldom);
    expect(refused(ran)).toEqual({});
    expect(ran.counts.events).toBe(60);
  });
});

describe("duplicates A, B, A at one timestamp are seen", () => {
  const at = (row: number, kind = "data"): TestEvent => ({
    timeMs: MONDAY_MS + 10 * HOUR_MS + 1,
    subscriber: "p",
    cell: cell(row),
    kind,
  });
  const around = inTime(
    heard("p", MONDAY_MS + 8 * HOUR_MS, MONDAY_MS + 10 * HOUR_MS, 0),
    heard("p", MONDAY_MS + 11 * HOUR_MS, MONDAY_MS + 13 * HOUR_MS, 0),
  );

  test("the second A is refused, and B is kept", async () => {
    const ran = await run(CITY, inTime(around, [at(0), at(1), at(0)]));
    expect(refused(ran)).toEqual({ duplicate: 1 });
    expect(ran.rows.rejected[0]?.raw).toContain(cell(0));
  });

  test("another kind, or another subscriber, at the same time in the same cell is none", async () => {
    const other = { ...at(0), subscriber: "q" };
    const ran = await run(CITY, inTime(around, [at(0), at(0, "tau"), other]));
    expect(refused(ran)).toEqual({});
  });
});
