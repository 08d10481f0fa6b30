import { expect, test } from "vitest";
import { ScratchFile } from "../../src/checkpoint/scratch-file.js";
import { Diaries } from "../../src/circle/diaries.js";
import { type DiaryEntry, DiaryView, STAY } from "../../src/circle/diary.js";
import { slotsBelow } from "../../src/stay/slot-set.js";
import { BEGIN } from "./entries.js";
import { TestDisk } from "./test-disk.js";

function startsOf(diaries: Diaries, slot: number): number[] {
  const view = new DiaryView();
  diaries.read(slot, 0, Number.POSITIVE_INFINITY, view);
  return [...view.startSec.subarray(0, view.count)];
}

function stayOf(startSec: number, endSec: number, venue: number): DiaryEntry {
  return {
    ...{ kind: STAY, startSec, endSec, candidates: [{ venue, probability: 1 }], x: 100, y: 200, metro: 0, bus: 0 },
    ...{ arrivalErrorSec: 60, departureErrorSec: 60 },
  };
}

test("a run that was taken keeps its place in the file until the words are told, and nothing of whoever was forgotten lies there then", () => {
  const disk = new TestDisk();
  const scratch = new ScratchFile(disk, 0, () => undefined);
  const diaries = new Diaries(scratch);
  for (const at of [1, 2]) diaries.add(at, stayOf(BEGIN, BEGIN + 3600, 1000 + at));
  diaries.pack(0, 0);
  const taken = diaries.frozen(false)(Uint32Array.of(1, 2));
  for (const at of [1, 2]) diaries.add(at, stayOf(BEGIN + 7200, BEGIN + 9000, 1000 + at));
  diaries.pack(0, 0);
  diaries.clear(1);
  scratch.wipeFreed();
  const { packed, recent } = taken.sizes();
  const words = { lengths: new Uint32Array(2), packed: new Uint32Array(packed), recent: new Uint32Array(recent) };
  taken.copyTo(words);
  const copy = new Diaries();
  copy.put(Uint32Array.of(1, 2), words);
  expect([startsOf(copy, 1), startsOf(copy, 2), startsOf(diaries, 2)]).toEqual([
    [BEGIN],
    [BEGIN],
    [BEGIN, BEGIN + 7200],
  ]);
  taken.giveBack();
  expect(new Uint32Array(disk.bytes.slice().buffer)).not.toContain((1001 << 8) | 255);
  expect(scratch.write(Uint32Array.of(1))?.at).toBe(0);
});

test("words that are no diaries are refused", () => {
  const diaries = new Diaries();
  const put = (lengths: number[], packed: number, recent: Uint32Array) =>
    diaries.put(slotsBelow(lengths.length), {
      lengths: Uint32Array.from(lengths),
      packed: new Uint32Array(packed).fill(1),
      recent,
    });
  expect(() => put([0], 0, Uint32Array.of(5, 1))).toThrow(/end within list 0/);
  expect(() => put([2, 3], 4, Uint32Array.of(0, 0))).toThrow(/diaries: 4 words, not 5/);
  expect(() => put([2049], 2049, Uint32Array.of(0))).toThrow(/diary 0 has 2049 words and 0/);
  const long = new Uint32Array(2057).fill(1);
  long[0] = 2056;
  expect(() => put([0], 0, long)).toThrow(/diary 0 has 0 words and 2056/);
});
