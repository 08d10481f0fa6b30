import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { cityRowsOf } from "../../src/checkpoint/city-rows.js";
import { decodeSnapshot, encodeSnapshot, SnapshotFault } from "../../src/checkpoint/snapshot.js";
import { hear } from "../../src/circle/presence.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { admit } from "../../src/signal/admit.js";
import { UserError } from "../../src/signal/user-error.js";
import { sortBucket } from "../../src/time/event-buffer.js";
import { deliveriesOf, OPTIONS, smallCity } from "../derivation.js";
import { loadSound } from "../geo/city-files.js";
import { smallSignalling } from "../smoke/small-city.js";

let city: LoadedCity;
let partition: Partition;
beforeAll(async () => {
  city = smallCity();
  partition = new Partition(3, city, OPTIONS);
  for (const delivery of await deliveriesOf(smallSignalling(12, 1)))
    if (delivery.batch !== null && delivery.partition === 0) admit(partition, delivery.batch, delivery);
  partition.sequence = 2 ** 40 + 1;
  partition.day = 20_458;
  for (const bucket of partition.buffer.contents().slice(0, 40)) {
    partition.presence.advance(bucket.minute);
    hear(partition.presence, sortBucket(bucket));
  }
  const far = partition.clock.state.latestMs + 1e9;
  partition.clock.park({ timeMs: far, slot: 0, cell: 1, kind: 2, reference: 3 });
});

const stateOf = ({ number, sequence, day, clock, stays, buffer, origins, presence }: Partition) => ({
  origins: origins.entries,
  number,
  sequence,
  day,
  clock: clock.state,
  presence: [presence.windowMinute, ...presence.heard],
  table: Buffer.from(stays.table.snapshot()).toString("base64"),
  buffer: buffer.contents().map((bucket) => ({
    minute: bucket.minute,
    rows: Array.from({ length: bucket.count }, (_, i) => [
      bucket.ms[i],
      bucket.slot[i],
      bucket.cell[i],
      bucket.kind[i],
      bucket.reference[i],
    ]),
  })),
});

test("partitions come back as they were: position, clock, parked events, subscribers, who was heard and waiting events", () => {
  expect(partition.buffer.size).toBeGreaterThan(100);
  expect(partition.stays.table.count).toBeGreaterThan(3);
  expect(partition.presence.heard.some((word) => word !== 0)).toBe(true);
  const fresh = new Partition(7, city, OPTIONS);
  const bytes = encodeSnapshot([partition, fresh], cityRowsOf(city));
  const back = decodeSnapshot(bytes, city, OPTIONS, () => undefined);
  expect(back.map(stateOf)).toEqual([partition, fresh].map(stateOf));
});

test("a snapshot with any byte changed or any part missing is refused, and says why", () => {
  const bytes = encodeSnapshot([partition], cityRowsOf(city));
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ change;
      expect(() => decodeSnapshot(damaged, city, OPTIONS, () => undefined)).toThrow(SnapshotFault);
      expect(() => decodeSnapshot(bytes.subarray(0, at), city, OPTIONS, () => undefined)).toThrow(SnapshotFault);
    }),
    { numRuns: 300 },
  );
});

test("a state of another city is not taken for this one's", () => {
  const bytes = encodeSnapshot([partition], cityRowsOf(city));
  expect(() => decodeSnapshot(bytes, loadSound(), OPTIONS, () => undefined)).toThrow(UserError);
  expect(() => decodeSnapshot(bytes, loadSound(), OPTIONS, () => undefined)).toThrow(
    /another city than Small: none of its cells is here/,
  );
});
