import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { ScratchFile } from "../../src/checkpoint/scratch-file.js";
import { type Snapshot, takeSnapshot } from "../../src/checkpoint/snapshot.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import type { Delivery } from "../../src/source/source.js";
import { LINE_WORDS } from "../../src/stay/record.js";
import { TestDisk } from "../circle/test-disk.js";
import { deliveriesOf, OPTIONS, smallCity } from "../derivation.js";
import { smallSignalling } from "../smoke/small-city.js";
import { memoryFiles, subscribersOf } from "./memory-files.js";
import { runWithStops } from "./run-with-stops.js";

let city: LoadedCity;
let deliveries: Delivery[];
beforeAll(async () => {
  city = smallCity();
  deliveries = await deliveriesOf(smallSignalling(30, 5));
});

test("what a snapshot says is what was there when it was taken, however far the stream has gone on when it is written", async () => {
  // Between some hardly anybody is heard, between others a day is closed.
  const waits = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 20, max: 80 })), {
    ...{ minLength: 10, maxLength: 20, size: "max" },
  });
  await fc.assert(
    fc.asyncProperty(waits, fc.constantFrom(0, 20_000, Number.POSITIVE_INFINITY), async (ahead, heldBytesMax) => {
      let end = 0;
      const cuts = ahead.map((wait) => {
        end += wait;
        return end;
      });
      const scratch = new ScratchFile(new TestDisk(), heldBytesMax, () => undefined);
      const files = memoryFiles();
      const checkpoints = await openCheckpoints(files, () => undefined);
      let before: { snapshot: Snapshot; subscribers: string[][] } | null = null;
      const stop = async (partitions: Partition[]) => {
        if (before !== null) {
          await checkpoints.save(before.snapshot);
          const restored = await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS);
          expect(restored?.map(subscribersOf)).toEqual(before.subscribers);
        }
        before = { subscribers: partitions.map(subscribersOf), snapshot: takeSnapshot(partitions, city) };
      };
      await runWithStops({ deliveries, city, options: { ...OPTIONS, scratch } }, cuts, stop);
    }),
    { numRuns: 10 },
  );
});

test.each([1, 40])(
  "of %i changed people in 40 a snapshot says what they were when it was taken, whatever they become before it is written",
  async (count) => {
    const many = new Partition(0, city, OPTIONS);
    const { table } = many.stays;
    for (let i = 0; i < 40; i++) table.slotOf(i, 7);
    const change = (word: number) => {
      for (let slot = 0; slot < count; slot++) {
        table.lines[slot * LINE_WORDS] = word;
        table.signs[slot] = word;
        table.words[table.ownPlace(slot, 2)] = word;
        many.circles.standings.set(slot, [{ circle: 0, sinceDay: word, seenDay: word, score: 0.5, logged: 0.5 }]);
        many.changed.add(slot);
      }
    };
    many.circles.standings.numberOf("region:1", "region");
    many.changeAll();
    const files = memoryFiles();
    const checkpoints = await openCheckpoints(files, () => undefined);
    await checkpoints.save(takeSnapshot([many], city));
    change(1);
    const expected = subscribersOf(many);
    const snapshot = takeSnapshot([many], city);
    change(2);
    await checkpoints.save(snapshot);
    const restored = await (await openCheckpoints(files, () => undefined)).restore(city, OPTIONS);
    expect(restored?.map(subscribersOf)).toEqual([expected]);
  },
);
