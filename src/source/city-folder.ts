import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "../geo/fault.js";
import { CITY_FILES, type LoadResult, loadCity } from "../geo/load.js";

/**
 * Reads the city folder at `dir` (CONTRACTS.md section 2); files that it does not have are left to `loadCity` to judge. No folder, and a file
 * that is there but cannot be read, are faults like those in the files.
 */
export async function readCityFolder(dir: string): Promise<LoadResult> {
  const files = new Map<string, Uint8Array>();
  const faults: Fault[] = [];
  for (const name of CITY_FILES) {
    try {
      files.set(name, await readFile(join(dir, name)));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOENT")
        faults.push(
          unreadable(name, `cannot be read (${code ?? String(error)})`, "make --geo name a readable city folder"),
        );
    }
  }
  if (files.size === 0 && faults.length === 0) {
    const mend = `make --geo name a folder with ${CITY_FILES.slice(0, 2).join(", ")} and the files beside them`;
    faults.push(unreadable(dir, "no city folder: it has none of a city's files", mend));
  }
  return faults.length > 0 ? { city: null, faults } : loadCity(files);
}

function unreadable(file: string, message: string, mend: string): Fault {
  return { file, line: null, message, mend, severity: "error" };
}
