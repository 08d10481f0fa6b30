import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { decodeHead, encodeHead, type TakenPartition, takeSnapshot } from "../../src/checkpoint/snapshot.js";
import { SnapshotFault } from "../../src/checkpoint/snapshot-fault.js";
import type { TakenBlock } from "../../src/checkpoint/taken-blocks.js";
import { hear } from "../../src/circle/presence.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { admit } from "../../src/signal/admit.js";
import { UserError } from "../../src/signal/user-error.js";
import { eventOf, sortBucket } from "../../src/time/event-buffer.js";
import { deliveriesOf, OPTIONS, smallCity } from "../derivation.js";
import { loadSound } from "../geo/city-files.js";
import { smallSignalling } from "../smoke/small-city.js";
import { savedAndRestored, subscribersOf, wordsOf } from "./memory-files.js";

let city: LoadedCity;
let partition: Partition;
beforeAll(async () => {
  city = smallCity();
  partition = new Partition(3, city, OPTIONS);
  for (const delivery of await deliveriesOf(smallSignalling(12, 1)))
    if (delivery.batch !== null && delivery.partition === 0) admit(partition, delivery.batch, delivery);
  partition.sequence = 2 ** 40 + 1;
  partition.sentMs = Date.UTC(2026, 0, 5);
  partition.day = 20_458;
  for (const bucket of partition.buffer.contents().slice(0, 40)) {
    partition.presence.advance(bucket.minute);
    hear(partition.presence, sortBucket(bucket));
  }
  const far = partition.clock.state.latestMs + 1e9;
  partition.clock.park({ timeMs: far, slot: 0, cell: 1, kind: 2, reference: 3 });
});

const stateOf = (partition: Partition) => ({
  ...smallState(partition),
  subscribers: subscribersOf(partition),
});

const smallState = ({ number, sequence, sentMs, day, clock, buffer, origins, presence }: Partition) => ({
  origins: origins.entries,
  number,
  sequence,
  sentMs,
  day,
  clock: clock.state,
  windowMinute: presence.windowMinute,
  buffer: buffer.contents().map((bucket) => ({
    minute: bucket.minute,
    rows: Array.from({ length: bucket.count }, (_, row) => eventOf(bucket, row)),
  })),
});

test("partitions come back as they were: position, clock, parked events, subscribers, who was heard and waiting events", async () => {
  expect(partition.buffer.size).toBeGreaterThan(100);
  expect(partition.stays.table.count).toBeGreaterThan(3);
  expect(partition.presence.heard.some((word) => word !== 0)).toBe(true);
  const fresh = new Partition(7, city, OPTIONS);
  const back = await savedAndRestored([partition, fresh], city);
  expect(back.map(stateOf)).toEqual([partition, fresh].map(stateOf));
});

test("a head with any byte changed or any part missing is refused, and says why", () => {
  partition.changeAll();
  const [taken] = takeSnapshot([partition], city).partitions;
  const bytes = encodeHead({ city: "c", files: ["blocks-1"] }, [{ ...(taken as TakenPartition), events: "events-1" }]);
  expect(decodeHead(bytes)).toMatchObject({ city: "c", files: ["blocks-1"], partitions: [{ events: "events-1" }] });
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ change;
      expect(() => decodeHead(damaged)).toThrow(SnapshotFault);
      expect(() => decodeHead(bytes.subarray(0, at))).toThrow(SnapshotFault);
    }),
    { numRuns: 300 },
  );
});

test("a snapshot tells of those who have changed since the one before, and of them again when it could not be saved", () => {
  takeSnapshot([partition], city);
  expect(takeSnapshot([partition], city).blocks).toEqual([]);
  partition.changed.add(1);
  const lost = takeSnapshot([partition], city);
  expect(lost.blocks).toHaveLength(1);
  const words = wordsOf(lost.blocks[0] as TakenBlock);
  lost.giveBack();
  expect(takeSnapshot([partition], city).blocks.map(wordsOf)).toEqual([words]);
});

test("a state of another city is not taken for this one's", async () => {
  const restored = savedAndRestored([partition], loadSound());
  await expect(restored).rejects.toThrow(UserError);
  await expect(restored).rejects.toThrow(/another city than Small: none of its cells is here/);
});
