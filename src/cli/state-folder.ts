/** The checkpoints of an engine that shares its stream with no other. */
import { join } from "node:path";
import { holdFolder, type LetGo } from "../checkpoint/hold-folder.js";
import type { Config } from "../config/schema.js";
import { makeFolder } from "../source/make-folder.js";

export function checkpointDir({ checkpoint, data }: Config): string {
  return checkpoint.dir === "" ? join(data.dir, "checkpoints") : checkpoint.dir;
}

/** Keeps others from the checkpoints: two that write them would remove each other's files. Null when somebody has them for `waitMsMax`. */
export function holdState(config: Config, waitMsMax: number): Promise<LetGo | null> {
  const dir = checkpointDir(config);
  makeFolder(dir);
  return holdFolder(dir, "state", waitMsMax);
}
