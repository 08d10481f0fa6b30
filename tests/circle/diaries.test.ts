import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ScratchFile } from "../../src/checkpoint/scratch-file.js";
import { Diaries } from "../../src/circle/diaries.js";
import { type DiaryEntry, DiaryView, STAY } from "../../src/circle/diary.js";
import type { DiaryWords, TakenDiaries } from "../../src/circle/diary-words.js";
import { RUN_SLOTS, runOf } from "../../src/circle/packed-runs.js";
import { UserError } from "../../src/signal/user-error.js";
import { NO_SLOT, slotsBelow } from "../../src/stay/slot-set.js";
import { BEGIN, entries, MINUTE } from "./entries.js";
import { TestDisk } from "./test-disk.js";

/** Three runs, the last one in part. */
const SLOTS = 2 * RUN_SLOTS + 40;
const ALL = slotsBelow(SLOTS);
const DAY_SEC = 86_400;

function startsOf(diaries: Diaries, slot: number, fromSec = 0, toSec = Number.POSITIVE_INFINITY): number[] {
  const view = new DiaryView();
  diaries.read(slot, fromSec, toSec, view);
  return [...view.startSec.subarray(0, view.count)];
}

function stayOf(startSec: number, endSec: number, venue = 1): DiaryEntry {
  const candidates = [{ venue, probability: 1 }];
  return {
    ...{ kind: STAY, startSec, endSec, candidates, x: 100, y: 200, metro: 0, bus: 0 },
    ...{ arrivalErrorSec: 60, departureErrorSec: 60 },
  };
}

/** Diaries that lie on a disk altogether once they are packed. */
function onDisk(disk = new TestDisk(), bytesMax = 0, said: string[] = []) {
  const scratch = new ScratchFile(disk, bytesMax, (message) => said.push(message));
  return { diaries: new Diaries(scratch), scratch, disk, said };
}

test("only what reaches into the asked time is read", () => {
  fc.assert(
    fc.property(entries, fc.nat(28 * 1440), fc.nat(5000), (written, from, minutes) => {
      const diaries = new Diaries();
      for (const one of written) diaries.add(0, one);
      const [fromSec, toSec] = [BEGIN + from * MINUTE, BEGIN + (from + minutes) * MINUTE];
      const expected = written.filter((one) => one.endSec > fromSec && one.startSec < toSec);
      expect(startsOf(diaries, 0, fromSec, toSec)).toEqual(expected.map((one) => one.startSec));
    }),
  );
});

test("packing drops what ended before, and nothing else", () => {
  fc.assert(
    fc.property(entries, fc.nat(28 * 1440), (written, minute) => {
      const diaries = new Diaries();
      for (const one of written) diaries.add(0, one);
      diaries.changed.take(1);
      const fromSec = BEGIN + minute * MINUTE;
      diaries.pack(0, fromSec);
      const kept = written.filter((one) => one.endSec > fromSec);
      expect(startsOf(diaries, 0)).toEqual(kept.map((one) => one.startSec));
      expect(diaries.changed.has(0)).toBe(kept.length < written.length);
    }),
  );
});

const slot = fc.oneof(fc.nat(4), fc.nat(SLOTS - 1));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("add" as const), slot, minutes: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pack" as const), run: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), slot }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("put" as const), slots: fc.uniqueArray(slot, { maxLength: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restore" as const), from: fc.nat(SLOTS - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("move" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("room" as const),
      bytesMax: fc.constantFrom(0, 3000, Number.POSITIVE_INFINITY),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("read" as const), slot }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      slots: fc.oneof(fc.constant([...ALL]), fc.uniqueArray(slot, { minLength: 1, maxLength: 8 })),
      areMost: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("tell" as const), isLost: fc.boolean() }) },
);

interface PlainStay {
  readonly startSec: number;
  readonly endSec: number;
  readonly venue: number;
  readonly x: number;
}

/** Diaries of one moment, and whose they are; who was forgotten since may have none of what lay packed. */
interface Told {
  readonly taken: TakenDiaries;
  readonly slots: Uint32Array;
  readonly expected: readonly (readonly PlainStay[])[];
  readonly forgotten: Set<number>;
}

function expectAsTaken({ taken, slots, expected, forgotten }: Told): void {
  const { packed, recent } = taken.sizes();
  const words = {
    lengths: new Uint32Array(slots.length),
    packed: new Uint32Array(packed),
    recent: new Uint32Array(recent),
  };
  taken.copyTo(words);
  const copy = new Diaries();
  copy.put(slots, words);
  for (const [i, at] of slots.entries()) {
    const all = expected[i] as readonly PlainStay[];
    const those = told(copy, at);
    expect(those).toEqual(forgotten.has(at) ? all.slice(all.length - those.length) : all);
  }
}

/** The plain one: an array of stays for each slot. */
class Oracle {
  readonly of = new Map<number, readonly PlainStay[]>();

  get(slot: number): readonly PlainStay[] {
    return this.of.get(slot) ?? [];
  }
}

function told(diaries: Diaries, slot: number) {
  const view = new DiaryView();
  diaries.read(slot, 0, Number.POSITIVE_INFINITY, view);
  return Array.from({ length: view.count }, (_, i) => ({
    startSec: view.startSec[i],
    endSec: view.endSec[i],
    venue: view.venue[3 * i],
    x: view.x[i],
  }));
}

describe.each([
  ["in memory", Number.POSITIVE_INFINITY],
  ["on the disk", 0],
  ["some here and some there", 2000],
])("diaries %s", (_, bytesMax) => {
  test("are those of arrays, and those taken of them of the moment, whatever is entered, packed, put, cleared and moved, also on a full disk", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const disk = new TestDisk();
        const { diaries, scratch } = onDisk(disk, bytesMax);
        const oracle = new Oracle();
        const outside: Told[] = [];
        const wiped = (at: number) => {
          for (const { forgotten } of outside) forgotten.add(at);
        };
        const forget = (at: number) => {
          oracle.of.delete(at);
          wiped(at);
        };
        let nowSec = BEGIN;
        const map = { venue: Int32Array.of(0, 2, 3, 1), x: { scale: 1, offset: 25 }, y: { scale: 1, offset: 0 } };
        for (const one of steps) {
          if (one.kind === "add") {
            const startSec = nowSec;
            nowSec += one.minutes * MINUTE;
            diaries.add(one.slot, stayOf(startSec, nowSec));
            oracle.of.set(one.slot, [...oracle.get(one.slot), { startSec, endSec: nowSec, venue: 1, x: 100 }]);
          } else if (one.kind === "pack") {
            const fromSec = nowSec - DAY_SEC;
            diaries.pack(one.run, fromSec);
            for (const [at, all] of oracle.of)
              if (runOf(at) === one.run)
                oracle.of.set(
                  at,
                  all.filter(({ endSec }) => endSec > fromSec),
                );
          } else if (one.kind === "clear") {
            diaries.clear(one.slot);
            forget(one.slot);
          } else if (one.kind === "put") {
            // Each gets the diary of the next.
            const slots = Uint32Array.from(one.slots).sort();
            const others = slots.map((at) => (at + 1) % SLOTS);
            const held = [...others].map((at) => oracle.get(at));
            const parts = [...others].map((at) => diaries.snapshot(Uint32Array.of(at)));
            const all = (of: keyof DiaryWords) => Uint32Array.from(parts.flatMap((part) => [...part[of]]));
            diaries.put(slots, { lengths: all("lengths"), packed: all("packed"), recent: all("recent") });
            for (const [i, at] of slots.entries()) {
              forget(at);
              oracle.of.set(at, held[i] ?? []);
            }
          } else if (one.kind === "restore") {
            // One of them is left as it is.
            const words = diaries.snapshot(ALL);
            diaries.clear(one.from);
            diaries.put(
              ALL.map((at) => (at === one.from ? NO_SLOT : at)),
              words,
            );
            forget(one.from);
            // The few of the last run are put one by one.
            for (let at = 2 * RUN_SLOTS; at < SLOTS; at++) wiped(at);
          } else if (one.kind === "move") {
            diaries.move(SLOTS, map);
            for (const [at, all] of oracle.of)
              oracle.of.set(
                at,
                all.map((stay) => ({ ...stay, x: stay.x + 25, venue: map.venue[stay.venue] as number })),
              );
          } else if (one.kind === "take") {
            const slots = Uint32Array.from(one.slots).sort();
            const expected = Array.from(slots, (at) => oracle.get(at));
            outside.push({ taken: diaries.frozen(one.areMost)(slots), slots, expected, forgotten: new Set() });
          } else if (one.kind === "tell") {
            const first = outside.shift();
            if (first !== undefined && !one.isLost) expectAsTaken(first);
            first?.taken.giveBack();
          } else if (one.kind === "room") disk.bytesMax = one.bytesMax;
          else expect(told(diaries, one.slot)).toEqual(oracle.get(one.slot));
        }
        const copy = new Diaries();
        copy.put(ALL, diaries.snapshot(ALL));
        const expected = Array.from(ALL, (at) => oracle.get(at));
        for (const one of [diaries, copy]) expect(Array.from(ALL, (at) => told(one, at))).toEqual(expected);
        // What was taken outlives the diaries, and then all room is free.
        diaries.release();
        for (const one of outside) {
          expectAsTaken(one);
          one.taken.giveBack();
        }
        disk.bytesMax = Number.POSITIVE_INFINITY;
        const firstFree = scratch.heldBytesMax === 0 ? scratch.write(Uint32Array.of(1))?.at : 0;
        expect([scratch.heldBytes, diaries.scratchBytes, firstFree]).toEqual([0, 0, 0]);
      }),
      { numRuns: 20 },
    );
  });
});

test("a slot that nobody names has not changed, and one that is entered, cleared, cut or put has", () => {
  const { diaries } = onDisk();
  for (const at of [0, 1, 2, 3, 300]) diaries.add(at, stayOf(BEGIN, BEGIN + at * MINUTE + MINUTE));
  expect([...diaries.changed.take(SLOTS)]).toEqual([0, 1, 2, 3, 300]);
  for (const run of [0, 1]) diaries.pack(run, 0);
  startsOf(diaries, 1);
  expect([...diaries.changed.take(SLOTS)]).toEqual([]);
  diaries.clear(2);
  diaries.pack(0, BEGIN + MINUTE);
  diaries.put(Uint32Array.of(1), diaries.snapshot(Uint32Array.of(300)));
  expect([...diaries.changed.take(SLOTS)]).toEqual([0, 1, 2]);
});

test("what was packed leaves the memory for the disk, those of neighbours are read together, and many of a run at once", () => {
  const { diaries, scratch, disk } = onDisk();
  for (let day = 0; day < 20; day++) {
    for (let at = 0; at < RUN_SLOTS; at++)
      for (let n = 0; n < 5; n++)
        diaries.add(at, stayOf(BEGIN + day * DAY_SEC + n * 3600, BEGIN + day * DAY_SEC + n * 3600 + 1800));
    diaries.pack(0, BEGIN + (day - 10) * DAY_SEC);
  }
  const bytes = RUN_SLOTS * 5 * 11 * 16;
  expect([diaries.scratchBytes, scratch.heldBytes]).toEqual([bytes, 0]);
  // The run that was read last, and a day of pages.
  expect(diaries.byteLength).toBeLessThan(2.5 * bytes);
  expect(disk.bytes.length).toBeLessThan(2.5 * bytes);
  const readsFor = (slots: Uint32Array) => {
    disk.reads = 0;
    diaries.snapshot(slots);
    return disk.reads;
  };
  expect([readsFor(Uint32Array.of(0, 5, 9)), readsFor(slotsBelow(100)), readsFor(ALL)]).toEqual([3, 1, 1]);
  expect(readsFor(slotsBelow(100).map((at) => 2 * at))).toBe(1);
  diaries.release();
  expect(diaries.scratchBytes).toBe(0);
});

test("a diary is its last 8 kB, the same ones wherever they lie and whenever they were packed", () => {
  const all = [onDisk().diaries, new Diaries(), new Diaries()];
  const first: number[] = [];
  for (let n = 0; n < 1500; n++) {
    const startSec = BEGIN + n * 3600;
    for (const [i, diaries] of all.entries()) {
      diaries.add(7, stayOf(startSec, startSec + 1800));
      if (n % (50 + 37 * i) === 0) diaries.pack(0, 0);
    }
    if (n >= 1500 - 512) first.push(startSec);
  }
  const copy = new Diaries();
  copy.put(ALL, (all[1] as Diaries).snapshot(ALL));
  for (const diaries of [...all, copy]) expect(startsOf(diaries, 7)).toEqual(first);
});

describe("a disk", () => {
  test("that is full loses nothing, is told once, and takes the diaries when it has room", () => {
    const { diaries, scratch, disk, said } = onDisk();
    disk.bytesMax = 100;
    const day = (n: number) => {
      for (const at of [1, 2, 300]) diaries.add(at, stayOf(BEGIN + n * DAY_SEC, BEGIN + n * DAY_SEC + 3600));
      for (const run of [0, 1]) diaries.pack(run, 0);
    };
    for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) day(n);
    expect(said).toEqual([
      expect.stringMatching(/^diaries cannot be written to a disk of the test \(ENOSPC.*see that the disk has room/),
    ]);
    expect(scratch.heldBytes).toBeGreaterThan(0);
    for (const at of [1, 2, 300]) expect(startsOf(diaries, at)).toHaveLength(10);
    disk.bytesMax = Number.POSITIVE_INFINITY;
    day(10);
    expect([scratch.heldBytes, diaries.scratchBytes]).toEqual([0, 3 * 11 * 16]);
    for (const at of [1, 2, 300]) expect(startsOf(diaries, at)).toHaveLength(11);
    disk.bytesMax = 0;
    for (let n = 11; n < 30; n++) day(n);
    expect(said).toHaveLength(2);
  });

  test("that cannot be read ends the work with the place and the mend; nobody goes on with half a diary", () => {
    const { diaries, disk } = onDisk();
    diaries.add(1, stayOf(BEGIN, BEGIN + 3600));
    diaries.pack(0, 0);
    disk.isBroken = true;
    const isTold = /read back from a disk of the test: EIO(.|\n)*mend: see to that disk/;
    expect(() => startsOf(diaries, 1)).toThrow(isTold);
    expect(() => startsOf(diaries, 1)).toThrow(UserError);
    expect(() => diaries.pack(0, 0)).toThrow(isTold);
    expect(() => diaries.clear(1)).toThrow(/cannot be removed(.|\n)*mend: /);
    disk.isBroken = false;
    expect(startsOf(diaries, 1)).toEqual([BEGIN]);
  });

  test("holds nothing of whoever was forgotten, from that moment on", () => {
    const { diaries, disk } = onDisk();
    for (const at of [1, 2]) diaries.add(at, stayOf(BEGIN, BEGIN + 3600, 1000 + at));
    diaries.pack(0, 0);
    const words = () => new Uint32Array(disk.bytes.slice().buffer);
    const mark = (1001 << 8) | 255;
    expect(words()).toContain(mark);
    diaries.clear(1);
    expect(words()).not.toContain(mark);
    expect(words()).toContain((1002 << 8) | 255);
    expect([startsOf(diaries, 1), startsOf(diaries, 2)]).toEqual([[], [BEGIN]]);
    diaries.add(1, stayOf(BEGIN + 7200, BEGIN + 9000));
    expect(startsOf(diaries, 1)).toEqual([BEGIN + 7200]);
  });
});

test("a file holds nothing of whoever was forgotten where its run lay on earlier days either", () => {
  const { diaries, scratch, disk } = onDisk();
  const marks = () => {
    const words = new Uint32Array(disk.bytes.slice().buffer);
    return [1001, 1002].map((venue) => words.filter((word) => word === ((venue << 8) | 255)).length);
  };
  // The run becomes longer, moves behind the one after it, and then so short that it leaves the end of the file.
  for (const day of [0, 1, 2, 3]) {
    for (const at of [1, 2, 300])
      diaries.add(at, stayOf(BEGIN + day * DAY_SEC, BEGIN + day * DAY_SEC + 3600, 1000 + at));
    for (const run of [0, 1]) diaries.pack(run, day === 3 ? BEGIN + 3 * DAY_SEC : 0);
  }
  expect(marks()[0]).toBeGreaterThan(startsOf(diaries, 1).length);
  const bytes = disk.bytes.length;
  diaries.clear(1);
  scratch.wipeFreed();
  expect(marks()).toEqual([0, 1]);
  for (const at of [2, 300]) expect(startsOf(diaries, at)).toEqual([BEGIN + 3 * DAY_SEC]);
  expect(disk.bytes.length).toBe(bytes);
});
