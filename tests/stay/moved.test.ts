import { describe, expect, test } from "vitest";
import { createBlock } from "../../src/stay/block.js";
import { hasMoved, learnAtRest, movedAtRest } from "../../src/stay/moved.js";
import { SubscriberTable } from "../../src/stay/subscriber-table.js";
import { DATA, HANDOVER, HOME, HOME_TOO, TAU } from "./tracking.js";

const PERIOD = 5400;

function table(): SubscriberTable {
  const one = new SubscriberTable();
  one.slotOf(0, 1);
  one.slotOf(0, 2);
  return one;
}

/** What each update after these silences says. */
function updates(silences: readonly number[], of = table()): boolean[] {
  return silences.map((sec) => hasMoved(of, 0, TAU, sec));
}

describe("the network tells of a move", () => {
  test("by a handover, and by an update sooner than any periodic one; never by use", () => {
    expect(hasMoved(table(), 0, HANDOVER, 7200)).toBe(true);
    expect(updates([60, 1799])).toEqual([true, true]);
    expect(hasMoved(table(), 0, DATA, 60)).toBe(false);
  });

  test("by an update sooner than the periodic one once its period is known, to the minute", () => {
    expect(updates([PERIOD, PERIOD + 20, PERIOD - 20, PERIOD, PERIOD - 61])).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(updates([PERIOD, PERIOD, PERIOD, PERIOD - 61])).toEqual([false, false, false, false]);
    expect(updates([PERIOD, PERIOD, PERIOD, PERIOD, PERIOD - 60])).toEqual([false, false, false, false, false]);
  });

  test("not by one that comes late, as where an event was lost, which says nothing of the period either", () => {
    const late = Array.from({ length: 20 }, () => 2 * PERIOD);
    expect(updates([PERIOD, PERIOD, PERIOD, PERIOD, ...late, 3000]).slice(4)).toEqual([...late.map(() => false), true]);
  });

  test("by another period soon after the network changed it", () => {
    const of = table();
    updates(
      Array.from({ length: 500 }, () => PERIOD),
      of,
    );
    const told = updates(
      Array.from({ length: 40 }, () => 3240),
      of,
    );
    expect(told.slice(20)).toEqual(Array.from({ length: 20 }, () => false));
    expect(updates([2400], of)).toEqual([true]);
  });

  test("not where updates come whenever they like", () => {
    const silences = Array.from({ length: 400 }, (_, i) => 1800 + ((i * 7919) % 9000));
    expect(updates(silences).filter((moved) => moved)).toEqual([]);
  });

  test("of one subscriber nothing is learnt from another", () => {
    const of = table();
    updates([PERIOD, PERIOD, PERIOD, PERIOD, PERIOD], of);
    expect(hasMoved(of, 1, TAU, 3000)).toBe(false);
    expect(updates([3000], of)).toEqual([true]);
  });
});

describe("what the word is worth", () => {
  /** Heard at rest in two cells in turn, `moved` says of which changes the network said that they were moves. */
  function rest(of: SubscriberTable, changes: number, moved: (i: number) => boolean): number {
    const block = createBlock();
    for (let i = 0; i < changes; i++) {
      block.row.set([HOME, HOME_TOO]);
      block.moved.set([0, moved(i) ? 1 : 0]);
      learnAtRest(of, 0, block, 0, 2);
    }
    return Math.exp(movedAtRest(of, 0));
  }

  test("is little at first, and much where phones at rest change cells without it", () => {
    const of = table();
    expect(rest(of, 0, () => false)).toBeCloseTo(0.05, 6);
    expect(rest(of, 10, () => false)).toBeLessThan(0.05);
    expect(rest(of, 100, () => false)).toBeCloseTo(0.003, 6);
  });

  test("stays much where that is one in fifty of them, and is as at first where it is one in ten", () => {
    expect(rest(table(), 500, (i) => i % 50 === 25)).toBeLessThan(0.006);
    expect(rest(table(), 500, (i) => i % 10 === 9)).toBeGreaterThan(0.04);
  });

  test("is told by changes alone: of a phone in one cell nothing is learnt", () => {
    const of = table();
    const block = createBlock();
    block.row.fill(HOME);
    for (let i = 0; i < 100; i++) learnAtRest(of, 0, block, 0, 8);
    expect(Math.exp(movedAtRest(of, 0))).toBeCloseTo(0.05, 6);
  });
});
