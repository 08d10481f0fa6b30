import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type CityWatch, watchCity } from "../../src/cli/watch-city.js";
import { folder, until } from "../smoke/lifecircle.js";
import { smallCityFiles, writeSmallCity } from "../smoke/small-city.js";

const city = folder();
afterAll(() => city.remove());

const CELLS = smallCityFiles()["cells.csv"] as string;

function replace(name: string, text: string): void {
  writeFileSync(join(city.path, `${name}.new`), text);
  renameSync(join(city.path, `${name}.new`), join(city.path, name));
}

test("changed files are taken when they are good, refused with all faults when not, and looked at again when they are mended", async () => {
  writeSmallCity(city.path);
  const said: string[] = [];
  const outcomes: boolean[] = [];
  const watch: CityWatch = await watchCity(city.path, {
    warn: (message) => said.push(message),
    onChange: (isTaken) => outcomes.push(isTaken),
  });
  try {
    const first = watch.city;
    expect(watch.changed()).toBeNull();

    replace("cells.csv", `${CELLS}ecgi:460-00-9,113.31,23.11,W\n`);
    await until(() => outcomes.length === 1, "the first change");
    expect(watch.city.cells.count).toBe(first.cells.count + 1);
    expect(watch.changed()).toBe(watch.city);
    expect(watch.changed()).toBeNull();

    const taken = watch.city;
    replace("cells.csv", `${CELLS}ecgi:460-00-9,999,23.11,W\nno cell,113.3,23.1,W\n`);
    replace("regions.csv", "region,level,name,parent\nW,9,west,\nE,4,east,\n");
    await until(() => outcomes.length === 2, "the second change");
    expect(outcomes).toEqual([true, false]);
    expect(watch.changed()).toBeNull();
    expect(watch.city).toBe(taken);
    const refusal = said.at(-1) as string;
    for (const fault of [
      "cells.csv:38: error",
      "cells.csv:39: error",
      "regions.csv:2: error",
      "of before stay in force",
    ])
      expect(refusal).toContain(fault);
    expect(said.filter((text) => text.includes("of before stay"))).toHaveLength(1);

    rmSync(join(city.path, "cells.csv"));
    await until(() => outcomes.length === 3, "the third change");
    expect(said.at(-1)).toContain("the file is missing");

    writeSmallCity(city.path);
    await until(() => outcomes.length === 4, "the mended files");
    expect(outcomes).toEqual([true, false, false, true]);
    expect(watch.changed()?.cells.count).toBe(first.cells.count);
  } finally {
    watch.close();
  }
});
