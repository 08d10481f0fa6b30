/**
 * Every rule of cleaning, end to end: lines of a file go in, and rows and counts are looked at. Each has what it catches and what it must
 * leave alone.
 */
import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/signal/batch.js";
import { REASON_NAMES, type Reason } from "../../src/signal/reason.js";
import { loadSound } from "../geo/city-files.js";
import { NOW_MS, refused, runLines } from "./running.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TEN_MS = Date.parse("2026-03-02T10:00:00+08:00");

/** Two masts 500 m apart whose footprints overlap, one of another service life, and one each 12 km to the east and to the north. */
const CITY = loadSound({
  "cells.csv": [
    "cell,lon,lat,range_m,valid_from,valid_to",
    "cgi:460-00-1-1,120.1500,30.25,600,,",
    "cgi:460-00-1-2,120.1552,30.25,600,,",
    "cgi:460-00-1-3,120.1500,30.26,600,2026-03-02T09:00:00+08:00,2026-03-02T10:00:00+08:00",
    "cgi:460-00-1-4,120.2750,30.25,600,,",
    "cgi:460-00-1-5,120.1500,30.358,600,,",
  ].join("\n"),
});
const [HERE, NEAR, SHORT_LIVED, EAST, NORTH] = [1, 2, 3, 4, 5].map((ci) => `cgi:460-00-1-${ci}`) as [
  string,
  string,
  string,
  string,
  string,
];

const HEADER = "time,subscriber,cell,kind,peer,tac,home_plmn";
const line = (timeMs: number, cell = HERE, rest = "data,,,", subscriber = "p") =>
  `${timeMs},${subscriber},${cell},${rest}`;
/** Events every five minutes, the end excluded. */
const heard = (fromMs: number, toMs: number, cell = HERE) =>
  Array.from({ length: (toMs - fromMs) / (5 * MINUTE_MS) }, (_, i) => line(fromMs + i * 5 * MINUTE_MS, cell));

const BEFORE = heard(TEN_MS - 2 * HOUR_MS, TEN_MS);
const AFTER = heard(TEN_MS + 10 * MINUTE_MS, TEN_MS + 2 * HOUR_MS);

/** Lines between two hours of ordinary life before and after. */
const amid = (...lines: readonly string[]) => runLines(CITY, [HEADER, ...BEFORE, ...lines, ...AFTER]);
const at = (timeMs: number) => TEN_MS + timeMs;

interface Rule {
  readonly catches: readonly string[];
  readonly leaves: readonly string[];
}

const field = (rest: string) => line(at(MINUTE_MS), HERE, rest);

const RULES: Record<Reason, Rule> = {
  malformed: {
    catches: [`${TEN_MS},p,data`, `"${field("data,,,")}`],
    leaves: [`"${TEN_MS}","p","${HERE}","data",,,`],
  },
  bad_time: {
    catches: ["2026-03-02T10:01:00,p,cgi:460-00-1-1,data,,,", "yesterday,p,cgi:460-00-1-1,data,,,"],
    leaves: ["2026-03-02T10:01:00+08:00,p,cgi:460-00-1-1,data,,,", "2026-03-02T02:02:00Z,p,cgi:460-00-1-1,data,,,"],
  },
  bad_subscriber: {
    catches: [line(TEN_MS, HERE, "data,,,", ""), line(TEN_MS, HERE, "data,,,", "4".repeat(129))],
    leaves: [line(TEN_MS, HERE, "data,,,", "用户-1"), line(TEN_MS, HERE, "data,,,", "4".repeat(128))],
  },
  bad_cell: {
    catches: ["cgi:46-0-1-1", "cgi:460-00-65536-1", "ecgi:460-00-268435456", ""].map((cell) => line(TEN_MS, cell)),
    leaves: [line(TEN_MS, NEAR)],
  },
  bad_kind: { catches: [field("datum,,,"), field(",,,")], leaves: KINDS.map((kind) => field(`${kind},,,`)) },
  bad_peer: { catches: [field(`call_in,${"8".repeat(129)},,`)], leaves: [field("call_in,8613800138000,,")] },
  bad_tac: { catches: [field("data,,1234567,"), field("data,,12345678x,")], leaves: [field("data,,01234567,")] },
  bad_plmn: { catches: [field("data,,,46-0"), field("data,,,46000")], leaves: [field("data,,,310-260")] },
  time_range: {
    catches: [line(Date.UTC(1999, 11, 31)), line(NOW_MS + 1)],
    leaves: [line(at(MINUTE_MS))],
  },
  time_ahead: { catches: [line(at(3 * 24 * HOUR_MS))], leaves: [line(at(4 * MINUTE_MS)), line(at(12 * MINUTE_MS))] },
  late: {
    catches: [line(at(-16 * MINUTE_MS)), line(at(-61 * MINUTE_MS))],
    leaves: [line(at(-14 * MINUTE_MS)), line(at(-6 * MINUTE_MS))],
  },
  unknown_cell: {
    catches: [line(TEN_MS, "cgi:460-00-1-9"), line(TEN_MS, "ecgi:460-00-1"), line(TEN_MS, "cgi:460-01-1-1")],
    leaves: [line(TEN_MS, NEAR)],
  },
  expired_cell: { catches: [line(TEN_MS, SHORT_LIVED)], leaves: [line(TEN_MS - 1, SHORT_LIVED)] },
  duplicate: {
    catches: [BEFORE.at(-1), BEFORE.at(-2)].map(String),
    leaves: [line(TEN_MS), line(TEN_MS, NEAR), line(TEN_MS, HERE, "tau,,,"), line(TEN_MS, HERE, "data,,,", "q")],
  },
  teleport: { catches: [line(at(MINUTE_MS), EAST)], leaves: [line(at(MINUTE_MS), NEAR)] },
};

describe.each(REASON_NAMES)("%s", (reason) => {
  const { catches, leaves } = RULES[reason];

  test("every event that it catches is counted, is a row with that reason, and costs nothing else", async () => {
    const ran = await amid(...catches);
    expect(refused(ran)).toEqual({ [reason]: catches.length });
    expect(ran.rows.rejected.map((row) => row.reason)).toEqual(catches.map(() => reason));
    expect(new Set(ran.rows.rejected.map((row) => row.source)).size).toBe(catches.length);
    expect(ran.counts.events).toBe(BEFORE.length + AFTER.length + catches.length);
    expect(ran.rows.stays).toEqual((await amid()).rows.stays);
  });

  test("what it must leave alone is taken", async () => {
    const ran = await amid(...leaves);
    expect(refused(ran)).toEqual({});
    expect(ran.rows.rejected).toEqual([]);
    expect(ran.counts.events).toBe(BEFORE.length + AFTER.length + leaves.length);
    expect(ran.rows.stays.reduce((sum, stay) => sum + stay.events, 0)).toBeGreaterThanOrEqual(
      BEFORE.length + AFTER.length,
    );
  });
});

describe("a stream that was silent for days", () => {
  test("goes on: nothing of it is ahead or late", async () => {
    const later = heard(at(3 * 24 * HOUR_MS), at(3 * 24 * HOUR_MS + 2 * HOUR_MS));
    const ran = await runLines(CITY, [HEADER, ...BEFORE, ...later]);
    expect(refused(ran)).toEqual({});
    expect(ran.rows.stays).toHaveLength(2);
  });
});

describe("rows out of order", () => {
  const shuffled = [...BEFORE, ...AFTER].map((text, i) => ({ text, i: i % 2 === 0 ? i : i - 1.5 }));

  test("by less than the lateness give the stays of rows in order", async () => {
    const lines = shuffled.toSorted((a, b) => a.i - b.i).map(({ text }) => text);
    expect(lines).not.toEqual([...BEFORE, ...AFTER]);
    const ran = await runLines(CITY, [HEADER, ...lines]);
    expect(refused(ran)).toEqual({});
    expect(ran.rows.stays).toEqual((await amid()).rows.stays);
  });

  test("by more are late: counted and kept as rows, and the rest stands", async () => {
    const ran = await runLines(CITY, [HEADER, ...BEFORE.slice(3), ...BEFORE.slice(0, 3), ...AFTER]);
    expect(refused(ran)).toEqual({ late: 3 });
    expect(ran.rows.rejected.map(({ timeMs }) => timeMs)).toEqual(
      [0, 5, 10].map((m) => at(m * MINUTE_MS - 2 * HOUR_MS)),
    );
  });
});

describe("ping-pong between overlapping footprints", () => {
  test("A, B, A at rest is one stay at one place, and its events are counted", async () => {
    const ran = await amid(line(at(0)), line(at(2 * MINUTE_MS), NEAR), line(at(4 * MINUTE_MS)));
    expect(ran.rows.stays).toHaveLength(1);
    expect(ran.counts.pingPong).toBeGreaterThan(0);
    expect(refused(ran)).toEqual({});
  });

  test("A, B, A, B for hours is one stay, however often they change", async () => {
    const lines = Array.from({ length: 72 }, (_, i) => line(at(i * 5 * MINUTE_MS), i % 3 === 1 ? NEAR : HERE));
    const ran = await runLines(CITY, [HEADER, ...lines]);
    expect(ran.rows.stays).toHaveLength(1);
    expect(ran.rows.stays[0]).toMatchObject({ startMs: at(0), events: 72, cell: HERE });
  });

  test.each([
    ["east", EAST],
    ["north", NORTH],
  ])(
    "a visit of two hours 12 km to the %s is no ping-pong: three stays, and nothing counted or refused",
    async (_, there) => {
      const visit = heard(at(HOUR_MS), at(3 * HOUR_MS), there);
      const ran = await runLines(CITY, [HEADER, ...BEFORE, ...visit, ...heard(at(4 * HOUR_MS), at(6 * HOUR_MS))]);
      expect(ran.rows.stays.map(({ cell }) => cell)).toEqual([HERE, there, HERE]);
      expect(ran.counts.pingPong).toBe(0);
      expect(refused(ran)).toEqual({});
    },
  );
});

describe("an impossible speed", () => {
  test.each([
    ["east", EAST],
    ["north", NORTH],
  ])("to the %s is refused whole, and the stay around it goes on", async (_, there) => {
    const ran = await amid(
      line(at(0)),
      line(at(2 * MINUTE_MS), there),
      line(at(3 * MINUTE_MS), there),
      line(at(4 * MINUTE_MS)),
    );
    expect(refused(ran)).toEqual({ teleport: 2 });
    expect(ran.rows.stays).toHaveLength(1);
    expect(JSON.parse(ran.rows.rejected[0]?.raw ?? "")).toMatchObject({ cell: there });
  });

  test("is not taken from a fast train: 12 km in four minutes, and on from there", async () => {
    const there = heard(at(4 * MINUTE_MS), at(2 * HOUR_MS + 4 * MINUTE_MS), EAST);
    const ran = await runLines(CITY, [HEADER, ...BEFORE, line(at(0)), ...there]);
    expect(refused(ran)).toEqual({});
    expect(ran.rows.stays.map(({ cell }) => cell)).toEqual([HERE, EAST]);
  });
});
