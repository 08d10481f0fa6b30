/** The diaries of a whole engine on the disk: what it writes is what it writes with all of them in memory. */
import fc from "fast-check";
import { from as fromList, lastValueFrom } from "rxjs";
import { beforeAll, expect, test } from "vitest";
import { type Checkpoints, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { ScratchFile, scratchFolder } from "../../src/checkpoint/scratch-file.js";
import { takeSnapshot } from "../../src/checkpoint/snapshot.js";
import { Engine } from "../../src/engine.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import { Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import type { RowSet } from "../../src/rows.js";
import type { Delivery } from "../../src/source/source.js";
import { StoreError } from "../../src/store/store-error.js";
import { memoryFiles } from "../checkpoint/memory-files.js";
import { TestDisk } from "../circle/test-disk.js";
import { deliveriesOf, listSource, OPTIONS, smallCity, stored, temporary } from "../derivation.js";
import { smallSignalling } from "../smoke/small-city.js";

let city: LoadedCity;
let deliveries: Delivery[];
let expected: string[];
beforeAll(async () => {
  city = smallCity();
  deliveries = await deliveriesOf(smallSignalling(24, 8));
  expected = await inMemory();
});

interface Life {
  readonly epochs: RowSet[];
  readonly scratch?: ScratchFile;
  readonly checkpoints?: Checkpoints;
  /** After so many epochs the store is gone. */
  readonly writesMax?: number;
}

async function live({ epochs, scratch, checkpoints, writesMax = Number.POSITIVE_INFINITY }: Life) {
  const metrics = createMetrics();
  let writes = 0;
  const engine = new Engine({
    source: listSource(deliveries),
    city,
    options: scratch === undefined ? OPTIONS : { ...OPTIONS, scratch },
    writer: {
      async write(rows) {
        epochs.push(rows);
        if (++writes > writesMax) throw new StoreError("gone", "fatal");
      },
    },
    checkpoints: checkpoints ?? null,
    metrics,
    warn: () => undefined,
    limits: { flushRowsMax: 40, flushMsMax: 1e9, checkpointMs: 0 },
  });
  await engine.run().catch((error: unknown) => {
    if (!(error instanceof StoreError)) throw error;
  });
  const bytes = await metrics.registry.getSingleMetric("lifecircle_diary_bytes")?.get();
  return new Map(bytes?.values.map(({ labels, value }) => [labels.place, value]));
}

async function inMemory(): Promise<string[]> {
  const epochs: RowSet[] = [];
  await live({ epochs });
  return stored(epochs);
}

test("rows are the same, and the metrics tell where the diaries lie", async () => {
  const [epochs, disk]: [RowSet[], TestDisk] = [[], new TestDisk()];
  const scratch = new ScratchFile(disk, 0, () => undefined);
  const bytes = await live({ epochs, scratch });
  expect(stored(epochs)).toEqual(expected);
  expect(bytes.get("file")).toBeGreaterThan(1000);
  expect(bytes.get("memory")).toBeGreaterThan(1000);
  // The room is given back, for other engines of the process.
  expect(scratch.write(Uint32Array.of(1))?.at).toBe(0);
});

test("they are the same while the disk is full, and wherever engines die that have diaries on it", async () => {
  const deaths = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 3 });
  const disks = fc.constantFrom(0, 3000, Number.POSITIVE_INFINITY);
  await fc.assert(
    fc.asyncProperty(deaths, disks, async (lives, bytesMax) => {
      const epochs: RowSet[] = [];
      const folder = await openCheckpointFolder(temporary("checkpoints"));
      for (const writesMax of [...lives, Number.POSITIVE_INFINITY]) {
        const disk = new TestDisk();
        disk.bytesMax = bytesMax;
        const scratch = new ScratchFile(disk, 0, () => undefined);
        const checkpoints = await openCheckpoints(folder, () => undefined);
        await live({ epochs, scratch, checkpoints, writesMax });
      }
      expect(stored(epochs)).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});

test("a disk that breaks ends the engine; the next one goes on from the checkpoint", async () => {
  const epochs: RowSet[] = [];
  const folder = await openCheckpointFolder(temporary("checkpoints"));
  const broken = new TestDisk();
  const scratch = new ScratchFile(broken, 0, () => undefined);
  broken.readsMax = 10;
  const life = live({ epochs, scratch, checkpoints: await openCheckpoints(folder, () => undefined) });
  await expect(life).rejects.toThrow(/read back from a disk of the test: EIO(.|\n)*mend: /);
  const dir = temporary("data");
  const next = new ScratchFile(scratchFolder(dir), 0, () => undefined);
  await live({ epochs, scratch: next, checkpoints: await openCheckpoints(folder, () => undefined) });
  next.close();
  expect(stored(epochs)).toEqual(expected);
});

test("what a torn checkpoint has put on the disk is given back before another one is read", async () => {
  const partitions = new Map<number, Partition>();
  const partitionOf = (number: number) => {
    const partition = partitions.get(number) ?? new Partition(number, city, OPTIONS);
    partitions.set(number, partition);
    return partition;
  };
  const many = await deliveriesOf(smallSignalling(600, 2), 1000);
  await lastValueFrom(fromList(many.slice(0, -4)).pipe(pipeline(partitionOf)));
  const files = memoryFiles();
  await (await openCheckpoints(files, () => undefined)).save(takeSnapshot([...partitions.values()], city));
  // The events that wait are read last.
  for (const name of [...files.held.keys()]) if (name.startsWith("events-")) files.held.delete(name);
  const disk = new TestDisk();
  const scratch = new ScratchFile(disk, 0, () => undefined);
  const checkpoints = await openCheckpoints(files, () => undefined);
  expect(await checkpoints.restore(city, { ...OPTIONS, scratch })).toBeNull();
  expect(disk.bytes.length).toBeGreaterThan(1000);
  expect([scratch.heldBytes, scratch.write(Uint32Array.of(1))?.at]).toEqual([0, 0]);
});
