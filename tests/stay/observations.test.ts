import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBlock, readBlock } from "../../src/stay/block.js";
import { takeEvent, takeMinute } from "../../src/stay/observations.js";
import { LINE_NIGHT_OBSERVATIONS_16, LINE_WAITING_COUNT_8, REST_WORDS, WAITING_MAX } from "../../src/stay/record.js";
import { snapshotRecords } from "../../src/stay/record-words.js";
import { settleAll } from "../../src/stay/settle.js";
import { slotsBelow } from "../../src/stay/slot-set.js";
import { EventBuffer, eventOf } from "../../src/time/event-buffer.js";
import {
  DATA,
  HANDOVER,
  type Heard,
  HOME,
  HOME_TOO,
  heard,
  hours,
  MONDAY,
  staysOf,
  TAU,
  track,
  tracking,
  WORK,
} from "./tracking.js";

interface Run {
  readonly row: number;
  readonly from: number;
  readonly to: number;
  readonly events: number;
}

/** The runs that wait after these events, in seconds after MONDAY. */
function runs(events: readonly Heard[]): Run[] {
  const { stays } = tracking();
  for (const { sec, row } of events) takeEvent(stays, 0, sec, row, DATA);
  const block = createBlock();
  readBlock(stays, 0, block, false);
  return Array.from({ length: block.count }, (_, i) => ({
    row: block.row[i] as number,
    from: (block.first[i] as number) - MONDAY,
    to: (block.last[i] as number) - MONDAY,
    events: block.events[i] as number,
  }));
}

const at = (sec: number, row = HOME) => ({ sec: MONDAY + sec, row });

test("events of one cell within five minutes of each other are one run, from the first to the last", () => {
  expect(runs([at(0), at(0), at(299), at(599)])).toEqual([{ row: HOME, from: 0, to: 599, events: 4 }]);
});

test("another cell, a longer silence, or a quarter of an hour begins another run", () => {
  expect(runs([at(0), at(10, HOME_TOO), at(20)])).toMatchObject([{ row: HOME }, { row: HOME_TOO }, { row: HOME }]);
  expect(runs([at(0), at(301)])).toMatchObject([{ to: 0 }, { from: 301 }]);
  const often = [0, 200, 400, 600, 800, 900, 901].map((sec) => at(sec));
  expect(runs(often)).toMatchObject([
    { from: 0, to: 900, events: 6 },
    { from: 901, to: 901, events: 1 },
  ]);
});

test("more events than a run can count are as many as it can", () => {
  const burst = Array.from({ length: 5000 }, () => at(0));
  expect(runs(burst)).toEqual([{ row: HOME, from: 0, to: 0, events: 2047 }]);
});

test("a full record makes room for what comes next, and nothing is lost by it", () => {
  const { stays, told } = tracking();
  const events = heard(8, 40, [HOME, HOME_TOO], 6);
  for (const [i, { sec, row }] of events.entries()) {
    takeEvent(stays, 0, sec, row, DATA);
    expect(stays.table.lineBytes[LINE_WAITING_COUNT_8]).toBeGreaterThan(0);
    expect(stays.table.lineBytes[LINE_WAITING_COUNT_8]).toBeLessThanOrEqual(Math.min(i + 1, WAITING_MAX));
  }
  expect(told).toEqual([]);
  expect(staysOf(track(events))).toMatchObject([{ events: events.length }]);
});

test("a silence in which somebody awake would have left ends the stay; one that is mostly night does not", () => {
  const spans = (events: readonly Heard[]) =>
    staysOf(track(events)).map(({ startSec, endSec }) => [hours(startSec), hours(endSec)]);
  expect(spans([...heard(8, 9, [WORK]), ...heard(19, 20, [WORK])])).toHaveLength(2);
  expect(spans([...heard(20, 21, [WORK]), ...heard(31, 32, [WORK])])).toEqual([[20, 32]]);
});

test("an event of the night counts as an observation unless it follows another within a minute", () => {
  const { stays } = tracking();
  const second = [0, 1, 30, 61, 62, 200, 6 * 3600, 8 * 3600];
  for (const sec of second) takeEvent(stays, 0, MONDAY + sec, HOME, DATA);
  expect(stays.table.lineHalves[LINE_NIGHT_OBSERVATIONS_16]).toBe(2);
});

/** Phones in a few cells, silent for up to a minute, a quarter of an hour or a day: more of them in a minute than are looked at together. */
const minutesOfMany = fc.array(
  fc.record({
    silentMinutes: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 400 }), fc.constant(2000)),
    events: fc.array(
      fc.record({
        phone: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 299 })),
        ms: fc.integer({ min: 0, max: 59_999 }),
        row: fc.constantFrom(HOME, HOME, HOME_TOO, WORK),
        kind: fc.constantFrom(DATA, TAU, HANDOVER),
      }),
      { maxLength: 400 },
    ),
  }),
  { maxLength: 40 },
);

test("a minute leaves the records, and tells the stays, that its events do one after the other", () => {
  fc.assert(
    fc.property(minutesOfMany, (minutes) => {
      const [whole, single] = [tracking(), tracking()];
      for (const { stays } of [whole, single]) for (let lo = 2; lo <= 300; lo++) stays.table.slotOf(0, lo);
      const buffer = new EventBuffer();
      let minute = MONDAY / 60;
      for (const { silentMinutes, events } of minutes) {
        if (events.length === 0) continue;
        minute += silentMinutes;
        for (const [i, { phone, ms, row, kind }] of events.entries())
          buffer.add(minute * 60_000 + ms, phone, row, kind, i);
        const bucket = buffer.take(minute);
        takeMinute(whole.stays, bucket);
        for (let i = 0; i < bucket.count; i++) {
          const { timeMs, slot, cell, kind } = eventOf(bucket.bucket, bucket.row[i] as number);
          takeEvent(single.stays, slot, Math.floor(timeMs / 1000), cell, kind);
        }
      }
      const all = slotsBelow(single.stays.table.count);
      expect(snapshotRecords(whole.stays.table, all)).toEqual(snapshotRecords(single.stays.table, all));
      expect(whole.told).toEqual(single.told);
      // What is read for who has no rest, or no place, is nobody's.
      expect(whole.stays.table.words.subarray(0, REST_WORDS).every((word) => word === 0)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

describe("an event tells by its kind that the phone moved into its cell", () => {
  const moved = (...events: Heard[]) => {
    const { stays } = tracking();
    for (const { sec, row, kind = DATA } of events) takeEvent(stays, 0, sec, row, kind);
    const block = createBlock();
    readBlock(stays, 0, block, false);
    return Array.from(block.moved.subarray(0, block.count));
  };

  test("by a handover, and by an update sooner than a phone at rest sends one", () => {
    expect(moved(at(0), { ...at(60, 1), kind: HANDOVER })).toEqual([0, 1]);
    expect(moved(at(0), { ...at(1200, 1), kind: TAU })).toEqual([0, 1]);
  });

  test("not by one that may be periodic, by use, or in the cell where it was", () => {
    expect(moved(at(0), { ...at(3240, 1), kind: TAU })).toEqual([0, 0]);
    expect(moved(at(0), at(60, 1))).toEqual([0, 0]);
    expect(moved(at(0), { ...at(400), kind: HANDOVER })).toEqual([0, 0]);
    expect(moved({ ...at(0), kind: HANDOVER })).toEqual([0]);
  });

  test("by an update sooner than the periodic one, whose period is learnt in whatever cell it is sent", () => {
    const sent = [0, 1, 2, 3, 4].map((i) => ({ ...at(3240 * i), kind: TAU }));
    const sooner = { ...at(3240 * 4 + 2400, 1), kind: TAU };
    expect(moved(...sent, sooner)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(moved(sent[4] as Heard, sooner)).toEqual([0, 0]);
  });

  test("also when what came before no longer waits", () => {
    const { stays } = tracking();
    for (const { sec, row } of heard(8, 12, [HOME], 10)) takeEvent(stays, 0, sec, row, DATA);
    settleAll(stays, 0, false);
    expect(stays.table.lineBytes[LINE_WAITING_COUNT_8]).toBe(0);
    takeEvent(stays, 0, MONDAY + 12 * 3600 + 60, HOME, HANDOVER);
    takeEvent(stays, 0, MONDAY + 12 * 3600 + 120, HOME_TOO, HANDOVER);
    const block = createBlock();
    readBlock(stays, 0, block, false);
    expect(Array.from(block.moved.subarray(0, block.count))).toEqual([0, 1]);
  });
});
