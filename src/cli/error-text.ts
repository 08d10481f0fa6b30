import { safeText } from "../metrics/log.js";
import { StoreError } from "../store/store-error.js";
import { storeFailed } from "./store.js";

const NOT_ALLOWED = "give a path that this user may read and write";
const NO_ROOM = "make room there, or give a path on another disk; then give the same command again";
const NO_FOLDER = "give a folder that this user may make and write";
const NO_PATH = "give a path whose folders are there";

/** What the system refuses at a path that the person has given, and how that is mended, by the system's code. */
const MENDS: Readonly<Record<string, string>> = {
  ...{ EACCES: NOT_ALLOWED, EPERM: NOT_ALLOWED, EROFS: NOT_ALLOWED },
  ...{ ENOSPC: NO_ROOM, EDQUOT: NO_ROOM },
  ...{ ENOENT: NO_PATH, ENOTDIR: NO_PATH, EISDIR: NO_PATH, ELOOP: NO_PATH, ENAMETOOLONG: NO_PATH },
};

/** What a person is told of an error that is none of their own making, without what could be a raw id. */
export function errorText(error: unknown): string {
  if (error instanceof StoreError) return safeText(storeFailed(error).message);
  const mend = error instanceof Error ? mendOf(error) : undefined;
  if (mend !== undefined) return safeText(`${(error as Error).message}\n  mend: ${mend}`);
  return safeText(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function mendOf({ code, syscall }: NodeJS.ErrnoException): string | undefined {
  if (syscall === undefined || code === undefined) return undefined;
  const mend = MENDS[code];
  return syscall === "mkdir" && mend === NO_PATH ? NO_FOLDER : mend;
}
