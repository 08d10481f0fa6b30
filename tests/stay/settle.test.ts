import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WAITING_MAX } from "../../src/stay/record.js";
import { settleAll } from "../../src/stay/settle.js";
import { travelSeconds } from "../../src/stay/travel.js";
import {
  DAY,
  type Heard,
  HOME,
  HOME_TOO,
  heard,
  hours,
  MIDDLE,
  MIDDLE_TOO,
  MINUTE,
  MONDAY,
  placeCells,
  STREET,
  SUBURB,
  SUBURB_TOO,
  staysOf,
  type Told,
  track,
  WORK,
  WORK_TOO,
} from "./tracking.js";

/** A life of some days: at each step a place for a while, heard every so often, and then perhaps a way along the street. */
const LIFE = fc
  .array(
    fc.record({
      rows: fc.constantFrom([HOME, HOME_TOO], [WORK, WORK_TOO], [MIDDLE, MIDDLE_TOO], [SUBURB, SUBURB_TOO], [HOME]),
      minutes: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 30, max: 600 })),
      everyMinutes: fc.integer({ min: 2, max: 70 }),
      silenceMinutes: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 30, max: 900 })),
      way: fc.array(fc.constantFrom(...STREET), { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 12, size: "max" },
  )
  .map((steps) => {
    const events: Heard[] = [];
    let sec = MONDAY + 480 * MINUTE;
    for (const { rows, minutes, everyMinutes, silenceMinutes, way } of steps) {
      for (let i = 0; i * everyMinutes <= minutes; i++) {
        events.push({ sec, row: rows[i % rows.length] as number });
        sec += everyMinutes * MINUTE;
      }
      for (const row of way.toSorted((a, b) => a - b)) {
        events.push({ sec, row });
        sec += 2 * MINUTE + 7;
      }
      sec += silenceMinutes * MINUTE;
    }
    return events;
  });

function inOrder(told: readonly Told[]): void {
  const course = told.filter(({ kind }) => kind !== "teleport");
  for (const [i, one] of course.entries()) {
    if (one.kind === "stay") {
      expect(one.stay.startSec).toBeLessThan(one.stay.endSec);
      expect(Number.isInteger(one.stay.startSec) && Number.isInteger(one.stay.endSec)).toBe(true);
      const next = course[i + 1];
      if (next !== undefined) expect(next.kind).toBe("leg");
    } else if (one.kind === "leg") {
      const [before, after] = [course[i - 1], course[i + 1]];
      if (before?.kind !== "stay" || after?.kind !== "stay") throw new Error(`leg ${i} is not between stays`);
      expect([before.stay.endSec, one.leg.startSec, after.stay.startSec]).toEqual([
        one.leg.startSec,
        before.stay.endSec,
        one.leg.endSec,
      ]);
      expect(one.leg.startSec).toBeLessThanOrEqual(one.leg.endSec);
      for (const { timeSec } of one.leg.events) {
        expect(timeSec).toBeGreaterThanOrEqual(one.leg.startSec);
        expect(timeSec).toBeLessThanOrEqual(one.leg.endSec);
      }
    }
  }
}

describe("what the sink is told", () => {
  test("is stays that do not overlap, each followed by the way to the next, from its end to the other's start", () => {
    fc.assert(
      fc.property(LIFE, (events) => inOrder(track(events).told)),
      { numRuns: 60 },
    );
  });

  test("is so, too, where the waiting events are settled at any moment", () => {
    fc.assert(
      fc.property(LIFE, fc.integer({ min: 1, max: 20 }), (events, every) =>
        inOrder(track(events, ({ stays }, i) => i % every === 0 && settleAll(stays, 0, false)).told),
      ),
      { numRuns: 60 },
    );
  });
});

/** Four ordinary days: home, street, work, an evening in the middle of the town, home. */
const ORDINARY = [0, 24, 48, 72].flatMap((at) => [
  ...heard(at, at + 7, [HOME, HOME, HOME_TOO], 35),
  ...heard(at + 7.5, at + 7.75, STREET.slice(1, 9), 2),
  ...heard(at + 8, at + 17, [WORK, WORK_TOO, WORK], 20),
  ...heard(at + 17.5, at + 18.5, [MIDDLE, MIDDLE_TOO], 9),
  ...heard(at + 19, at + 23.9, [HOME, HOME_TOO], 14),
]);

/**
 * Minutes by which an arrival or departure may differ. Always: a silence is divided less the time of the way, whose length comes from
 * where the places are thought to be at that moment, and another cell heard moves that by some hundreds of metres, half a minute on
 * wheels at each end. At a close: what was heard last is judged without what comes after, so the half hour of silence before it
 * may fall to the place or to the way.
 */
const LENGTH_MINUTES = 2;
const CLOSE_MINUTES = 30;

describe("where the waiting events are cut", () => {
  const plain = staysOf(track(ORDINARY));
  /** On the first day no place is known, and what becomes of one depends on what was heard of it when it was first settled. */
  const ofFirstDay = ORDINARY.length / 4;

  function sameStays(other: ReturnType<typeof staysOf>, minutes: number): void {
    expect(other.map(({ cell }) => cell)).toEqual(plain.map(({ cell }) => cell));
    for (const [i, { startSec, endSec, events }] of other.entries()) {
      const stay = plain[i] as (typeof plain)[number];
      expect(Math.abs(startSec - stay.startSec)).toBeLessThanOrEqual(minutes * MINUTE);
      expect(Math.abs(endSec - stay.endSec)).toBeLessThanOrEqual(minutes * MINUTE);
      // Nothing here is heard more often than once in two minutes.
      expect(Math.abs(events - stay.events)).toBeLessThanOrEqual(minutes / 2);
    }
  }

  test("there are the places of an ordinary day", () => {
    const day = [HOME, WORK, MIDDLE];
    expect(plain.map(({ cell }) => cell)).toEqual([...day, ...day, ...day, ...day, HOME]);
  });

  test("by a day's close at any moment, the stays are the same", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: ofFirstDay, max: ORDINARY.length }), { maxLength: 20 }), (cuts) =>
        sameStays(
          staysOf(track(ORDINARY, ({ stays }, i) => cuts.includes(i) && settleAll(stays, 0, false))),
          CLOSE_MINUTES,
        ),
      ),
      { numRuns: 25 },
    );
  });

  test("by a record that is full, sooner or later, the stays are the same", () => {
    const first = ORDINARY[0] as Heard;
    for (let more = 1; more < WAITING_MAX; more += 3) {
      const before = Array.from({ length: more }, (_, i) => ({ sec: first.sec - (more - i) * 6 * MINUTE, row: HOME }));
      const stays = staysOf(track([...before, ...ORDINARY]));
      expect(hours(stays[0]?.startSec ?? 0)).toBeCloseTo(-more / 10, 1);
      sameStays(
        stays.map((stay, i) => (i === 0 ? { ...stay, startSec: first.sec, events: stay.events - more } : stay)),
        LENGTH_MINUTES,
      );
    }
  });
});

describe("a stop too short for a stay", () => {
  const stop = (minutes: number) => [
    ...heard(8, 10, [HOME, HOME_TOO], 7),
    ...heard(10.5, 10.5 + minutes / 60, [SUBURB], 4),
    ...heard(11.2, 13, [WORK, WORK_TOO], 7),
  ];

  test.each(["in one go", "cut while it lasts"])("leaves no place behind and is on the way, %s", (how) => {
    const events = stop(4);
    const tracking = track(events, ({ stays }, i) => {
      if (how !== "in one go" && events[i - 1]?.row === SUBURB) settleAll(stays, 0, false);
    });
    expect(
      placeCells(tracking)
        .filter((row) => row >= 0)
        .toSorted(),
    ).toEqual([HOME, WORK]);
    expect(tracking.told.map(({ kind }) => kind)).toEqual(["stay", "leg", "stay"]);
    const leg = tracking.told.find((one) => one.kind === "leg");
    expect(leg?.leg.events.map(({ row }) => row)).toEqual([SUBURB, SUBURB]);
  });

  test("is on the way where the record fills up before it is known what it was", () => {
    const tracking = track([
      ...heard(8, 8.51, [HOME, HOME_TOO], 5),
      ...heard(8.6, 8.74, [WORK, WORK_TOO], 2),
      ...heard(8.78, 9.02, [HOME, 3, HOME, 1, 4, 7, WORK], 2.2),
      ...heard(9.06, 10, [HOME, HOME_TOO], 2),
    ]);
    expect(tracking.told.map(({ kind }) => kind)).toEqual(["stay", "leg", "stay"]);
    expect(staysOf(tracking).map(({ cell }) => cell)).toEqual([HOME, HOME]);
    inOrder(tracking.told);
  });

  test("is on the way where it is among the first of a full record of which nothing is sure", () => {
    const there = [...STREET, ...STREET.toReversed()];
    const tracking = track([
      ...heard(8, 11, [HOME, HOME_TOO]),
      ...heard(11.1, 11.301, STREET.slice(1), 2),
      ...heard(11.3334, 11.4585, [SUBURB, SUBURB_TOO], 1.5),
      ...heard(11.5167, 12.96, [...there, ...there], 2),
      ...heard(12.9834, 14.57, [HOME_TOO, HOME], 5),
    ]);
    expect(staysOf(tracking).map(({ cell }) => cell)).not.toContain(SUBURB);
    inOrder(tracking.told);
  });

  test("that is told in doubt, of more changes of cell within a second than a record holds, has a length and is in order", () => {
    const second = Array.from({ length: 40 }, (_, i) => ({
      sec: MONDAY + 8 * 3600,
      row: i % 2 === 0 ? HOME : HOME_TOO,
    }));
    const { told } = track(second);
    expect(told.map(({ kind }) => kind)).toEqual(["stay"]);
    inOrder(told);
  });

  test("is one when it lasts long enough", () => {
    expect(staysOf(track(stop(12))).map(({ cell }) => cell)).toEqual([HOME, SUBURB, WORK]);
  });
});

test("a silence between two places holds the way, and the rest of it is shared between them", () => {
  const { told } = track([...heard(8, 10, [HOME, HOME_TOO]), ...heard(12, 14, [WORK, WORK_TOO])]);
  const [before, way, after] = told as [Told & { kind: "stay" }, Told & { kind: "leg" }, Told & { kind: "stay" }];
  const { fromX, fromY, toX, toY, startSec, endSec } = way.leg;
  expect(Math.abs(endSec - startSec - travelSeconds(Math.hypot(toX - fromX, toY - fromY)))).toBeLessThan(MINUTE);
  expect(hours(before.stay.endSec)).toBeGreaterThan(10);
  expect(hours(after.stay.startSec)).toBeLessThan(12);
  expect(before.stay.departureErrorSec).toBeGreaterThan(0);
  expect(after.stay.arrivalErrorSec).toBe(before.stay.departureErrorSec);
});

test("a stay that is still open at a day's close is one stay, and its place has its dwell up to then", () => {
  const night = heard(20, 31, [HOME, HOME_TOO], 20);
  const tracking = track(night, ({ stays }, i) => (night[i]?.sec ?? 0) === MONDAY + DAY && settleAll(stays, 0, false));
  expect(staysOf(tracking)).toMatchObject([{ startSec: MONDAY + 20 * 3600, endSec: MONDAY + 31 * 3600, events: 34 }]);
});

test("what is heard after a long silence is another stay, at the same place", () => {
  const stays = staysOf(track([...heard(8, 10, [HOME]), ...heard(60, 62, [HOME])]));
  expect(stays.map(({ startSec, endSec }) => [hours(startSec), hours(endSec)])).toEqual([
    [8, 10],
    [60, 62],
  ]);
});

test("a phone that goes along a street for an hour stays nowhere", () => {
  expect(staysOf(track(heard(8, 8 + 50 / 60, STREET, 5)))).toEqual([]);
});

test("a night of silence before a way belongs to the place, and of a waking day no more than some hours", () => {
  const left = (fromHour: number, wayHour: number) => {
    const way = heard(wayHour, wayHour + 0.2, STREET.slice(3, 9), 2);
    const events = [
      ...heard(fromHour - 10, fromHour, [HOME], 30),
      ...way,
      ...heard(wayHour + 0.5, wayHour + 8, [WORK], 30),
    ];
    return hours(staysOf(track(events))[0]?.endSec as number);
  };
  expect(left(21, 31)).toBeGreaterThan(30);
  expect(left(10, 17)).toBeLessThan(14);
});
