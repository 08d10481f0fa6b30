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
    const faultsOf = async (path: string) => {
      const { city, faults } = await readCityFolder(path);
      expect(city).toBeNull();
      return faults.map(({ file, message }) => `${file}: ${message}`);
    };
    const none = (path: string) => [`${path}: no city folder: it has none of a city's files`];
    expect(await faultsOf(join(dir, "nowhere"))).toEqual(none(join(dir, "nowhere")));
    expect(await faultsOf(dir)).toEqual(none(dir));
    for (const name of ["cells.csv", "regions.csv"]) await mkdir(join(dir, name));
    expect(await faultsOf(dir)).toEqual(["cells.csv: cannot be read (EISDIR)", "regions.csv: cannot be read (EISDIR)"]);
  });
});
