import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { Line } from "../../src/http/line.js";

test("so many are at work at once, and the others come in their order, also after one that fails", async () => {
  const line = new Line(2);
  const begun: number[] = [];
  let [atWork, most] = [0, 0];
  const work = (number: number) =>
    line.run(async () => {
      begun.push(number);
      most = Math.max(most, ++atWork);
      await pause(number % 3);
      atWork--;
      if (number % 2 === 1) throw new Error(`${number}`);
      return number;
    });
  const all = await Promise.allSettled(Array.from({ length: 12 }, (_, number) => work(number)));
  expect(most).toBe(2);
  expect(begun).toEqual(Array.from({ length: 12 }, (_, number) => number));
  expect(all.filter(({ status }) => status === "rejected")).toHaveLength(6);
  expect(line.isBusy).toBe(false);
  expect(await work(100)).toBe(100);
});

test("it says whether others are at work beside the one that asks", async () => {
  const line = new Line(2);
  expect(await line.run(async () => line.isBusy)).toBe(false);
  const other = line.run(() => pause(20));
  expect(await line.run(async () => line.isBusy)).toBe(true);
  await other;
});
