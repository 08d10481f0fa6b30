import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type CheckpointFiles, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { openCheckpointFolder } from "../../src/checkpoint/folder.js";
import { decodeHead, type Snapshot, takeSnapshot } from "../../src/checkpoint/snapshot.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { UserError } from "../../src/signal/user-error.js";
import type { Delivery } from "../../src/source/source.js";
import { deliveriesOf, OPTIONS, smallCity, temporary } from "../derivation.js";
import { loadSound } from "../geo/city-files.js";
import { smallSignalling } from "../smoke/small-city.js";
import { memoryFiles, subscribersOf } from "./memory-files.js";
import { runWithStops } from "./run-with-stops.js";

let city: LoadedCity;
let deliveries: Delivery[];
beforeAll(async () => {
  city = smallCity();
  deliveries = await deliveriesOf(smallSignalling(30, 5));
});

function snapshotOf(sequence: number): Snapshot {
  const partition = new Partition(0, city, OPTIONS);
  partition.sequence = sequence;
  return takeSnapshot([partition], city);
}

const opened = async (path: string, warnings: string[] = []) =>
  openCheckpoints(await openCheckpointFolder(path), (message) => warnings.push(message));

const sequencesOf = (partitions: readonly Partition[] | null) => partitions?.map(({ sequence }) => sequence);
const heads = (place: string | { held: Map<string, Buffer> }) =>
  (typeof place === "string" ? readdirSync(place) : [...place.held.keys()])
    .filter((name) => name.startsWith("state-"))
    .sort();

/** A whole head as version 5 would have written it. */
function ofVersion5(head: Buffer): Buffer {
  const body = Buffer.concat([head.subarray(0, 8), Buffer.of(5), head.subarray(9, -32)]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

test("an empty place has no state; the newest of several is the one restored, and two are kept", async () => {
  const path = temporary("checkpoints");
  const checkpoints = await opened(path);
  expect(await checkpoints.restore(city, OPTIONS)).toBeNull();
  for (const sequence of [5, 6, 7]) await checkpoints.save(snapshotOf(sequence));
  expect(sequencesOf(await checkpoints.restore(city, OPTIONS))).toEqual([7]);
  expect(heads(path)).toEqual(["state-000000000002.snapshot", "state-000000000003.snapshot"]);
  const reopened = await opened(path);
  await reopened.save(snapshotOf(8));
  expect(heads(path)).toEqual(["state-000000000003.snapshot", "state-000000000004.snapshot"]);
});

test("a torn, foreign or older newest snapshot is told of, and the one before it is used", async () => {
  const faults: [RegExp, (bytes: Buffer) => Uint8Array][] = [
    [/torn/, (bytes) => bytes.subarray(0, 100)],
    [/torn/, (bytes) => Buffer.concat([bytes.subarray(0, 60), Buffer.from("x"), bytes.subarray(61)])],
    [/foreign/, () => Buffer.alloc(200, "somebody else's file ")],
    [/version: got 5, expected \d+/, ofVersion5],
  ];
  for (const [says, spoiled] of faults) {
    const path = temporary("checkpoints");
    const warnings: string[] = [];
    const checkpoints = await opened(path, warnings);
    await checkpoints.save(snapshotOf(5));
    await checkpoints.save(snapshotOf(6));
    const newest = join(path, "state-000000000002.snapshot");
    writeFileSync(newest, spoiled(readFileSync(newest)));
    expect(sequencesOf(await checkpoints.restore(city, OPTIONS))).toEqual([5]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/state-000000000002\.snapshot in .* cannot be used \(.*\); trying the one before it$/);
    expect(warnings[0]).toMatch(says);
  }
});

test("a state that only another version can go on from stops a start, and nothing of it is lost", async () => {
  const path = temporary("checkpoints");
  await (await opened(path)).save(snapshotOf(5));
  const head = join(path, "state-000000000001.snapshot");
  const written = readFileSync(head);
  writeFileSync(head, ofVersion5(written));
  const restored = (await opened(path)).restore(city, OPTIONS);
  await expect(restored).rejects.toThrow(/the state in .* is of another version of Lifecircle \(version: got 5, /);
  writeFileSync(head, written);
  expect(sequencesOf(await (await opened(path)).restore(city, OPTIONS))).toEqual([5]);
});

test("half a file from a crash while writing does no harm, and other files are left alone", async () => {
  const path = temporary("checkpoints");
  const checkpoints = await opened(path);
  await checkpoints.save(snapshotOf(5));
  writeFileSync(join(path, "state-000000000002.snapshot.part"), "half");
  writeFileSync(join(path, "README"), "mine");
  expect(sequencesOf(await checkpoints.restore(city, OPTIONS))).toEqual([5]);
  await checkpoints.save(snapshotOf(6));
  expect(sequencesOf(await checkpoints.restore(city, OPTIONS))).toEqual([6]);
  expect(readdirSync(path)).toContain("README");
});

test("whatever has changed between snapshots, the state that comes back is the one that was there", async () => {
  const ends = fc.uniqueArray(fc.nat({ max: 400 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(ends, fc.nat({ max: 40 }), async (cuts, failing) => {
      const files = memoryFiles();
      const saving: CheckpointFiles = { ...files };
      const checkpoints = await openCheckpoints(saving, () => undefined);
      let number = 0;
      await runWithStops({ deliveries, city }, cuts, async (partitions) => {
        const isFailing = number++ === failing;
        saving.write = isFailing ? () => Promise.reject(new Error("disk full")) : files.write;
        const save = checkpoints.save(takeSnapshot(partitions, city));
        if (isFailing) return expect(save).rejects.toThrow("disk full");
        await save;
        const warnings: string[] = [];
        const restored = await (await openCheckpoints(files, (text) => warnings.push(text))).restore(city, OPTIONS);
        expect(warnings).toEqual([]);
        expect(restored?.map(subscribersOf)).toEqual(partitions.map(subscribersOf));
        expect(sequencesOf(restored)).toEqual(sequencesOf(partitions));
      });
      expect([...files.held.keys()].filter((name) => name.startsWith("blocks-")).length).toBeLessThan(60);
    }),
    { numRuns: 12 },
  );
});

test("however long files take, a merge beside the saves loses none that a head speaks of", async () => {
  const waits = fc.infiniteStream(fc.integer({ min: 0, max: 3 }));
  await fc.assert(
    fc.asyncProperty(waits, fc.integer({ min: 20, max: 60 }), async (turns, saves) => {
      const files = memoryFiles();
      const later = async <T>(does: () => Promise<T>): Promise<T> => {
        const wait = async () => {
          for (let i = turns.next().value as number; i > 0; i--) await new Promise(setImmediate);
        };
        await wait();
        const answer = await does();
        await wait();
        return answer;
      };
      const warnings: string[] = [];
      const checkpoints = await openCheckpoints(
        {
          ...files,
          names: () => later(files.names),
          read: (name) => later(() => files.read(name)),
          write: (name, parts) => later(() => files.write(name, parts)),
          remove: (name) => later(() => files.remove(name)),
        },
        (text) => warnings.push(text),
      );
      const partition = new Partition(0, city, OPTIONS);
      for (let i = 0; i < 20; i++) partition.stays.table.slotOf(i, 7);
      for (let i = 0; i < saves; i++) {
        partition.changed.add(i % 20);
        await checkpoints.save(takeSnapshot([partition], city));
        for (const head of heads(files))
          for (const name of blocksOf(files, head)) expect(files.held.has(name), `${name} of ${head}`).toBe(true);
      }
      await checkpoints.settled();
      await checkpoints.save(takeSnapshot([partition], city));
      expect(warnings).toEqual([]);
      const restored = await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS);
      expect(restored?.map(subscribersOf)).toEqual([subscribersOf(partition)]);
    }),
    { numRuns: 30 },
  );
});

test("a partition that a snapshot does not take comes back as it was when it was last taken", async () => {
  const takes = fc.array(fc.subarray([0, 1]), { minLength: 2, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(takes, async (turns) => {
      const files = memoryFiles();
      const checkpoints = await openCheckpoints(files, () => undefined);
      const expected = new Map<number, [number, string[], number]>();
      const ends = turns.map((_, i) => 12 * (i + 1));
      let turn = 0;
      await runWithStops({ deliveries, city }, ends, async (partitions) => {
        const taken = partitions.filter(({ number }) => turns[turn]?.includes(number));
        turn++;
        for (const one of taken) expected.set(one.number, [one.sequence, subscribersOf(one), one.buffer.size]);
        if (taken.length === 0) return;
        await checkpoints.save(takeSnapshot(taken, city));
        const restored = (await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS)) ?? [];
        const found = restored.map((one) => [one.number, [one.sequence, subscribersOf(one), one.buffer.size]] as const);
        expect(found).toEqual([...expected].sort(([a], [b]) => a - b));
      });
      await checkpoints.settled();
      const spoken = new Set(heads(files).flatMap((head) => decodeHead(files.held.get(head) as Buffer).partitions));
      const events = [...files.held.keys()].filter((name) => name.startsWith("events-"));
      expect(events.every((name) => [...spoken].some((partition) => partition.events === name))).toBe(true);
    }),
    { numRuns: 12 },
  );
});

test("a snapshot after a start, or with other reference data, that leaves a partition out is refused: it would be lost", async () => {
  const files = memoryFiles();
  const two = [0, 1].map((number) => new Partition(number, city, OPTIONS));
  await (await openCheckpoints(files, () => undefined)).save(takeSnapshot(two, city));
  const checkpoints = await openCheckpoints(files, () => undefined);
  const restored = (await checkpoints.restore(city, OPTIONS)) ?? [];
  const some = restored.slice(0, 1);
  await expect(checkpoints.save(takeSnapshot(some, city))).rejects.toThrow("would lose partition 1");
  await checkpoints.save(takeSnapshot(restored, city));
  await checkpoints.save(takeSnapshot(some, city));
  await expect(checkpoints.save(takeSnapshot(some, loadSound()))).rejects.toThrow("would lose partition 1");
});

test("whichever one of its files is torn, a place has a state to go on from, that was saved as it comes back", async () => {
  const ends = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 4, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(ends, async (cuts) => {
      const files = memoryFiles();
      const saved = new Map<string, string[][]>();
      let checkpoints = await openCheckpoints(files, () => undefined);
      await runWithStops({ deliveries, city }, cuts, async (partitions) => {
        saved.set(String(sequencesOf(partitions)), partitions.map(subscribersOf));
        await checkpoints.save(takeSnapshot(partitions, city));
        await checkpoints.settled();
        if (saved.size % 5 !== 0) return;
        // A restart in between: what is spare is known from the files alone.
        checkpoints = await openCheckpoints(files, () => undefined);
        await checkpoints.restore(city, OPTIONS);
      });
      for (const [name, bytes] of [...files.held].filter(([file]) => !file.startsWith("city-"))) {
        files.held.set(name, bytes.subarray(0, bytes.length - 8));
        const restored = await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS);
        expect(restored?.map(subscribersOf)).toEqual(saved.get(String(sequencesOf(restored))));
        expect(restored?.length).toBeGreaterThan(0);
        files.held.set(name, bytes);
      }
      expect(heads(files).length).toBeLessThanOrEqual(4);
    }),
    { numRuns: 12 },
  );
});

test("after a start from the spare, what was torn is gone and no spare of anything", async () => {
  const files = memoryFiles();
  const checkpoints = await openCheckpoints(files, () => undefined);
  const partitions = new Map<number, Partition>();
  await runWithStops({ deliveries, city }, [50, 100, 150, 200], async (now) => {
    for (const partition of now) partitions.set(partition.number, partition);
    await checkpoints.save(takeSnapshot(now, city));
    await checkpoints.settled();
  });
  const [newest, before, spare] = heads(files).toReversed();
  const shared = blocksOf(files, newest).filter((name) => blocksOf(files, before).includes(name));
  expect(shared.length).toBeGreaterThan(0);
  for (const name of shared) files.held.set(name, Buffer.from("torn"));
  const warnings: string[] = [];
  const again = await openCheckpoints(files, (text) => warnings.push(text));
  const restored = (await again.restore(city, OPTIONS)) ?? [];
  expect(warnings).toHaveLength(2);
  expect(sequencesOf(restored)).toEqual(
    decodeHead(files.held.get(spare ?? "") as Buffer).partitions.map((one) => one.sequence),
  );
  for (let i = 0; i < 3; i++) {
    await again.save(takeSnapshot(restored, city));
    await again.settled();
  }
  expect(files.held.has(newest ?? "")).toBe(false);
  for (const name of shared) expect(files.held.has(name)).toBe(false);
});

test("a file that is torn while the engine runs is told of when it is merged, and the next snapshot does without it", async () => {
  const spoiled: ((bytes: Buffer) => Buffer | null)[] = [
    (bytes) => bytes.subarray(0, bytes.length - 8),
    (bytes) => Buffer.from(bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 4 : byte))),
    () => null,
  ];
  let told = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 20 }), fc.nat(), fc.constantFrom(...spoiled), async (when, which, spoil) => {
      const files = memoryFiles();
      const warnings: string[] = [];
      const checkpoints = await openCheckpoints(files, (text) => warnings.push(text));
      let last: readonly Partition[] = [];
      const save = async () => {
        await checkpoints.save(takeSnapshot(last, city, checkpoints.isTorn));
        await checkpoints.settled();
      };
      let saves = 0;
      await runWithStops({ deliveries, city }, [50, 100, 150, 200, 250, 300], async (partitions) => {
        last = partitions;
        await save();
        saves++;
      });
      for (; saves < 60; saves++) {
        if (saves === 8 + when) {
          const names = blocksOf(files, heads(files).at(-1));
          const name = names[which % names.length] as string;
          const bytes = spoil(files.held.get(name) as Buffer);
          if (bytes === null) files.held.delete(name);
          else files.held.set(name, bytes);
        }
        for (const partition of last) partition.changed.add(saves % partition.stays.table.count);
        await save();
      }
      // Where it had been merged already, nobody needs it.
      told += warnings.length;
      for (const warning of warnings)
        expect(warning).toMatch(
          /^the files of the checkpoints cannot be merged \((torn|foreign).*\); the next checkpoint holds everybody and /,
        );
      expect(checkpoints.isTorn).toBe(false);
      for (const head of heads(files))
        for (const name of blocksOf(files, head)) expect(files.held.has(name)).toBe(true);
      const restored = await (await openCheckpoints(files, (text) => warnings.push(text))).restore(city, OPTIONS);
      expect(restored?.map(subscribersOf)).toEqual(last.map(subscribersOf));
      expect(warnings.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 12 },
  );
  expect(told).toBeGreaterThan(0);
});

test("who is forgotten is out of all files although one of them is torn", async () => {
  const files = memoryFiles();
  const checkpoints = await openCheckpoints(files, () => undefined);
  let last: readonly Partition[] = [];
  await runWithStops({ deliveries, city }, [100, 200, 300], async (partitions) => {
    last = partitions;
    await checkpoints.save(takeSnapshot(partitions, city));
  });
  await checkpoints.settled();
  const [table, name] = [(last[0] as Partition).stays.table, blocksOf(files, heads(files).at(-1))[0] as string];
  const [hi, lo] = [table.hi(0), table.lo(0)];
  files.held.set(name, Buffer.from("foreign"));
  for (const partition of last) partition.forget(hi, lo);
  await expect(checkpoints.save(takeSnapshot(last, city, checkpoints.isTorn), true)).rejects.toThrow("no whole words");
  await checkpoints.save(takeSnapshot(last, city, checkpoints.isTorn), true);
  const bytes = Buffer.from(Uint32Array.of(lo, hi).buffer);
  expect([...files.held.values()].some((content) => content.includes(bytes))).toBe(false);
  const restored = await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS);
  expect(restored?.map(subscribersOf)).toEqual(last.map(subscribersOf));
});

test("of who is forgotten no file tells when a snapshot was saved alone, which copies no more than what has changed", async () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.nat(), async (ends, pick) => {
      const files = memoryFiles();
      const checkpoints = await openCheckpoints(files, () => undefined);
      let last: readonly Partition[] = [];
      await runWithStops({ deliveries, city }, ends, async (partitions) => {
        last = partitions;
        await checkpoints.save(takeSnapshot(partitions, city));
      });
      const { table } = (last[pick % last.length] as Partition).stays;
      const slot = pick % table.count;
      const [hi, lo] = [table.hi(slot), table.lo(slot)];
      const bytes = Buffer.from(Uint32Array.of(lo, hi).buffer);
      const naming = () => [...files.held].filter(([, content]) => content.includes(bytes)).length;
      expect(naming()).toBeGreaterThan(0);
      for (const partition of last) partition.forget(hi, lo);
      const snapshot = takeSnapshot(last, city);
      expect(snapshot.blocks.length).toBeLessThanOrEqual(2);
      await checkpoints.save(snapshot, true);
      expect(naming()).toBe(0);
      expect(heads(files)).toHaveLength(1);
      await checkpoints.settled();
      const restored = await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS);
      expect(restored?.map(subscribersOf)).toEqual(last.map(subscribersOf));
    }),
    { numRuns: 12 },
  );
});

const blocksOf = (files: { held: Map<string, Buffer> }, head = "") => decodeHead(files.held.get(head) as Buffer).files;

test("torn names of the city's rows are told of where they are needed, and lose no state", async () => {
  const files = memoryFiles();
  await (await openCheckpoints(files, () => undefined)).save(snapshotOf(5));
  const other = smallCity({ "regions.csv": "region,level,name,parent\nE,4,east,\nW,4,west,\n" });
  for (const name of files.held.keys())
    if (name.startsWith("city-")) files.held.set(name, (files.held.get(name) as Buffer).subarray(0, 300));
  const checkpoints = await openCheckpoints(files, () => undefined);
  const opening = checkpoints.restore(other, OPTIONS);
  await expect(opening).rejects.toThrow(/city-[0-9a-f]+, is torn(.|\n)*mend: start with the reference data of before/);
  await expect(opening).rejects.toThrow(UserError);
  expect(sequencesOf(await checkpoints.restore(city, OPTIONS))).toEqual([5]);
});

test("that no state can be used is told, and that it begins anew", async () => {
  const files = memoryFiles();
  await (await openCheckpoints(files, () => undefined)).save(snapshotOf(5));
  for (const name of files.held.keys()) if (name.startsWith("state-")) files.held.set(name, Buffer.alloc(10));
  const warnings: string[] = [];
  const checkpoints = await openCheckpoints(files, (text) => warnings.push(text));
  expect(await checkpoints.restore(city, OPTIONS)).toBeNull();
  expect(warnings.at(-1)).toMatch(/^no snapshot in memory can be used: the state begins anew/);
});
