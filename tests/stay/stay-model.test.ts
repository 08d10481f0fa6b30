import { beforeEach, describe, expect, test } from "vitest";
import { createBlock, readBlock } from "../../src/stay/block.js";
import { addCell } from "../../src/stay/cell-list.js";
import { takeEvent } from "../../src/stay/observations.js";
import { PLACE_CELL, PLACE_CELLS, PLACES } from "../../src/stay/record.js";
import { putRecords, snapshotRecords } from "../../src/stay/record-words.js";
import { settleAll } from "../../src/stay/settle.js";
import { CELL_SPOT, leavingRate, MOVING, StayModel, UNKNOWN } from "../../src/stay/stay-model.js";
import type { Stays } from "../../src/stay/stays.js";
import {
  DATA,
  HANDOVER,
  type Heard,
  HOME,
  HOME_TOO,
  heard,
  MIDDLE,
  placeCells,
  STREET,
  SUBSCRIBER,
  tracking,
  VILLAGE,
  WORK,
  WORK_TOO,
} from "./tracking.js";

/** Three days of a commuter, and the model for what is heard next. */
let stays: Stays;
const at = (row: number) => placeCells({ stays, told: [] }).indexOf(row);

beforeEach(() => {
  ({ stays } = tracking());
  for (const day of [-3, -2, -1]) {
    for (const { sec, row } of [
      ...heard(24 * day, 24 * day + 8, [HOME, HOME, HOME_TOO], 25),
      ...heard(24 * day + 9, 24 * day + 12, [WORK, WORK, WORK_TOO], 25),
      ...heard(24 * day + 13, 24 * day + 23.5, [HOME, HOME, HOME_TOO], 25),
    ])
      takeEvent(stays, 0, sec, row, DATA);
    settleAll(stays, 0, false);
  }
});

/** The model after these have been heard, with the last of them in hand. */
function modelOf(...events: ReturnType<typeof heard>): StayModel {
  for (const { sec, row, kind = DATA } of events) takeEvent(stays, 0, sec, row, kind);
  const block = createBlock();
  readBlock(stays, 0, block, false);
  const model = new StayModel();
  model.read(stays, 0, block);
  model.take(block.count - 1);
  return model;
}

describe("what is known before anything is heard", () => {
  test("is nothing of a stranger, and the open place of somebody known", () => {
    const model = new StayModel();
    model.read(tracking().stays, 0, createBlock());
    expect(model.before).toBe(UNKNOWN);
    expect(Array.from(model.exists)).toEqual(new Array(PLACES).fill(0));
    model.read(stays, 0, createBlock());
    expect(model.before).toBe(at(HOME));
    expect(model.before).not.toBe(MOVING);
  });

  test("a stay begins more readily at a place of many arrivals", () => {
    const { share } = modelOf(...heard(7, 7, [HOME]));
    expect(share[at(HOME)]).toBeGreaterThan(share[at(WORK)] as number);
  });
});

describe("leaving", () => {
  test("and staying are all that can be, once a silence counts in full", () => {
    const model = modelOf(...heard(10, 10, [HOME]));
    const home = at(HOME);
    expect(Math.exp(model.leave(home)) + Math.exp(model.staying[home] as number)).toBeCloseTo(1, 9);
    expect(Math.exp(model.leavingNew) + Math.exp(model.stayingNew)).toBeCloseTo(1, 9);
  });

  test("is likelier in a morning than in a night of the same length, and from a place of short visits", () => {
    const night = modelOf(...heard(5, 5, [HOME]));
    const inNight = night.leave(at(HOME));
    const morning = modelOf(...heard(10.5, 10.5, [HOME]));
    expect(morning.leave(at(HOME))).toBeGreaterThan(inNight);
    expect(leavingRate(stays, 0, at(WORK))).toBeGreaterThan(leavingRate(stays, 0, at(HOME)));
  });

  test("for a way that takes longer than there was time costs the more, the more it takes; one that does not costs nothing", () => {
    const model = modelOf(...heard(8, 8 + 33 / 60, [HOME, HOME_TOO, MIDDLE, WORK], 11));
    const [home, homeToo, middle, work] = [0, 1, 2, 3].map((cell) => CELL_SPOT + cell) as [
      number,
      number,
      number,
      number,
    ];
    expect(model.hurry(home, homeToo)).toBe(0);
    expect(model.hurry(at(HOME), homeToo)).toBe(0);
    expect(model.hurry(home, middle)).toBeGreaterThan(0);
    expect(model.hurry(home, work)).toBeGreaterThan(model.hurry(home, middle));
    expect(model.hurry(at(HOME), at(WORK))).toBeGreaterThan(model.hurry(home, middle));
  });
});

describe("the cell heard", () => {
  test("is likelier at a place that it serves often, then at one near by, then far off", () => {
    const before = snapshotRecords(stays.table, SUBSCRIBER);
    const served = (row: number) => {
      const score = modelOf(...heard(8, 8, [row])).served(at(HOME), 0);
      putRecords(stays.table, SUBSCRIBER, before);
      return score;
    };
    const scores = [HOME, HOME_TOO, 1, 4, VILLAGE].map(served);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBeGreaterThan(3);
  });

  test("is less likely where it was never heard, the fewer cells serve somebody elsewhere", () => {
    const before = snapshotRecords(stays.table, SUBSCRIBER);
    const served = (row: number, cellsAtWork: readonly number[]) => {
      const work = stays.table.placeWord(0, at(WORK)) + PLACE_CELL;
      stays.table.words.fill(0, work, work + PLACE_CELLS);
      for (const cell of cellsAtWork) addCell(stays.table.words, work, PLACE_CELLS, cell, 24 / cellsAtWork.length);
      const score = modelOf(...heard(8, 8, [row])).served(at(HOME), 0);
      putRecords(stays.table, SUBSCRIBER, before);
      return score;
    };
    const [one, many] = [[WORK], [WORK, WORK_TOO, 9, 8, 7, 6]];
    expect(served(1, one)).toBeLessThan(served(1, many) - 0.5);
    expect(served(HOME, one)).toBeGreaterThan(served(HOME, many));
  });

  test("is unlikely to be the same for long on the way, and another one is not", () => {
    const model = modelOf(
      ...heard(8, 8, [STREET[2] as number]),
      ...heard(8.2, 8.2, [STREET[3] as number]),
      ...heard(8.8, 8.8, [STREET[3] as number]),
    );
    expect(model.servedOnWay(2)).toBeLessThan(model.servedOnWay(1));
  });

  test("and one into which the network says it moved rather on the way than at rest", () => {
    const [used] = heard(8.2, 8.2, [MIDDLE]) as [Heard];
    const [handed] = heard(8.6, 8.6, [MIDDLE]) as [Heard];
    const model = modelOf(...heard(8, 8, [HOME]), used, ...heard(8.4, 8.4, [HOME]), { ...handed, kind: HANDOVER });
    const rest = (i: number) => model.served(at(HOME), i);
    expect(model.servedOnWay(3) - model.servedOnWay(1)).toBeGreaterThan(rest(3) - rest(1) + 2);
  });
});
