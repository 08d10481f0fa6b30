import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { closeWindow, hear, Presence, type Standing } from "../../src/circle/presence.js";
import { toLat, toLon } from "../../src/geo/city.js";
import { h3Of } from "../../src/geo/h3.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { type PresenceRow, PresenceRows } from "../../src/rows.js";
import { EventBuffer } from "../../src/time/event-buffer.js";
import { OPTIONS, smallCity } from "../derivation.js";
import { loadSound } from "../geo/city-files.js";
import { released } from "../time/released.js";

let city: LoadedCity;
beforeAll(() => {
  city = smallCity();
});

/** A full hour. */
const START_MINUTE = 29_457_840;
const NAMES = ["film", "shopping", "visitor"];

/** Everybody in the circles that a function names. */
const standingIn = (names: readonly string[], circlesOf: (person: number) => readonly number[]): Standing => ({
  names,
  circlesOf: (person, into) => {
    into.set(circlesOf(person));
    return circlesOf(person).length;
  },
});

const NOBODY_IN_ANY = standingIn([], () => []);

interface Heard {
  readonly person: number;
  readonly minute: number;
  readonly ms: number;
  readonly cell: number;
}

const at = (minute: number, person: number, cell: number, ms = 0): Heard => ({
  person,
  minute: START_MINUTE + minute,
  ms,
  cell,
});

const standingOf = (circles: readonly (readonly number[])[]): Standing =>
  standingIn(NAMES, (person) => circles[person] ?? []);

/** Rows of all windows, as the pipeline takes them: minute by minute, each window closed once it is over. */
function derive(
  events: readonly Heard[],
  standing = NOBODY_IN_ANY,
  options = OPTIONS.presence,
  where = city,
): PresenceRow[] {
  const presence = new Presence(where, options);
  const rows = new PresenceRows();
  const goTo = (minute: number) => {
    const windowMinute = presence.advance(minute);
    if (windowMinute !== -1) closeWindow(presence, { partition: 3, windowMinute, standing }, rows);
  };
  const buffer = new EventBuffer();
  for (const { minute, ms, person, cell } of events) buffer.add(minute * 60_000 + ms, person, cell, 9, 0);
  for (const bucket of released(buffer, Number.POSITIVE_INFINITY)) {
    goTo(bucket.minute);
    hear(presence, bucket);
  }
  goTo(presence.windowMinute + options.windowMinutes);
  return [...rows];
}

function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Minutes of different cells cancel each other as they come; what is left over is elected, else the first of the last that cancelled. */
function elected(votes: readonly number[]): number {
  let ahead: number[] = [];
  let cell = -1;
  for (const vote of votes) {
    if (ahead.length === 0) cell = vote;
    ahead = ahead.every((other) => other === vote) ? [...ahead, vote] : ahead.slice(1);
  }
  return cell;
}

/** The same by sets of people. */
function oracle(events: readonly Heard[], circles: readonly (readonly number[])[], windowMinutes: number) {
  const byWindow = groupBy(events, ({ minute }) => Math.floor(minute / windowMinutes) * windowMinutes);
  const people = new Map<string, Set<number>>();
  for (const [window, heard] of byWindow) {
    for (const [person, own] of groupBy(heard, (event) => event.person)) {
      const sorted = own.toSorted((a, b) => a.minute - b.minute || a.ms - b.ms || a.cell - b.cell);
      const cell = elected([...new Map(sorted.map((event) => [event.minute, event.cell])).values()]);
      for (const circle of ["", ...(circles[person] ?? []).map((number) => NAMES[number])]) {
        const key = [window * 60_000, ...spotOf(cell), circle].join(" ");
        people.set(key, (people.get(key) ?? new Set()).add(person));
      }
    }
  }
  return [...people].map(([key, { size }]) => `${key} ${size}`).sort();
}

function spotOf(cell: number): readonly (string | number)[] {
  const { cells, plane, regions } = city;
  const { h3Hi, h3Lo } = h3Of(
    toLon(plane, cells.x[cell] as number),
    toLat(plane, cells.y[cell] as number),
    OPTIONS.presence.h3Resolution,
  );
  return [h3Hi, h3Lo, regions.id[cells.region[cell] as number] ?? ""];
}

const text = ({ slotMs, h3Hi, h3Lo, region, circle, subscribers }: PresenceRow) =>
  [slotMs, h3Hi, h3Lo, region, circle, subscribers].join(" ");

const someEvents = fc.array(
  fc.record({
    person: fc.nat({ max: 400 }).map((n) => (n > 9 ? n % 7 : n * 40)),
    minute: fc.nat({ max: 130 }).map((minute) => START_MINUTE + minute),
    ms: fc.constantFrom(0, 1, 59_999),
    cell: fc.nat({ max: 5 }).map((cell) => cell * 7),
  }),
  { maxLength: 200 },
);
const someCircles = fc.array(fc.subarray([0, 1, 2]), { maxLength: 7 });

test("the rows are those of sets of people, for any events, windows and circles", () => {
  fc.assert(
    fc.property(someEvents, someCircles, fc.constantFrom(1, 5, 15, 60), (events, circles, windowMinutes) => {
      const rows = derive(events, standingOf(circles), { ...OPTIONS.presence, windowMinutes, circlePeopleMin: 1 });
      expect(rows.map(text).sort()).toEqual(oracle(events, circles, windowMinutes));
    }),
  );
});

test("too few members are told with those of the region, and of the city, so that a circle adds up whatever the least number is", () => {
  const window = fc.array(fc.record({ person: fc.nat({ max: 60 }), cell: fc.nat({ max: 5 }).map((cell) => cell * 7) }));
  fc.assert(
    fc.property(window, fc.integer({ min: 2, max: 6 }), (heard, circlePeopleMin) => {
      const events = heard.map(({ person, cell }) => at(0, person, cell));
      const inSome = standingIn(NAMES, (person) => [0, 1, 2].filter((circle) => person % (circle + 1) === 0));
      const all = derive(events, inSome, { ...OPTIONS.presence, circlePeopleMin: 1 });
      const told = derive(events, inSome, { ...OPTIONS.presence, circlePeopleMin });
      const keyOf = ({ h3Hi, h3Lo, region, circle }: PresenceRow) => [h3Hi, h3Lo, region, circle].join(" ");
      const expected = new Map<string, number>();
      let rows = all.map((row) => ({ ...row }));
      for (const coarser of [{ h3Hi: 0, h3Lo: 0 }, { h3Hi: 0, h3Lo: 0, region: "" }, null]) {
        const sums = new Map(
          [...groupBy(rows, keyOf)].map(([key, of]) => [key, of.reduce((n, row) => n + row.subscribers, 0)]),
        );
        const next: PresenceRow[] = [];
        for (const row of rows) {
          const sum = sums.get(keyOf(row)) as number;
          if (row.circle === "" || coarser === null || sum >= circlePeopleMin) expected.set(keyOf(row), sum);
          else next.push({ ...row, ...coarser });
        }
        rows = next;
      }
      expect(told.map((row) => `${keyOf(row)} ${row.subscribers}`).sort()).toEqual(
        [...expected].map(([key, sum]) => `${key} ${sum}`).sort(),
      );
    }),
  );
});

test("all rows of a window add up to the people heard in it, and those of a region to the people of the region", () => {
  fc.assert(
    fc.property(someEvents, (events) => {
      const rows = groupBy(derive(events), ({ slotMs }) => slotMs);
      const heard = groupBy(events, ({ minute }) => Math.floor(minute / 15) * 900_000);
      expect([...rows.keys()].sort()).toEqual([...heard.keys()].sort());
      for (const [slotMs, of] of heard) {
        const sum = (rows.get(slotMs) ?? []).reduce((all, { subscribers }) => all + subscribers, 0);
        expect(sum).toBe(new Set(of.map(({ person }) => person)).size);
      }
    }),
  );
});

test("a person is counted at the cell with more than half of the minutes, in whatever order they come", () => {
  const minutes = fc
    .array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 15 })
    .chain((cells) => fc.shuffledSubarray([...cells, ...cells.map(() => 35)].slice(0, 15), { minLength: 1 }));
  fc.assert(
    fc.property(minutes, (cells) => {
      const most = [...groupBy(cells, (cell) => cell)].find(([, votes]) => votes.length * 2 > cells.length);
      fc.pre(most !== undefined);
      const [row, ...others] = derive(cells.map((cell, minute) => at(minute, 0, cell)));
      expect(others).toEqual([]);
      expect([row?.h3Hi, row?.h3Lo, row?.region]).toEqual(spotOf(most[0]));
    }),
  );
});

test("a burst in one minute weighs no more than one event in another", () => {
  const burst = Array.from({ length: 50 }, (_, ms) => at(0, 0, 0, ms));
  const [row] = derive([...burst, at(3, 0, 35), at(9, 0, 35)]);
  expect([row?.h3Hi, row?.h3Lo, row?.region]).toEqual(spotOf(35));
});

test("who is silent in a window is not counted in it, and who was heard in the one before does not linger", () => {
  const rows = derive([at(0, 0, 0), at(1, 1, 0), at(20, 1, 0), at(95, 0, 0)]);
  expect([...rows].map(({ slotMs, subscribers }) => [slotMs / 60_000 - START_MINUTE, subscribers])).toEqual([
    [0, 2],
    [15, 1],
    [90, 1],
  ]);
});

test("a window that was told stays as it was told: what comes for it afterwards counts nowhere", () => {
  const presence = new Presence(city, OPTIONS.presence);
  const rows = new PresenceRows();
  const minuteOf = (minute: number, person: number) => {
    const buffer = new EventBuffer();
    buffer.add((START_MINUTE + minute) * 60_000, person, 0, 9, 0);
    for (const bucket of released(buffer, Number.POSITIVE_INFINITY)) hear(presence, bucket);
  };
  presence.advance(START_MINUTE);
  minuteOf(0, 0);
  const told = { partition: 0, windowMinute: presence.advance(START_MINUTE + 15), standing: NOBODY_IN_ANY };
  closeWindow(presence, told, rows);
  minuteOf(14, 1);
  expect(presence.advance(START_MINUTE + 2)).toBe(-1);
  minuteOf(15, 2);
  closeWindow(presence, { ...told, windowMinute: presence.advance(START_MINUTE + 30) }, rows);
  expect([...rows].map(({ slotMs, subscribers }) => [slotMs / 60_000 - START_MINUTE, subscribers])).toEqual([
    [0, 1],
    [15, 1],
  ]);
});

test("circles are counted only where it is asked for, and a circle without anybody there has no row", () => {
  const standing = standingOf([[0, 2], [2]]);
  const events = [at(0, 0, 0), at(1, 1, 0), at(2, 2, 35)];
  const rows = derive(events, standing, { ...OPTIONS.presence, circlePeopleMin: 1 });
  expect(rows.map(({ region, circle, subscribers }) => `${region} ${circle} ${subscribers}`)).toEqual([
    "W  2",
    "E  1",
    "W film 1",
    "W visitor 2",
  ]);
  const without = derive(events, standing, { ...OPTIONS.presence, circles: false });
  expect(without).toEqual(rows.filter(({ circle }) => circle === ""));
  expect(new Set(rows.map(({ partition }) => partition))).toEqual(new Set([3]));
});

test("cells of two regions are two rows where one H3 cell holds them, cells of one region are one", () => {
  const sound = loadSound();
  const events = Array.from({ length: sound.cells.count }, (_, cell) => at(0, cell, cell));
  const rows = derive(events, NOBODY_IN_ANY, { ...OPTIONS.presence, h3Resolution: 5 }, sound);
  expect(rows.map(({ region, subscribers }) => [region, subscribers])).toEqual([
    ["H1", 3],
    ["H2", 3],
  ]);
  expect(new Set(rows.map(({ h3Lo }) => h3Lo)).size).toBe(1);
});
