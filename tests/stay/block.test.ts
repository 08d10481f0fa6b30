import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, createBlock, keepWaiting, readBlock } from "../../src/stay/block.js";
import { takeEvent } from "../../src/stay/observations.js";
import { RUN_EVENTS_MAX, WAITING_MAX } from "../../src/stay/record.js";
import { DATA, HOME, HOME_TOO, MINUTE, MONDAY, STREET, tracking, VILLAGE } from "./tracking.js";

type Event = readonly [minute: number, row: number];

/** Cells of what is left waiting, and of what was told as teleports, in order. */
function sorted(events: readonly Event[], isEnd = true): { kept: number[]; teleports: number[] } {
  const { stays, told } = tracking();
  for (const [minute, row] of events) takeEvent(stays, 0, MONDAY + minute * MINUTE, row, DATA);
  const block = createBlock();
  readBlock(stays, 0, block, isEnd);
  return {
    kept: Array.from(block.row.subarray(0, block.count)),
    teleports: told.flatMap((one) => (one.kind === "teleport" ? [one.cell] : [])),
  };
}

describe("a teleport is", () => {
  test("a far cell amid a stay, with no time for the way there or for the way back", () => {
    expect(
      sorted([
        [0, HOME],
        [6, VILLAGE],
        [12, HOME],
      ]).teleports,
    ).toEqual([VILLAGE]);
    expect(
      sorted([
        [0, HOME],
        [1, VILLAGE],
        [15, HOME],
      ]).teleports,
    ).toEqual([VILLAGE]);
  });

  test("every run of it, with the number of its events", () => {
    const { stays, told } = tracking();
    for (const [minute, row] of [
      [0, HOME],
      [1, VILLAGE],
      [1.5, VILLAGE],
      [2, HOME],
    ] as const)
      takeEvent(stays, 0, MONDAY + minute * MINUTE, row, DATA);
    readBlock(stays, 0, createBlock(), true);
    expect(told).toEqual([{ kind: "teleport", timeSec: MONDAY + MINUTE, cell: VILLAGE, events: 2 }]);
  });

  test("the very first run, when the next two are both far from it", () => {
    expect(
      sorted([
        [0, VILLAGE],
        [1, HOME],
        [1.3, HOME_TOO],
        [9, HOME],
      ]),
    ).toEqual({
      kept: [HOME, HOME_TOO, HOME],
      teleports: [VILLAGE],
    });
  });

  test("the very last run, when nothing more comes and the way there is impossible", () => {
    const events: Event[] = [
      [0, HOME],
      [1, VILLAGE],
    ];
    expect(sorted(events).teleports).toEqual([VILLAGE]);
    expect(sorted(events, false)).toEqual({ kept: [HOME, VILLAGE], teleports: [] });
  });
});

describe("no teleport is", () => {
  test.each<[string, Event[]]>([
    [
      "a cell whose footprint may be heard from where one is",
      [
        [0, HOME],
        [1, 2],
        [2, HOME],
      ],
    ],
    [
      "a journey there, a stay, and a journey back",
      [
        [0, HOME],
        [40, VILLAGE],
        [70, VILLAGE],
        [120, HOME],
      ],
    ],
    [
      "a move for good, by a train or by a clock that was slow",
      [
        [0, HOME],
        [1, VILLAGE],
        [7, VILLAGE],
        [30, VILLAGE],
      ],
    ],
    ["a ride through the town", STREET.map((row, i): Event => [2 * i, row])],
    [
      "two runs that disagree, of which nobody knows the wrong one",
      [
        [0, VILLAGE],
        [30, HOME],
      ],
    ],
  ])("%s", (_, events) => {
    expect(sorted(events)).toEqual({ kept: events.map(([, row]) => row), teleports: [] });
  });
});

test("a run says as much as it is apart from its like, and another cell says all", () => {
  const { stays } = tracking();
  const rows: Event[] = [
    [0, HOME],
    [6, HOME],
    [30, HOME],
    [31, HOME_TOO],
    [32, HOME],
  ];
  for (const [minute, row] of rows) takeEvent(stays, 0, MONDAY + minute * MINUTE, row, DATA);
  const block = createBlock();
  readBlock(stays, 0, block, true);
  const [first, soon, later, other, back] = block.weight;
  expect([first, later, other, back]).toEqual([1, 1, 1, 1]);
  expect(soon).toBeGreaterThan(0);
  expect(soon).toBeLessThan(1);
});

const RUNS = fc.array(
  fc.record({
    gapSec: fc.integer({ min: 1, max: 40_000 }),
    lengthSec: fc.integer({ min: 0, max: 900 }),
    // So near each other that none of them is a teleport.
    row: fc.constantFrom(HOME, HOME_TOO, 1, 2),
    events: fc.integer({ min: 1, max: RUN_EVENTS_MAX }),
    moved: fc.nat(1),
  }),
  { minLength: 1, maxLength: WAITING_MAX, size: "max" },
);

test("what is kept waiting from any run on is read again as it was", () => {
  const columns = ({ first, last, row, events, moved, count }: Block) =>
    Array.from({ length: count }, (_, i) => [first[i], last[i], row[i], events[i], moved[i]]);
  fc.assert(
    fc.property(RUNS, fc.nat(WAITING_MAX), (runs, from) => {
      const { stays } = tracking();
      const block = createBlock();
      let sec = MONDAY;
      for (const [i, { gapSec, lengthSec, row, events, moved }] of runs.entries()) {
        block.first[i] = sec + gapSec;
        block.last[i] = sec + gapSec + lengthSec;
        block.row[i] = row;
        block.events[i] = events;
        block.moved[i] = moved;
        sec = block.last[i] as number;
      }
      block.count = runs.length;
      const whole = columns(block);
      keepWaiting(stays.table, 0, block, from);
      const again = createBlock();
      readBlock(stays, 0, again, false);
      expect(columns(again)).toEqual(whole.slice(from));
    }),
  );
});
