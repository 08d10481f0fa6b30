import { describe, expect, test } from "vitest";
import { finishStay, flushFinished, joinsWaiting } from "../../src/stay/finish.js";
import { packCell, STAY_CELLS } from "../../src/stay/record.js";
import type { FinishedStay } from "../../src/stay/stays.js";
import {
  CITY,
  HOME,
  HOME_TOO,
  HOUR,
  heard,
  hours,
  MONDAY,
  staysOf,
  type Tracking,
  track,
  tracking,
  WORK,
  WORK_TOO,
} from "./tracking.js";

/** Two places, known from an hour each, and nothing that waits. */
function settled(): Tracking {
  const known = track([...heard(-4, -3, [HOME, HOME_TOO]), ...heard(-2, -1, [WORK, WORK_TOO])]);
  known.told.length = 0;
  return known;
}

const AT_HOME = 0;
const AT_WORK = 1;

function stay(fromHour: number, toHour: number, place = AT_HOME, row = HOME) {
  const [start, end] = [MONDAY + fromHour * HOUR, MONDAY + toHour * HOUR];
  const cells = new Uint32Array(STAY_CELLS);
  cells[0] = packCell(row, 3);
  const error = 60;
  return {
    place,
    first: start,
    last: end,
    start,
    end,
    events: 6,
    arrivalError: error,
    departureError: 2 * error,
    cells,
  };
}

function beginning(hour: number, place: number, x: number, y: number) {
  return { place, start: MONDAY + hour * HOUR, x, y };
}

describe("a stay that has ended", () => {
  test("waits, and is told when it is asked for, once", () => {
    const known = settled();
    finishStay(known.stays, 0, stay(1, 2));
    expect(known.told).toEqual([]);
    flushFinished(known.stays, 0);
    flushFinished(known.stays, 0);
    expect(staysOf(known)).toMatchObject([
      {
        startSec: MONDAY + HOUR,
        endSec: MONDAY + 2 * HOUR,
        cell: HOME,
        cells: [{ row: HOME, weight: 3 }],
        events: 6,
        arrivalErrorSec: 60,
        departureErrorSec: 120,
      },
    ]);
  });

  test("ends where the next one begins", () => {
    const known = settled();
    finishStay(known.stays, 0, stay(1, 2));
    flushFinished(known.stays, 0, MONDAY + 1.5 * HOUR);
    expect(staysOf(known)).toMatchObject([{ endSec: MONDAY + 1.5 * HOUR }]);
  });

  test("lies by the place it is at, and is surer the more was heard and seen of it", () => {
    const known = settled();
    finishStay(known.stays, 0, stay(1, 2));
    flushFinished(known.stays, 0);
    finishStay(known.stays, 0, { ...stay(3, 9), first: MONDAY + 5 * HOUR, last: MONDAY + 5 * HOUR, events: 1 });
    flushFinished(known.stays, 0);
    const [seen, guessed] = staysOf(known);
    for (const one of [seen, guessed]) {
      const metres = Math.hypot(
        (one?.x ?? 0) - (CITY.cells.x[HOME] as number),
        (one?.y ?? 0) - (CITY.cells.y[HOME] as number),
      );
      expect(metres).toBeLessThan(700);
      expect(one?.confidence).toBeGreaterThan(0);
      expect(one?.confidence).toBeLessThanOrEqual(1);
    }
    expect(seen?.confidence).toBeGreaterThan(guessed?.confidence ?? 1);
    expect(seen?.sigma).toBeLessThan(guessed?.sigma ?? 0);
  });

  test("takes the next one in where that joins: from the first's start to the other's end, with all cells and events", () => {
    const known = settled();
    finishStay(known.stays, 0, stay(1, 2));
    finishStay(known.stays, 0, stay(2.2, 3, AT_HOME, HOME_TOO));
    flushFinished(known.stays, 0);
    expect(staysOf(known)).toMatchObject([
      {
        startSec: MONDAY + HOUR,
        endSec: MONDAY + 3 * HOUR,
        events: 12,
        cells: [{ row: HOME }, { row: HOME_TOO }],
        arrivalErrorSec: 60,
        departureErrorSec: 120,
      },
    ]);
  });
});

describe("two stays are one", () => {
  const known = settled();
  finishStay(known.stays, 0, stay(1, 2));
  const x = CITY.cells.x[HOME] as number;
  const y = CITY.cells.y[HOME] as number;
  const joins = (hour: number, place: number, dx: number) =>
    joinsWaiting(known.stays, 0, beginning(hour, place, x + dx, y));

  test("at one place with less than a quarter of an hour between, however far its cells are", () => {
    expect(joins(2.24, AT_HOME, 5000)).toBe(true);
    expect(joins(2.25, AT_HOME, 0)).toBe(false);
  });

  test("at two places within 300 m of each other, and not farther apart", () => {
    const again = settled();
    finishStay(again.stays, 0, stay(1, 2));
    flushFinished(again.stays, 0);
    const told = staysOf(again)[0] as FinishedStay;
    const from = (metres: number) => joinsWaiting(known.stays, 0, beginning(2.1, AT_WORK, told.x + metres, told.y));
    expect(from(299)).toBe(true);
    expect(from(301)).toBe(false);
  });
});

test("an absence of some minutes at one place is within one stay; one of half an hour elsewhere parts two", () => {
  const at = (from: number, to: number) => heard(from, to, [HOME, HOME, HOME_TOO], 5);
  const moment = track([...at(8, 10), ...heard(10.07, 10.13, [2], 2), ...at(10.25, 13)]);
  expect(staysOf(moment)).toMatchObject([{ startSec: MONDAY + 8 * HOUR, endSec: MONDAY + 13 * HOUR }]);
  // The day before makes the place a known one: of two new places in turn the second may pass for a far cell of the first.
  const parted = staysOf(track([...at(-16, -8), ...at(8, 10), ...heard(10.4, 11, [5], 6), ...at(11.4, 13)])).slice(1);
  expect(parted.map(({ cell }) => cell)).toEqual([HOME, 5, HOME]);
  expect(hours(parted[0]?.endSec ?? 0)).toBeGreaterThanOrEqual(10);
  expect(hours(parted[1]?.startSec ?? 0)).toBeLessThanOrEqual(10.4);
});

test("a subscriber of whom nothing waits has nothing to tell", () => {
  const { stays, told } = tracking();
  flushFinished(stays, 0);
  expect(told).toEqual([]);
});
