import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../signal/user-error.js";
import type { CheckpointFiles } from "./checkpoints.js";

const BESIDE = ".part";

/**
 * Opens (and makes) a local folder. A file is written beside, synced, and renamed.
 *
 * @throws UserError when the folder cannot be made or written
 */
export async function openCheckpointFolder(dir: string): Promise<CheckpointFiles> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new UserError(
      `checkpoint.dir ${dir} cannot be made: ${(error as Error).message}`,
      "give a folder that this user may write",
    );
  }
  // What was being written when a process died.
  for (const name of await readdir(dir)) if (name.endsWith(BESIDE)) await rm(join(dir, name), { force: true });
  return {
    place: dir,
    names: () => readdir(dir),
    read: (name) => readFile(join(dir, name)),
    async write(name, bytes) {
      const beside = join(dir, name + BESIDE);
      try {
        const file = await open(beside, "w");
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, join(dir, name));
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
    },
    remove: (name) => rm(join(dir, name), { force: true }),
  };
}
