import { beforeEach, describe, expect, test } from "vitest";
import { createBlock, readBlock } from "../../src/stay/block.js";
import { NewPlaces } from "../../src/stay/new-places.js";
import { takeEvent } from "../../src/stay/observations.js";
import { putRecords, snapshotRecords } from "../../src/stay/record-words.js";
import { StayModel } from "../../src/stay/stay-model.js";
import { DATA, heard, SUBSCRIBER, tracking } from "./tracking.js";

const { stays } = tracking();
const blank = snapshotRecords(stays.table, SUBSCRIBER);
beforeEach(() => putRecords(stays.table, SUBSCRIBER, blank));

const block = createBlock();

/** What is known of new places when all but the last of these have been heard, each begun with this score; and how to hear the last. */
function hearing(cells: readonly number[], begun = -5) {
  for (const { sec, row } of heard(8, 8 + (cells.length - 1) / 3, cells, 20)) takeEvent(stays, 0, sec, row, DATA);
  readBlock(stays, 0, block, false);
  const model = new StayModel();
  model.read(stays, 0, block);
  const places = new NewPlaces();
  places.clear();
  const hear = (i: number, score: number) => {
    if (i > 0) model.take(i);
    places.hear(model, block, i, score);
  };
  for (let i = 0; i + 1 < block.count; i++) hear(i, begun);
  return { places, hearLast: (score: number) => hear(block.count - 1, score) };
}

/** The stay begun with the first observation, as a score. */
function first({ places }: ReturnType<typeof hearing>): number {
  return places.scale + Math.log(places.likelihood[0] as number);
}

describe("a new place", () => {
  test("serves a cell the likelier, the more of what was heard there was of it", () => {
    const [all, half, none] = [
      [5, 5],
      [13, 5],
      [13, 13],
    ].map((cells) => {
      putRecords(stays.table, SUBSCRIBER, blank);
      const one = hearing([...cells, 5]);
      const before = first(one);
      one.hearLast(-1000);
      return first(one) - before;
    }) as [number, number, number];
    expect(all).toBeGreaterThan(half);
    expect(half).toBeGreaterThan(none);
  });

  test("that begins far better than all before is the best, and those before keep their distance", () => {
    const one = hearing([5, 5, 5], -300);
    const before = one.places.best;
    one.hearLast(-1);
    expect(one.places.bestAt).toBe(2);
    expect(one.places.best).toBeCloseTo(-1, 9);
    expect(before).toBeLessThan(-299);
  });

  test("that begins far worse than those before does not become the best", () => {
    const one = hearing([5, 5, 5]);
    one.hearLast(-2000);
    expect(one.places.bestAt).toBeLessThan(2);
    expect(one.places.best).toBeGreaterThan(-20);
  });
});
