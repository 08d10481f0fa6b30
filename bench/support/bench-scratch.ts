import { tmpdir } from "node:os";
import { ScratchFile, scratchFolder } from "../../src/checkpoint/scratch-file.js";
import { derivationOptions } from "../../src/config/derivation.js";
import type { Config } from "../../src/config/schema.js";
import type { DerivationOptions } from "../../src/partition.js";

/** The derivation with so many megabytes of diaries in memory, and the others in a file of the folder for temporary ones, while `work` lasts. */
export async function withScratch<T>(
  config: Config,
  diaryMegabytes: number,
  work: (options: DerivationOptions) => Promise<T>,
): Promise<T> {
  const scratch = new ScratchFile(scratchFolder(tmpdir()), diaryMegabytes * 2 ** 20, console.error);
  try {
    return await work({ ...derivationOptions(config), scratch });
  } finally {
    scratch.close();
  }
}
