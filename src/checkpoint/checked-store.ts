import type { Partition } from "../partition.js";
import { UserError } from "../signal/user-error.js";
import type { Checkpoints } from "./checkpoints.js";

/** The last message of each partition. */
export type Positions = ReadonlyMap<number, number>;

/** A store that knows itself how far the rows of each partition are written. */
export interface WrittenUpTo {
  note(positions: Positions): Promise<void>;
  read(): Promise<Positions>;
}

/**
 * The same checkpoints, which go with one store: before a state is saved, the store is told how far its rows are written. One that is empty, or
 * an older copy, lacks rows that this state would never derive again, and nobody would know.
 */
export function checkedAgainst(store: WrittenUpTo, checkpoints: Checkpoints): Checkpoints {
  return {
    ...checkpoints,
    get isTorn() {
      return checkpoints.isTorn;
    },
    async restore(city, options) {
      const partitions = await checkpoints.restore(city, options);
      if (partitions !== null) requireRows(await store.read(), partitions);
      return partitions;
    },
    async save(snapshot, alone) {
      try {
        await store.note(new Map(snapshot.partitions.map(({ number, sequence }) => [number, sequence])));
      } catch (error) {
        snapshot.giveBack();
        throw error;
      }
      await checkpoints.save(snapshot, alone);
    },
  };
}

function requireRows(written: Positions, partitions: readonly Partition[]): void {
  const lacking = partitions
    .filter(({ number, sequence }) => (written.get(number) ?? 0) < sequence)
    .map(({ number, sequence }) => `partition ${number} up to message ${written.get(number) ?? 0} of ${sequence}`);
  if (lacking.length === 0) return;
  throw new UserError(
    `the store is not as the checkpoints left it, but empty, an older copy, or another one: it has ${lacking.join(", ")}`,
    "give back that store; or start without the checkpoints, and what the stream still holds is derived again: docs/operate/README.md",
  );
}
