import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCityFolder } from "../../src/source/city-folder.js";
import { SMALL_CITY } from "../geo/city-files.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "lifecircle-city-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe("readCityFolder", () => {
  it("reads the files of a city and nothing else beside them", async () => {
    for (const [name, text] of Object.entries(SMALL_CITY)) await writeFile(join(dir, name), text);
    await writeFile(join(dir, "README.md"), "not a city's file");
    const { city, faults } = await readCityFolder(dir);
    expect(faults).toEqual([]);
    expect(city?.cells.count).toBe(6);
  });

  it("leaves missing files to the check, which names them", async () => {
    await writeFile(join(dir, "cells.csv"), "cell,lon,lat\n");
    const { faults } = await readCityFolder(dir);
    expect(faults.map(({ file, message }) => `${file}: ${message}`)).toContain("city.yaml: the file is missing");
  });

  it("says so where there is no city folder, or a file cannot be read", async () => {
    await expect(readCityFolder(join(dir, "nowhere"))).rejects.toThrow("is no city folder");
    await expect(readCityFolder(dir)).rejects.toThrow("none of a city's files");
    await mkdir(join(dir, "cells.csv"));
    await expect(readCityFolder(dir)).rejects.toThrow("cells.csv cannot be read (EISDIR)");
  });
});
