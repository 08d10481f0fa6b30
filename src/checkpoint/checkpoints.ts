import type { LoadedCity } from "../geo/load.js";
import type { DerivationOptions, Partition } from "../partition.js";
import { decodeSnapshot, SnapshotFault } from "./snapshot.js";

/** Where checkpoints lie, as files: a local folder, or a bucket that engines of a cluster share. */
export interface CheckpointFiles {
  /** What messages call this place. */
  readonly place: string;
  /** Names of the files that are there, in no order. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<Buffer>;
  /** Durable when it resolves; under its name it is there whole or not at all. A name is written once. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The states of one engine, the newest of which a start goes on from. */
export interface Checkpoints {
  /** The newest usable state, null when there is none. */
  restore(city: LoadedCity, options: DerivationOptions): Promise<Partition[] | null>;
  /** Durable when it resolves. The newest two are kept; with `alone` no other, where those before hold somebody who is forgotten. */
  save(snapshot: Buffer, alone?: boolean): Promise<void>;
}

/** Snapshots kept: the newest, and the one before it for the case that the newest is torn. */
const KEPT = 2;
const NAME = /^state-(\d{12})\.snapshot$/;

/**
 * Checkpoints as snapshots numbered upwards; other files beside them are left alone.
 *
 * @param warn told of every snapshot that could not be used, and what was lost by changed reference data
 */
export async function openCheckpoints(files: CheckpointFiles, warn: (message: string) => void): Promise<Checkpoints> {
  const numbers = async () =>
    (await files.names())
      .map((name) => NAME.exec(name)?.[1])
      .filter((number) => number !== undefined)
      .map(Number)
      .sort((a, b) => b - a);
  const nameOf = (number: number) => `state-${String(number).padStart(12, "0")}.snapshot`;
  let newest = (await numbers())[0] ?? 0;

  return {
    async restore(city, options) {
      for (const number of await numbers()) {
        const name = nameOf(number);
        try {
          return decodeSnapshot(await files.read(name), city, options, warn);
        } catch (error) {
          if (!(error instanceof SnapshotFault)) throw error;
          warn(`snapshot ${name} in ${files.place} cannot be used (${error.message}); trying the one before it`);
        }
      }
      return null;
    },
    async save(snapshot, alone = false) {
      await files.write(nameOf(newest + 1), snapshot);
      newest++;
      for (const number of (await numbers()).slice(alone ? 1 : KEPT)) await files.remove(nameOf(number));
    },
  };
}
