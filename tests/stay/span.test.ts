import { expect, test } from "vitest";
import { createBlock, readBlock } from "../../src/stay/block.js";
import { MOTION, NEW } from "../../src/stay/decode.js";
import { takeEvent } from "../../src/stay/observations.js";
import { settleAll } from "../../src/stay/settle.js";
import { openPlace, type Span, Spans } from "../../src/stay/span.js";
import { CITY, DATA, HOME, HOME_TOO, heard, hours, STREET, type Tracking, tracking, WORK } from "./tracking.js";

/** The spans of these events where the decoder says so. */
function spans(events: ReturnType<typeof heard>, states: readonly number[], known: Tracking = tracking()): Span[] {
  for (const { sec, row } of events) takeEvent(known.stays, 0, sec, row, DATA);
  const block = createBlock();
  readBlock(known.stays, 0, block, false);
  expect(block.count).toBe(states.length);
  const told = new Spans();
  told.read(known.stays, 0, block, Int32Array.from(states), states.length);
  return Array.from({ length: told.count }, (_, i) => told.at(i));
}

test("each run of like states is a span, a new place having no number yet", () => {
  const events = [...heard(8, 8.5, [HOME, HOME_TOO]), ...heard(9, 9.1, [2, 3], 6), ...heard(10, 11, [WORK], 20)];
  const told = spans(events, [NEW, NEW, NEW, NEW, MOTION, MOTION, NEW + 6, NEW + 6, NEW + 6, NEW + 6]);
  expect(told.map(({ place, from, to, events: count }) => [place, from, to, count])).toEqual([
    [-1, 0, 4, 4],
    [MOTION, 4, 6, 2],
    [-1, 6, 10, 4],
  ]);
  expect(told.map(({ first, last }) => [hours(first), hours(last)])).toEqual([
    [8, 8.5],
    [9, 9.1],
    [10, 11],
  ]);
});

test("two new places in turn are two spans", () => {
  const told = spans(heard(8, 9, [HOME, WORK], 30), [NEW, NEW + 1, NEW + 2]);
  expect(told).toHaveLength(3);
});

test("a way is where it was first heard, and then where it was last", () => {
  const { x } = CITY.cells;
  const [way] = spans(heard(8, 8.2, STREET.slice(0, 4), 4), [MOTION, MOTION, MOTION, MOTION]) as [Span];
  expect([way.firstX, way.x]).toEqual([x[0], x[3]]);
});

test("a stay is between the cells heard there", () => {
  const { y } = CITY.cells;
  const [stay] = spans(heard(8, 8.5, [HOME, HOME_TOO]), [NEW, NEW, NEW, NEW]) as [Span];
  expect(stay.y).toBeGreaterThan(y[HOME] as number);
  expect(stay.y).toBeLessThan(y[HOME_TOO] as number);
});

test("what was open comes first, and goes on where the first state is that place", () => {
  const open = () => {
    const known = tracking();
    for (const { sec, row } of heard(8, 10, [HOME, HOME_TOO])) takeEvent(known.stays, 0, sec, row, DATA);
    settleAll(known.stays, 0, false);
    expect(openPlace(known.stays, 0)).toBe(0);
    return known;
  };
  const goesOn = spans(heard(10.5, 11, [HOME], 30), [0, 0], open());
  expect(goesOn).toMatchObject([{ place: 0, isOpen: true, from: 0, to: 2, events: 15 }]);
  const ends = spans(heard(12, 13, [WORK], 60), [NEW, NEW], open());
  expect(ends).toMatchObject([
    { place: 0, isOpen: true, to: 0, events: 13 },
    { place: -1, isOpen: false, from: 0, to: 2 },
  ]);
  const wayIn = spans(heard(12, 12, [5]), [MOTION], tracking());
  expect(openPlace(tracking().stays, 0)).toBe(-1);
  expect(wayIn).toHaveLength(1);
});
