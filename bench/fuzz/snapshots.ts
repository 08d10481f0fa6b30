/** Snapshots whose files are torn, cut, or changed. */
import fc from "fast-check";
import { from } from "rxjs";
import { type CheckpointFiles, openCheckpoints } from "../../src/checkpoint/checkpoints.js";
import { takeSnapshot } from "../../src/checkpoint/snapshot.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import { newSignalEvent } from "../../src/signal/event.js";
import { UserError } from "../../src/signal/user-error.js";
import { DeliveryQueue } from "../../src/source/delivery-queue.js";
import { Pseudonymiser } from "../../src/source/pseudonym.js";
import { type RowFields, readRow } from "../../src/source/row.js";
import { OPTIONS } from "./derive.js";
import { mutations, shown } from "./mutate.js";
import { NOW_MS, seedCity, seedRows } from "./seeds.js";
import { closeNothing, must, type OpenTarget, target } from "./target.js";

const WORDS = [
  "LIFECIRC",
  "\0\0\0\0",
  "\xff\xff\xff\xff",
  '"subscribers":',
  "KLBL",
  "-1",
  "null",
  "[]",
  "{}",
  "\0\0\0\x80",
];

/** Files in memory. */
function filesOf(held: Map<string, Buffer>): CheckpointFiles {
  return {
    place: "memory",
    names: async () => [...held.keys()],
    read: async (name) => held.get(name) as Buffer,
    write: async (name, parts) => void held.set(name, Buffer.concat(parts)),
    remove: async (name) => void held.delete(name),
  };
}

async function snapshotOf(city: LoadedCity, rows: number): Promise<Map<string, Buffer>> {
  const queue = new DeliveryQueue({ partitions: 2, rowsPerBatch: 16, clock: () => NOW_MS });
  const event = newSignalEvent();
  const context = { pseudonymiser: new Pseudonymiser(Buffer.from("fuzz")), nowMs: NOW_MS, aheadMsMax: 0 };
  for (const fields of seedRows(rows)) {
    readRow(fields as RowFields, event, context);
    queue.add(event);
  }
  queue.end();
  const partitions = [0, 1].map((number) => new Partition(number, city, OPTIONS));
  from(queue.drain())
    .pipe(pipeline((number) => partitions[number] as Partition))
    .subscribe();
  const held = new Map<string, Buffer>();
  const checkpoints = await openCheckpoints(filesOf(held), () => undefined);
  await checkpoints.save(takeSnapshot(partitions, city));
  return held;
}

interface Input {
  readonly file: string;
  readonly bytes: Buffer;
}

async function open(): Promise<OpenTarget<Input>> {
  const city = seedCity();
  const held = await snapshotOf(city, 40);
  const words = WORDS.map((word) => Buffer.from(word, "latin1"));
  const inputsOf = ([file, seed]: [string, Buffer]) => mutations([seed], words).map((bytes) => ({ file, bytes }));
  return {
    inputs: fc.oneof(...[...held].map(inputsOf)),
    async judge({ file, bytes }) {
      const said: string[] = [];
      const checkpoints = await openCheckpoints(filesOf(new Map(held).set(file, bytes)), (message) =>
        said.push(message),
      );
      try {
        const restored = await checkpoints.restore(city, OPTIONS);
        if (restored !== null) return { taken: 1 };
      } catch (error) {
        if (error instanceof UserError) return { "other city": 1 };
        throw error;
      }
      must(said.length > 0, () => "a snapshot is not used, and nothing is said");
      return { [/\((\w+)/.exec(said[0] as string)?.[1] ?? "fault"]: 1 };
    },
    show: ({ file, bytes }) => `${file}: ${shown(bytes)}`,
    bytes: ({ bytes }) => bytes.length,
    close: closeNothing,
  };
}

export const SNAPSHOTS = target("snapshots", 120_000, open);
