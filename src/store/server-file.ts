import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the running embedded store of a data folder answers. Kept in the folder, readable by its owner only. */
export interface ServerFile {
  readonly url: string;
  readonly pid: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

const NAME = "clickhouse.json";

export function writeServerFile(dataDir: string, content: ServerFile): void {
  const path = join(dataDir, NAME);
  const next = `${path}.${process.pid}`;
  writeFileSync(next, JSON.stringify(content), { mode: 0o600 });
  renameSync(next, path);
}

export function removeServerFile(dataDir: string): void {
  rmSync(join(dataDir, NAME), { force: true });
}

/** The server of this folder, or null where none runs: a file left by a process that is gone counts for nothing. */
export function readServerFile(dataDir: string): ServerFile | null {
  try {
    const file = JSON.parse(readFileSync(join(dataDir, NAME), "utf8")) as ServerFile;
    return Number.isInteger(file.pid) && isAlive(file.pid) ? file : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
