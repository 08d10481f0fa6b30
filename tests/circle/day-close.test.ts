import { expect, test } from "vitest";
import { anchorsAfter, DAY_MS, dayOf, days } from "../anchor/lives.js";

/** Nights at one place, days at another. */
const livingAt = (home: number, work: number) => (day: number) =>
  dayOf(day, [0, 8, home], [9, 17, work], [18, 24, home]);

test("an anchor that goes on is told every third day, with its days and share of that day", async () => {
  const { all } = await anchorsAfter(days(0, 14, livingAt(0, 1)));
  const homes = all.filter(({ kind, rank }) => kind === "home" && rank === 1);
  const steps = homes.slice(1).map((row, i) => ((row.versionMs - (homes[i]?.versionMs ?? 0)) / DAY_MS).toFixed(1));
  // The first is told when it is found, the last close is that of the stream's end.
  expect(steps.slice(1, -1)).toEqual(new Array(steps.length - 2).fill("3.0"));
  expect(homes.map((row) => row.days)).toEqual(homes.map((row) => row.days).toSorted((a, b) => a - b));
  expect(new Set(homes.map((row) => row.days)).size).toBe(homes.length);
});

test("an anchor at another place is told on the day on which it is found there", async () => {
  const before = days(0, 14, livingAt(0, 1));
  const found: number[] = [];
  for (let day = 15; day < 24; day++) {
    const { told } = await anchorsAfter([...before, ...days(14, day, livingAt(2, 1))]);
    if (told.some((text) => text.startsWith("home 1 at 2"))) found.push(day);
  }
  expect(found.length).toBeGreaterThan(2);
  // Once it is found there it stays: no day of the turns shows the old place again.
  expect(found).toEqual(Array.from({ length: found.length }, (_, i) => 24 - found.length + i));
});
