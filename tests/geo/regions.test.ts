import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NONE, toX, toY } from "../../src/geo/city.js";
import { readRegions, regionAtLevel } from "../../src/geo/regions.js";
import { collection, faultsFor, faultsOf, loadSound, square } from "./city-files.js";

function read(...rows: string[]): string[] {
  const { faults, told } = faultsFor("regions.csv");
  readRegions(["region,level,name,parent", ...rows].join("\n"), faults);
  return told();
}

describe("readRegions", () => {
  it("takes a city of fewer levels than four", () => {
    expect(read("A,1,a,", "B,3,b,A", "C,4,c,B")).toEqual([]);
  });

  it("reports a parent that is unknown, of the wrong level, or missing", () => {
    expect(read("A,1,a,", "B,2,b,A", "C,3,c,A", "D,3,d,X", "E,2,e,", "F,1,f,A")).toEqual([
      "4 error region C of level 3 has parent A of level 1",
      "5 error region D of level 3 has parent X, which is not listed",
      "6 warning region E of level 2 has no parent",
      "7 error region F of level 1 has parent A of level 1",
    ]);
  });

  it("reports a cycle once, by its members", () => {
    const told = read("A,2,a,B", "B,2,b,A", "C,1,c,");
    expect(told.filter((line) => line.includes("their own parents"))).toEqual([
      "2 error regions are their own parents: A < B < A",
    ]);
  });

  it("reports ids that are empty or come twice, and levels that are none", () => {
    expect(read(",1,a,", "A,1,a,", "A,1,b,", "B,5,b,", "C,x,c,")).toEqual([
      "2 error the row names no region",
      "4 error region A comes twice, first on line 3",
      '5 error region B has level "5"',
      '6 error region C has level "x"',
    ]);
  });
});

describe("regions of a city", () => {
  it("come from the cell's column, else from the polygon, else from the nearest cell", () => {
    const { cells, regions } = loadSound();
    const names = Array.from(cells.region, (region) => regions.id[region]);
    expect(names).toEqual(["H1", "H1", "H1", "H2", "H2", "H2"]);
    const bare = loadSound({ "cells.csv": "cell,lon,lat\ncgi:460-00-1-1,120.15,30.25\ncgi:460-00-1-2,120.2,30.25\n" });
    expect(Array.from(bare.cells.region, (region) => bare.regions.id[region])).toEqual(["H1", "H1"]);
  });

  it("are NONE where neither a column nor a polygon tells any", () => {
    const city = loadSound({
      "cells.csv": "cell,lon,lat\ncgi:460-00-1-1,120.15,30.25\n",
      "regions.csv": null,
      "regions.geojson": null,
    });
    expect(city.cells.region[0]).toBe(NONE);
    expect(city.regions.locate(0, 0)).toBe(NONE);
  });

  it("of a point are the deepest polygon that holds it, else the region of the nearest cell", () => {
    const { plane, regions } = loadSound({
      "regions.geojson": collection(
        square({ region: "P" }, 120.1, 30.2, 120.2, 30.3),
        square({ region: "H2" }, 120.1, 30.2, 120.12, 30.3),
      ),
    });
    const at = (lon: number, lat: number): string | undefined =>
      regions.id[regions.locate(toX(plane, lon), toY(plane, lat))];
    expect(at(120.11, 30.25)).toBe("H2");
    expect(at(120.15, 30.25)).toBe("P");
    expect(at(120.14, 30.15)).toBe("H1");
    expect(at(120.25, 30.25)).toBe("H2");
  });

  it("of points outside all polygons agree with a search through all cells", () => {
    const { plane, cells, regions } = loadSound({ "regions.geojson": null });
    const metres = fc.double({ min: -15_000, max: 15_000, noNaN: true });
    expect(toX(plane, 120.15)).toBeCloseTo(0, 6);
    fc.assert(
      fc.property(metres, metres, (x, y) => {
        let nearest = Number.POSITIVE_INFINITY;
        let region = NONE;
        for (let row = 0; row < cells.count; row++) {
          const distance = Math.hypot(x - (cells.siteX[row] as number), y - (cells.siteY[row] as number));
          if (distance < nearest) [nearest, region] = [distance, cells.region[row] as number];
        }
        expect(regions.locate(x, y)).toBe(region);
      }),
    );
  });

  it("are found at a level by walking up the parents", () => {
    const { regions } = loadSound();
    const [p, h1] = [regions.id.indexOf("P"), regions.id.indexOf("H1")];
    expect(regionAtLevel(regions, h1, 4)).toBe(h1);
    expect(regionAtLevel(regions, h1, 3)).toBe(p);
    expect(regionAtLevel(regions, h1, 2)).toBe(NONE);
    expect(regionAtLevel(regions, p, 4)).toBe(NONE);
    expect(regionAtLevel(regions, NONE, 3)).toBe(NONE);
  });

  it("report polygons of regions that are not listed, or name none", () => {
    const faults = faultsOf({
      "regions.geojson": collection(
        square({ region: "X" }, 120.1, 30.2, 120.2, 30.3),
        square({}, 120.1, 30.2, 120.2, 30.3),
      ),
    });
    expect(faults.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([
      "regions.geojson:2 feature 1 is of region X, which regions.csv does not list",
      "regions.geojson:3 feature 2 has no property region",
    ]);
  });
});
