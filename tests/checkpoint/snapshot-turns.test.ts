import { beforeAll, expect, test } from "vitest";
import { SnapshotTurns } from "../../src/checkpoint/snapshot-turns.js";
import { Partition } from "../../src/partition.js";
import { OPTIONS, smallCity } from "../derivation.js";

let partitions: Partition[];
beforeAll(() => {
  const city = smallCity();
  partitions = [0, 1, 2, 3].map((number) => new Partition(number, city, OPTIONS));
});

const numbers = (due: readonly Partition[]) => due.map(({ number }) => number);

test("four partitions are taken one after another in the time after which each is due, those made up for together that were missed", () => {
  const turns = new SnapshotTurns(60, 0);
  const due = (ms: number) => numbers(turns.due(partitions, ms));
  expect([14, 15, 29, 30, 45, 60, 75].map(due)).toEqual([[], [0], [], [1], [2], [3], [0]]);
  expect(due(106)).toEqual([1, 2]);
  expect(due(120)).toEqual([]);
  expect(due(121)).toEqual([3]);
  expect(due(1000)).toEqual([0, 1, 2, 3]);
  expect(due(1015)).toEqual([0]);
});

test("who wants all gets them with the next turn, and who is in a hurry at once; then they go on in turn", () => {
  const turns = new SnapshotTurns(60, 0);
  const due = (ms: number) => numbers(turns.due(partitions, ms));
  turns.wantAll();
  expect([10, 15, 30].map(due)).toEqual([[], [0, 1, 2, 3], [0]]);
  turns.hurry();
  expect([31, 32, 46].map(due)).toEqual([[0, 1, 2, 3], [], [0]]);
});

test("with no time between two snapshots all are taken each time, without end between none is but in a hurry", () => {
  const always = new SnapshotTurns(0, 5);
  expect(numbers(always.due(partitions, 5))).toEqual([0, 1, 2, 3]);
  const never = new SnapshotTurns(Number.POSITIVE_INFINITY, 0);
  expect(never.due(partitions, 1e12)).toEqual([]);
  never.hurry();
  expect(numbers(never.due(partitions, 1e12))).toEqual([0, 1, 2, 3]);
});
