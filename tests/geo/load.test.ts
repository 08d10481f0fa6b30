import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { benchGeoLoad } from "../../bench/geo-load.js";
import { toLat, toLon } from "../../src/geo/city.js";
import { toWgs84 } from "../../src/geo/crs.js";
import { formatFault } from "../../src/geo/fault.js";
import { type LoadResult, loadCity } from "../../src/geo/load.js";
import { readCityFolder } from "../../src/source/city-folder.js";
import { cityFiles, collection, loadSound, square } from "./city-files.js";

const HANGZHOU = "../shared/data/hangzhou";

describe("loadCity", () => {
  it("loads a sound city without a word", () => {
    const { city, faults } = loadCity(cityFiles());
    expect(faults).toEqual([]);
    expect(city).toMatchObject({ name: "Small", timeZone: "Asia/Shanghai" });
    expect([city?.cells.count, city?.regions.count, city?.venues.count, city?.events.length]).toEqual([6, 3, 2, 1]);
  });

  it("needs city.yaml and cells.csv alone", () => {
    const { city, faults } = loadCity(new Map());
    expect(city).toBeNull();
    expect(faults.map(({ file, message }) => `${file} ${message}`)).toEqual([
      "city.yaml the file is missing",
      "cells.csv the file is missing",
    ]);
    const rest = {
      "regions.csv": null,
      "regions.geojson": null,
      "venues.geojson": null,
      "events.csv": null,
      "holidays.csv": null,
    };
    expect(loadSound({ ...rest, "cells.csv": "cell,lon,lat\ncgi:460-00-1-1,120.15,30.25\n" }).cells.count).toBe(1);
  });

  it("tells the faults of all files at once and gives no city", () => {
    const { city, faults } = loadCity(
      cityFiles({
        "city.yaml": "name: A\ntime_zone: Mars/Base\n",
        "cells.csv": "cell,lon\n",
        "regions.csv": "region,level,name,parent\nA,9,a,\n",
        "regions.geojson": "{",
        "venues.geojson": collection(square({ venue: "v", category: "shop" }, 120.1, 30.2, 120.2, 30.3)),
        "events.csv": "event,venue,category,start,end\nE,x,music,2026-01-01,2026-01-02\n",
        "holidays.csv": "date,kind\n1 May,holiday\n",
      }),
    );
    expect(city).toBeNull();
    expect(new Set(faults.map((fault) => fault.file)).size).toBe(7);
    for (const fault of faults) {
      expect(fault.mend).not.toBe("");
      expect(formatFault(fault)).toContain("mend:");
    }
  });

  it("lets warnings pass", () => {
    const { city, faults } = loadCity(
      cityFiles({ "cells.csv": "cell,lon,lat,colour\ncgi:460-00-1-1,120.15,30.25,red\n" }),
    );
    expect(city?.cells.count).toBe(1);
    expect(faults.map((fault) => fault.severity)).toEqual(["warning"]);
  });
});

describe.skipIf(!existsSync(HANGZHOU))("Hangzhou", () => {
  let result: LoadResult;
  beforeAll(async () => {
    result = await readCityFolder(HANGZHOU);
  });

  it("loads without an error: 30,762 cells, 13 districts under one company, 872 venues", () => {
    const { city, faults } = result;
    expect(faults.filter((fault) => fault.severity === "error")).toEqual([]);
    expect([city?.cells.count, city?.regions.count, city?.venues.count]).toEqual([30_762, 14, 872]);
    expect(city?.holidays.get("2012-09-29")).toBe("workday");
  });

  it("has each cell in the district whose polygon holds it, as a brute-force check in the map's own system says", async () => {
    const { city } = result;
    if (city === null) throw new Error("Hangzhou does not load");
    const map = JSON.parse(await readFile(`${HANGZHOU}/regions.geojson`, "utf8")) as {
      features: { properties: { region: string }; geometry: { coordinates: [number, number][][][] } }[];
    };
    const districts = map.features.map(({ properties, geometry }) => ({
      region: properties.region,
      rings: geometry.coordinates.flat().map((ring) => ring.map(([lon, lat]) => toWgs84("gcj02", lon, lat))),
    }));
    const { cells, regions, plane } = city;
    let checked = 0;
    for (let row = 0; row < cells.count; row += 15) {
      const [lon, lat] = [toLon(plane, cells.siteX[row] as number), toLat(plane, cells.siteY[row] as number)];
      const holding = districts.filter(({ rings }) => crosses(rings, lon, lat));
      if (holding.length !== 1) continue;
      expect(regions.id[cells.region[row] as number]).toBe(holding[0]?.region);
      checked++;
    }
    expect(checked).toBeGreaterThan(2000);
  });
});

function crosses(rings: readonly [number, number][][], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [ax, ay] = ring[i - 1] as [number, number];
      const [bx, by] = ring[i] as [number, number];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

describe("the benchmark of loading", () => {
  it("runs small", async () => {
    expect(await benchGeoLoad(300, 3)).toMatchObject({ cells: 300 });
    expect(await benchGeoLoad(50, 1)).toMatchObject({ cells: 50 });
  });
});
