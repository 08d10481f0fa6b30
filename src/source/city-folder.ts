import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CITY_FILES, type LoadResult, loadCity } from "../geo/load.js";
import { UserError } from "../signal/user-error.js";

/**
 * Reads the city folder at `dir` (CONTRACTS.md section 2); files that it does not have are left to `loadCity` to judge.
 *
 * @throws UserError when the folder, or a file in it, is there but cannot be read, or when there is no folder
 */
export async function readCityFolder(dir: string): Promise<LoadResult> {
  const files = new Map<string, Uint8Array>();
  for (const name of CITY_FILES) {
    try {
      files.set(name, await readFile(join(dir, name)));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOENT") {
        throw new UserError(
          `${join(dir, name)} cannot be read (${code ?? String(error)})`,
          "make --geo name a readable city folder",
        );
      }
    }
  }
  if (files.size === 0) {
    const mend = `make --geo name a folder with ${CITY_FILES.slice(0, 2).join(", ")} and the files beside them`;
    throw new UserError(`${dir} is no city folder: it has none of a city's files`, mend);
  }
  return loadCity(files);
}
