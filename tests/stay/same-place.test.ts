import { beforeEach, describe, expect, test } from "vitest";
import {
  OPEN,
  OPEN_PLACE_8,
  PLACE_ACTIVE_8,
  PLACE_CELL,
  PLACE_NIGHT_MINUTES_16,
  PLACE_NIGHTS,
  PLACE_SEEN_DAY_16,
  PLACE_SINCE_DAY_16,
  PLACE_TOLD_CELL,
  PLACE_TOLD_REGION,
  PLACE_VISITS_16,
  packCell,
} from "../../src/stay/record.js";
import { unitePlaces } from "../../src/stay/same-place.js";
import type { Stays } from "../../src/stay/stays.js";
import { HOME, HOME_TOO, placeCells, tracking, WORK } from "./tracking.js";

let stays: Stays;
const word = (place: number, at: number) => stays.table.words[stays.table.placeWord(0, place) + at] as number;
const half = (place: number, at: number) => stays.table.halves[stays.table.placeWord(0, place) * 2 + at] as number;

function make(place: number, cells: readonly number[], nightMinutes: number, seenDay: number): void {
  const at = stays.table.ownPlace(0, place);
  const { words, halves } = stays.table;
  for (const [i, row] of cells.entries()) words[at + PLACE_CELL + i] = packCell(row, 6 - 2 * i);
  words[at + PLACE_NIGHTS] = 1 << place;
  halves[at * 2 + PLACE_NIGHT_MINUTES_16] = nightMinutes;
  halves[at * 2 + PLACE_VISITS_16] = 256;
  halves[at * 2 + PLACE_SEEN_DAY_16] = seenDay;
  halves[at * 2 + PLACE_SINCE_DAY_16] = seenDay - 10 * (place + 1);
}

const left = () => placeCells({ stays, told: [] });

beforeEach(() => {
  ({ stays } = tracking());
  make(0, [HOME, HOME_TOO], 600, 100);
  make(1, [WORK], 100, 105);
  make(2, [HOME, HOME_TOO], 200, 110);
});

test("places close together with the same cells become one, with what was known of both", () => {
  unitePlaces(stays, 0);
  expect(left()).toEqual([HOME, WORK, -1, -1, -1]);
  expect(word(0, PLACE_NIGHTS)).toBe(0b101);
  expect(half(0, PLACE_NIGHT_MINUTES_16)).toBe(800);
  expect(half(0, PLACE_VISITS_16)).toBe(512);
  expect([half(0, PLACE_SINCE_DAY_16), half(0, PLACE_SEEN_DAY_16)]).toEqual([80, 110]);
});

test("places that are far apart, or have other cells, stay two", () => {
  make(2, [WORK], 50, 110);
  stays.table.words[stays.table.placeWord(0, 2) + PLACE_CELL] = packCell(9, 6);
  unitePlaces(stays, 0);
  expect(left()).toEqual([HOME, WORK, 9, -1, -1]);
});

test("a place that somebody is at stays where it is", () => {
  stays.table.bytes[(stays.table.restWord(0) + OPEN) * 4 + OPEN_PLACE_8] = 3;
  unitePlaces(stays, 0);
  expect(left()).toEqual([HOME, WORK, HOME, -1, -1]);
});

describe("active circles", () => {
  function hold(place: number, levels: number, region: number): void {
    stays.table.bytes[stays.table.placeWord(0, place) * 4 + PLACE_ACTIVE_8] = levels;
    stays.table.words[stays.table.placeWord(0, place) + PLACE_TOLD_REGION] = region;
    stays.table.words[stays.table.placeWord(0, place) + PLACE_TOLD_CELL] = HOME + 1;
  }
  const active = (place: number) => stays.table.bytes[stays.table.placeWord(0, place) * 4 + PLACE_ACTIVE_8];

  test("go along with their place", () => {
    hold(2, 0b10, 7);
    unitePlaces(stays, 0);
    expect([active(0), word(0, PLACE_TOLD_REGION), left()[2]]).toEqual([0b10, 7, -1]);
  });

  test("of both places are joined where they were told alike, and keep the places apart where they were not", () => {
    hold(0, 0b01, 7);
    hold(2, 0b10, 8);
    unitePlaces(stays, 0);
    expect(left()).toEqual([HOME, WORK, HOME, -1, -1]);
    hold(2, 0b10, 7);
    unitePlaces(stays, 0);
    expect([active(0), left()[2]]).toEqual([0b11, -1]);
  });
});
