import { ScratchFile, scratchFolder } from "../checkpoint/scratch-file.js";
import type { Config } from "../config/schema.js";

/** Where the engines of a process have the diaries that are too many for the memory. */
export function openScratch({ data, engine }: Config, warn: (message: string) => void): ScratchFile {
  return new ScratchFile(scratchFolder(data.dir), engine.diaryMegabytesMax * 2 ** 20, warn);
}
