import { beforeEach, describe, expect, test } from "vitest";
import { addCell } from "../../src/stay/cell-list.js";
import { footprintOf, placePosition, takeSeat } from "../../src/stay/place.js";
import {
  LINE_DAY_16,
  PLACE_ACTIVE_8,
  PLACE_CELL,
  PLACE_CELLS,
  PLACE_NIGHT_MINUTES_16,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACES,
  packCell,
  STANDING_DAY,
  STANDING_HOME,
  STANDING_PLACE_8,
} from "../../src/stay/record.js";
import type { Stays } from "../../src/stay/stays.js";
import { CITY, HOME, HOME_TOO, placeCells, STREET, tracking, VILLAGE } from "./tracking.js";

const { x, y, sigma } = CITY.cells;

function cellsOf(...cells: readonly (readonly [row: number, weight: number])[]): Uint32Array {
  const words = new Uint32Array(PLACE_CELLS);
  for (const [row, weight] of cells) addCell(words, 0, PLACE_CELLS, row, weight);
  return words;
}

describe("where a place is", () => {
  const at = (...cells: readonly (readonly [row: number, weight: number])[]) =>
    footprintOf(CITY.cells, cellsOf(...cells), 0, PLACE_CELLS);

  test("is the footprint of its cell when there is one", () => {
    expect(at([HOME, 3])).toEqual({ x: x[HOME], y: y[HOME], sigma: sigma[HOME] });
  });

  test("is between its cells, nearer to the one heard more", () => {
    const north = at([HOME, 1], [HOME_TOO, 3]).y;
    const south = at([HOME, 3], [HOME_TOO, 1]).y;
    expect(south).toBeGreaterThan(y[HOME] as number);
    expect(north).toBeGreaterThan(south);
    expect(y[HOME_TOO]).toBeGreaterThan(north);
  });

  test("is not moved by a cell that was heard once in a while, or that lies in another part of the city", () => {
    const alone = at([HOME, 20], [HOME_TOO, 10]);
    expect(at([HOME, 20], [HOME_TOO, 10], [1, 1])).toEqual(alone);
    expect(at([HOME, 20], [HOME_TOO, 10], [VILLAGE, 15])).toEqual(alone);
  });
});

describe("a seat for a new place", () => {
  let stays: Stays;
  const reference = (standing: number) => (stays.table.restWord(0) + standing) * 4 + STANDING_PLACE_8;
  const seat = (ahead = 0, row = VILLAGE) => takeSeat(stays, 0, ahead, x[row] as number, y[row] as number);

  /** Every seat taken: place p in cell p of the street, lived in for 100 (p + 1) minutes. */
  beforeEach(() => {
    stays = tracking().stays;
    const { table } = stays;
    table.lineHalves[LINE_DAY_16] = 20_000;
    for (let place = 0; place < PLACES; place++) {
      const at = table.ownPlace(0, place);
      const { halves, words } = table;
      words[at + PLACE_CELL] = packCell(STREET[place] as number, 5);
      halves[at * 2 + PLACE_SEEN_DAY_16] = 19_000;
      halves[at * 2 + PLACE_NIGHT_MINUTES_16] = 100 * (place + 1);
    }
  });

  test("is a free one where there is one, and is known from that day on", () => {
    const { halves } = stays.table;
    stays.table.givePlace(0, 3);
    expect(seat()).toBe(3);
    expect(halves[stays.table.placeWord(0, 3) * 2 + PLACE_SINCE_DAY_16]).toBe(20_000);
    expect(halves[stays.table.placeWord(0, 3) * 2 + PLACE_SEEN_DAY_16]).toBe(20_000);
  });

  test("is that of the place least lived in, of which nothing is left", () => {
    expect(seat()).toBe(0);
    expect(placeCells({ stays, told: [] })).toEqual([-1, 1, 2, 3, 4]);
    expect(stays.table.halves[stays.table.placeWord(0, 0) * 2 + PLACE_NIGHT_MINUTES_16]).toBe(0);
  });

  test("is not that of a place that home, day or active circles refer to, while there are others", () => {
    const { bytes } = stays.table;
    bytes[reference(STANDING_HOME)] = 1;
    bytes[reference(STANDING_DAY)] = 2;
    bytes[stays.table.placeWord(0, 2) * 4 + PLACE_ACTIVE_8] = 1;
    expect(seat()).toBe(3);
  });

  test("is that of the least lived in when circles refer to all, which then refer to none", () => {
    const { bytes } = stays.table;
    for (let place = 0; place < PLACES; place++) bytes[stays.table.placeWord(0, place) * 4 + PLACE_ACTIVE_8] = 1;
    bytes[reference(STANDING_HOME)] = 1;
    expect(seat()).toBe(0);
    expect(bytes[reference(STANDING_HOME)]).toBe(0);
  });

  test("is none of those that are still ahead; where all are, the nearest place is taken for it", () => {
    expect(seat(0b00011)).toBe(2);
    expect(seat(2 ** PLACES - 1, 10)).toBe(4);
    expect(placePosition(stays, 0, 4).x).toBeCloseTo(x[4] as number, 0);
  });
});
