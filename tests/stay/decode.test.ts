import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type Block, createBlock, readBlock } from "../../src/stay/block.js";
import { commonGround } from "../../src/stay/common-ground.js";
import { Decoder, MOTION, NEW } from "../../src/stay/decode.js";
import { takeEvent } from "../../src/stay/observations.js";
import { OPEN, OPEN_PLACE_8, PLACES } from "../../src/stay/record.js";
import { putRecords, snapshotRecords } from "../../src/stay/record-words.js";
import { settleAll } from "../../src/stay/settle.js";
import {
  AT_NEW,
  BEGUN_MOVING,
  CELL_SPOT,
  MOVING,
  NEW_MODEL_WEIGHT,
  ON_WAY,
  StayModel,
  UNKNOWN,
} from "../../src/stay/stay-model.js";
import {
  CITY,
  DATA,
  HANDOVER,
  type Heard,
  HOME,
  HOME_TOO,
  HOUR,
  heard,
  MIDDLE,
  MIDDLE_TOO,
  MINUTE,
  MONDAY,
  openPlace,
  placeCells,
  STREET,
  SUBSCRIBER,
  SUBURB,
  SUBURB_TOO,
  type Tracking,
  tracking,
  WORK,
  WORK_TOO,
} from "./tracking.js";

const decoder = new Decoder();
const block = createBlock();

/** A week of nights at home and days at work, so that both are known places. */
function commuter(): Tracking {
  const known = tracking();
  for (let day = -7; day < 0; day++) {
    const events = [
      ...heard(24 * day, 24 * day + 8, [HOME, HOME_TOO], 25),
      ...heard(24 * day + 9, 24 * day + 17, [WORK, WORK_TOO], 25),
      ...heard(24 * day + 18, 24 * day + 23.5, [HOME, HOME, HOME_TOO], 25),
    ];
    for (const { sec, row } of events) takeEvent(known.stays, 0, sec, row, DATA);
    settleAll(known.stays, 0, false);
  }
  return known;
}

/** What the decoder makes of these events: H and W for home and work, M for on the way, a letter a new place from a on. */
function decoded(known: Tracking, events: readonly Heard[]): string {
  for (const { sec, row } of events) takeEvent(known.stays, 0, sec, row, DATA);
  readBlock(known.stays, 0, block, false);
  decoder.decode(known.stays, 0, block);
  const cells = placeCells(known);
  const begun: number[] = [];
  return Array.from(decoder.states.subarray(0, block.count), (state) => {
    if (state === MOTION) return "M";
    if (state < PLACES) return [HOME, HOME_TOO].includes(cells[state] as number) ? "H" : "W";
    if (!begun.includes(state)) begun.push(state);
    return String.fromCharCode(97 + begun.indexOf(state));
  }).join("");
}

describe("on an ordinary day", () => {
  let known: Tracking;
  beforeEach(() => {
    known = commuter();
  });

  test("a night of silence is no departure", () => {
    const events = [...heard(0, 0, [HOME]), ...heard(7, 7.5, [HOME, HOME_TOO], 15)];
    expect(decoded(known, events)).toBe("HHHH");
  });

  test("two known places with different cells in turn are told apart", () => {
    const events = [
      ...heard(7, 7, [HOME]),
      ...heard(9, 17, [WORK, WORK_TOO], 160),
      ...heard(19, 20, [HOME_TOO, HOME], 30),
    ];
    expect(decoded(known, events)).toBe("HWWWWHHH");
  });

  test("cells that serve one place in turn are one stay", () => {
    expect(decoded(known, heard(0, 5, [HOME, HOME_TOO, HOME_TOO], 30))).toBe("H".repeat(11));
  });

  test("a cell heard once that overshoots is no visit", () => {
    const events = [
      ...heard(1, 3, [HOME, HOME_TOO], 10),
      ...heard(3.1, 3.1, [2]),
      ...heard(3.2, 5, [HOME, HOME_TOO], 10),
    ];
    expect(decoded(known, events)).toMatch(/^H+$/);
  });

  test("a visit known only from one run is found when the silence around it is long", () => {
    const around = (row: number) => [...heard(9, 9, [HOME]), ...heard(12, 12.05, [row], 3), ...heard(15, 15, [HOME])];
    expect(decoded(known, around(WORK))).toBe("HWH");
    expect(decoded(commuter(), around(SUBURB))).toBe("HaH");
  });

  test("cells along a street in quick succession are a way", () => {
    const way = heard(7.75, 8, STREET.slice(2, 9), 2.5);
    const events = [...heard(7, 7.6, [HOME, HOME_TOO], 6), ...way, ...heard(8.1, 10, [WORK, WORK_TOO], 20)];
    expect(decoded(known, events)).toMatch(/^H+M{5,8}W+$/);
  });

  test("hours in cells never heard before are one new place, and not a known one", () => {
    const events = [...heard(12, 12, [WORK]), ...heard(18.5, 22, [MIDDLE, MIDDLE_TOO], 30)];
    expect(decoded(known, events)).toMatch(/^Wa+$/);
  });

  test("a new place between two visits to another new one is told from it", () => {
    const events = [
      ...heard(10, 12, [SUBURB, SUBURB_TOO], 30),
      ...heard(13, 15, [MIDDLE, MIDDLE_TOO], 30),
      ...heard(16, 18, [SUBURB, SUBURB_TOO], 30),
    ];
    expect(decoded(known, events)).toMatch(/^a+b+c+$/);
  });
});

/** One course: at each observation a known place, MOTION, a new place that begins, or the one begun before. */
type Course = readonly number[];

/** Every course through `count` observations, in the decoder's states. */
function courses(count: number, places: readonly number[]): Course[] {
  let all: Course[] = [[]];
  for (let i = 0; i < count; i++)
    all = all.flatMap((course) => {
      const before = course.at(-1) ?? MOTION;
      return [...places, MOTION, NEW + i, ...(before >= NEW ? [before] : [])].map((state) => [...course, state]);
    });
  return all;
}

/** Score of a course, term by term as the model documents them. */
function scoreOf(model: StayModel, course: Course, { row, weight, count }: Block): number {
  const spot = (state: number) => (state < PLACES ? state : CELL_SPOT + (model.cellOf[state - NEW] as number));
  // Of the observations since the place began, `alike` of `all` were of this cell; some more are as the map expects.
  const servedNew = (since: number, i: number, alike: number, all: number) => {
    const expected = NEW_MODEL_WEIGHT * commonGround(CITY.cells, row[since] as number, row[i] as number);
    return (weight[i] as number) * Math.max(-9, Math.log((alike + expected) / (all + NEW_MODEL_WEIGHT)));
  };
  let score = 0;
  for (let i = 0; i < count; i++) {
    const state = course[i] as number;
    const isBegin = i === 0 && model.before === UNKNOWN;
    const before = i > 0 ? (course[i - 1] as number) : model.before === MOVING ? MOTION : model.before;
    if (!isBegin) model.take(i);
    if (!isBegin && state === before)
      score += state === MOTION ? model.moveOn : state < PLACES ? (model.staying[state] as number) : model.stayingNew;
    else if (!isBegin && before === MOTION) score += model.arrive;
    else if (!isBegin) {
      score += before < PLACES ? model.leave(before) : model.leavingNew;
      score += state === MOTION ? ON_WAY : -model.hurry(spot(before), spot(state));
    }
    if (state === MOTION) score += isBegin ? BEGUN_MOVING : model.servedOnWay(i);
    else if (state < PLACES)
      score += (state === before && !isBegin ? 0 : (model.share[state] as number)) + model.served(state, i);
    else if (state === NEW + i) score += AT_NEW + model.atRest(i);
    else {
      const since = state - NEW;
      const sum = (from: readonly number[]) => from.reduce((all, j) => all + (weight[j] as number), 0);
      const own = Array.from({ length: i - since }, (_, j) => since + j);
      score += servedNew(since, i, sum(own.filter((j) => row[j] === row[i])), sum(own)) + model.atRest(i);
    }
  }
  return score;
}

const EVENTS = fc.array(
  fc.record({
    minutes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 })),
    row: fc.constantFrom(HOME, HOME_TOO, 1, 2, MIDDLE, 9, WORK, SUBURB),
    kind: fc.constantFrom(DATA, HANDOVER),
  }),
  { minLength: 1, maxLength: 5, size: "max" },
);

function following(gaps: readonly { minutes: number; row: number; kind: number }[]): Heard[] {
  let sec = MONDAY + 6 * HOUR;
  return gaps.map(({ minutes, row, kind }) => {
    sec += minutes * MINUTE;
    return { sec, row, kind };
  });
}

function isBestOfAll({ stays }: Tracking, events: readonly Heard[]): void {
  for (const { sec, row, kind = DATA } of events) takeEvent(stays, 0, sec, row, kind);
  readBlock(stays, 0, block, false);
  if (block.count === 0) return;
  const model = new StayModel();
  model.read(stays, 0, block);
  decoder.decode(stays, 0, block);
  const places = Array.from(model.exists.keys()).filter((place) => model.exists[place] === 1);
  const best = Math.max(...courses(block.count, places).map((course) => scoreOf(model, course, block)));
  expect(scoreOf(model, Array.from(decoder.states.subarray(0, block.count)), block)).toBeCloseTo(best, 6);
}

describe("no course scores better than the one decoded", () => {
  test("when places are known and one of them is open", () => {
    const { stays } = commuter();
    const learnt = snapshotRecords(stays.table, SUBSCRIBER);
    fc.assert(
      fc.property(EVENTS, (gaps) => {
        putRecords(stays.table, SUBSCRIBER, learnt);
        isBestOfAll({ stays, told: [] }, following(gaps));
      }),
      { numRuns: 60 },
    );
  });

  test("when nothing is known", () => {
    const { stays } = tracking();
    const blank = snapshotRecords(stays.table, SUBSCRIBER);
    fc.assert(
      fc.property(EVENTS, (gaps) => {
        putRecords(stays.table, SUBSCRIBER, blank);
        isBestOfAll({ stays, told: [] }, following(gaps));
      }),
      { numRuns: 300 },
    );
  });

  test("when the subscriber was on the way", () => {
    const { stays } = commuter();
    stays.table.bytes[(stays.table.restWord(0) + OPEN) * 4 + OPEN_PLACE_8] = 0;
    expect(openPlace({ stays, told: [] })).toBe(-1);
    const moving = snapshotRecords(stays.table, SUBSCRIBER);
    fc.assert(
      fc.property(EVENTS, (gaps) => {
        putRecords(stays.table, SUBSCRIBER, moving);
        isBestOfAll(
          { stays, told: [] },
          following(gaps).map(({ sec, row }) => ({ sec: sec - 6 * HOUR, row })),
        );
      }),
      { numRuns: 40 },
    );
  });
});
