import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "../source/make-folder.js";
import type { CheckpointFiles } from "./checkpoints.js";

const BESIDE = ".part";

/**
 * Opens (and makes) a local folder. A file is written beside, synced, and renamed.
 *
 * @throws UserError when the folder cannot be made or written
 */
export async function openCheckpointFolder(dir: string): Promise<CheckpointFiles> {
  try {
    makeFolder(dir);
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
    read: (name, room) => readWhole(join(dir, name), room),
    async write(name, parts) {
      const beside = join(dir, name + BESIDE);
      try {
        const file = await open(beside, "w");
        try {
          for (const part of parts) await file.writeFile(part);
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

async function readWhole(path: string, room?: Buffer): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const hasRoom = room !== undefined && size <= room.buffer.byteLength;
    const bytes = hasRoom ? Buffer.from(room.buffer, 0, size) : Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
