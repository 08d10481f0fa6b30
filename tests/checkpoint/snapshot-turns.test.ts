import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { blocksOf } from "../../src/checkpoint/blocks.js";
import { type Checkpoints, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { SnapshotTurns } from "../../src/checkpoint/snapshot-turns.js";
import { Engine, type EngineParts, SYSTEM_CLOCK } from "../../src/engine.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { Partition } from "../../src/partition.js";
import type { Delivery } from "../../src/source/source.js";
import { deliveriesOf, listSource, OPTIONS, smallCity, temporary } from "../derivation.js";
import { smallSignalling } from "../smoke/small-city.js";

const PEOPLE = 24;
let city: LoadedCity;
let deliveries: Delivery[];
let partitions: Partition[];
beforeAll(async () => {
  city = smallCity();
  deliveries = await deliveriesOf(smallSignalling(PEOPLE, 4));
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

/** An engine whose rows are forgotten, and that saves each partition every so often. */
function engineOf(parts: Pick<EngineParts, "source" | "checkpoints" | "clock">, checkpointMs: number): Engine {
  return new Engine({
    city,
    options: OPTIONS,
    writer: { write: async () => undefined },
    metrics: createMetrics(),
    limits: { flushRowsMax: 1, flushMsMax: 0, checkpointMs },
    warn: () => undefined,
    ...parts,
  });
}

/** A delivery takes a millisecond of the engine's clock, and so long that a snapshot is saved before the next is due. */
function slowStream() {
  let ms = 0;
  const source = listSource(deliveries, () => {
    ms++;
    return pause(2);
  });
  return { source, clock: { ...SYSTEM_CLOCK, now: () => ms } };
}

const folderOf = async () => openCheckpoints(await openCheckpointFolder(temporary("checkpoints")), () => undefined);

test("partitions are saved one after another, each before what it says is acknowledged, and all at the end", async () => {
  const folder = await folderOf();
  const taken: number[][] = [];
  const checkpoints: Checkpoints = {
    ...folder,
    save(snapshot) {
      taken.push(snapshot.partitions.map(({ number }) => number));
      return folder.save(snapshot);
    },
  };
  const { source, clock } = slowStream();
  await engineOf({ source, checkpoints, clock }, 60).run();
  expect(taken.length).toBeGreaterThan(2);
  expect(taken[0]).toEqual([0]);
  expect(taken[1]?.[0]).toBe(1);
  expect(taken.at(-1)).toEqual([0, 1]);
  expect(source.acknowledged.map((positions) => [...positions.keys()])).toEqual(taken);
});

test("when a file of the checkpoints is torn, the next one holds everybody of all partitions, and then they go on in turn", async () => {
  const folder = await folderOf();
  const taken: [partitions: number, isWhole: boolean, people: number][] = [];
  let isTorn = false;
  const checkpoints: Checkpoints = {
    ...folder,
    get isTorn() {
      return isTorn;
    },
    async save(snapshot) {
      let people = 0;
      for (const block of snapshot.blocks) {
        const write = block.writeTo.bind(block);
        block.writeTo = (out) => {
          write(out);
          for (const { records } of blocksOf(Buffer.from(out.slice().buffer))) people += records.length;
        };
      }
      await folder.save(snapshot);
      taken.push([snapshot.partitions.length, snapshot.isWhole, people]);
      isTorn = taken.length === 2;
    },
  };
  const { source, clock } = slowStream();
  await engineOf({ source, checkpoints, clock }, 20).run();
  const whole = taken.findIndex(([, isWhole]) => isWhole);
  expect(whole).toBe(2);
  expect(taken.filter(([, isWhole]) => isWhole)).toHaveLength(1);
  expect(taken[2]?.[0]).toBe(2);
  const later = taken.slice(3, -1);
  expect(later.length).toBeGreaterThan(2);
  expect(taken[2]?.[2]).toBe(PEOPLE);
  expect(Math.min(...later.map(([, , people]) => people))).toBeLessThan(PEOPLE);
  expect(Math.min(...later.map(([partitions]) => partitions))).toBe(1);
});
