import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedCity } from "../geo/load.js";
import type { DerivationOptions, Partition } from "../partition.js";
import { UserError } from "../signal/user-error.js";
import { decodeSnapshot, SnapshotFault } from "./snapshot.js";

/** Snapshots kept: the newest, and the one before it for the case that the newest is torn. */
const KEPT = 2;
const NAME = /^state-(\d{12})\.snapshot$/;

/** Snapshots of one engine in a local folder, numbered upwards. */
export interface CheckpointFolder {
  /** The newest usable state, null when there is none. */
  restore(city: LoadedCity, options: DerivationOptions): Promise<Partition[] | null>;
  /**
   * Durable when it resolves: written beside, synced, renamed. The newest two are kept; with `alone` no other, where those before hold
   * somebody who is forgotten.
   */
  save(snapshot: Buffer, alone?: boolean): Promise<void>;
}

/**
 * Opens (and makes) the folder.
 *
 * @param warn told of every snapshot that could not be used, and what was lost by changed reference data
 * @throws UserError when the folder cannot be made or written
 */
export async function openCheckpointFolder(dir: string, warn: (message: string) => void): Promise<CheckpointFolder> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new UserError(
      `checkpoint.dir ${dir} cannot be made: ${(error as Error).message}`,
      "give a folder that this user may write",
    );
  }
  const numbers = async () =>
    (await readdir(dir))
      .map((name) => NAME.exec(name)?.[1])
      .filter((number) => number !== undefined)
      .map(Number)
      .sort((a, b) => b - a);
  const path = (number: number) => join(dir, `state-${String(number).padStart(12, "0")}.snapshot`);
  let newest = (await numbers())[0] ?? 0;

  return {
    async restore(city, options) {
      for (const number of await numbers()) {
        try {
          return decodeSnapshot(await readFile(path(number)), city, options, warn);
        } catch (error) {
          if (!(error instanceof SnapshotFault)) throw error;
          warn(`snapshot ${path(number)} cannot be used (${error.message}); trying the one before it`);
        }
      }
      return null;
    },
    async save(snapshot, alone = false) {
      newest++;
      const beside = `${path(newest)}.part`;
      try {
        const file = await open(beside, "w");
        try {
          await file.writeFile(snapshot);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path(newest));
      } catch (error) {
        newest--;
        await rm(beside, { force: true });
        throw error;
      }
      for (const number of (await numbers()).slice(alone ? 1 : KEPT)) await rm(path(number), { force: true });
    },
  };
}
