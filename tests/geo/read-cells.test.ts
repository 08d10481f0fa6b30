import { describe, expect, it } from "vitest";
import { NONE } from "../../src/geo/city.js";
import { parseCell } from "../../src/signal/identity.js";
import { faultsOf, loadSound, rowAt, SMALL_CITY } from "./city-files.js";

function told(cells: string): string[] {
  return faultsOf({ "cells.csv": cells }).map(
    ({ file, line, severity, message }) => `${file}:${line} ${severity} ${message}`,
  );
}

function rowOf(city: ReturnType<typeof loadSound>, name: string): number {
  const key = parseCell(name);
  return key === null ? NONE : city.cells.find(key.hi, key.lo);
}

describe("cells.csv", () => {
  it("needs cell, lon and lat alone, in any order", () => {
    const city = loadSound({ "cells.csv": "lat,cell,lon\n30.25,ncgi:460-00-68719476735,120.15\n" });
    expect(city.cells.count).toBe(1);
    expect(rowOf(city, "ncgi:460-00-68719476735")).toBe(0);
    expect(rowOf(city, "ncgi:460-00-68719476734")).toBe(NONE);
  });

  it("reads with a byte order mark, CRLF and quoted fields as without", () => {
    const plain = loadSound().cells;
    const windows = `\ufeff${(SMALL_CITY["cells.csv"] as string)
      .split("\n")
      .map((row) =>
        row
          .split(",")
          .map((field) => `"${field}"`)
          .join(","),
      )
      .join("\r\n")}\r\n`;
    const { cells } = loadSound({ "cells.csv": windows });
    for (const column of [
      "keyHi",
      "keyLo",
      "x",
      "y",
      "sigma",
      "site",
      "region",
      "validFromMs",
      "indoorVenue",
    ] as const) {
      expect(cells[column]).toEqual(plain[column]);
    }
  });

  it("keeps the validities of a cell apart, in the city's time", () => {
    const city = loadSound();
    const first = rowOf(city, "cgi:460-00-1-4");
    expect(first).toBe(3);
    expect(city.cells.next[first]).toBe(4);
    const at = (time: string): number => rowAt(city.cells, first, Date.parse(time));
    expect(at("2026-02-28T23:59:59+08:00")).toBe(3);
    expect(at("2026-03-01T00:00:00+08:00")).toBe(4);
    expect(at("2025-12-31T23:59:59+08:00")).toBe(NONE);
    expect(at("2036-01-01T00:00:00Z")).toBe(4);
  });

  it("numbers sites by their name, or by position where they have none", () => {
    expect(Array.from(loadSound().cells.site)).toEqual([0, 0, 0, 1, 1, 2]);
    const rows = ["cgi:460-00-1-1,120.15,30.25", "cgi:460-00-1-2,120.150002,30.25", "cgi:460-00-1-3,120.16,30.25"];
    const { cells } = loadSound({ "cells.csv": ["cell,lon,lat", ...rows].join("\n") });
    expect(Array.from(cells.site)).toEqual([0, 0, 1]);
  });

  it("reports cells that are none, and fields that are no numbers or out of range", () => {
    const rows = [
      "cell,lon,lat,azimuth,beamwidth,range_m",
      "cgi:46-0-1-1,120.15,30.25,,,",
      "cgi:460-00-1-33554432,120.15,30.25,,,",
      "cgi:460-00-1-1,,30.25,,,",
      "cgi:460-00-1-2,120.15,north,,,",
      "cgi:460-00-1-3,120.15,30.25,-1,0,-5",
      "cgi:460-00-1-4,120.15,30.25,10,65,500",
    ];
    expect(told(rows.join("\n"))).toEqual([
      'cells.csv:2 error "cgi:46-0-1-1" is no cell of 3GPP TS 23.003',
      'cells.csv:3 error "cgi:460-00-1-33554432" is no cell of 3GPP TS 23.003',
      'cells.csv:4 error lon "" is no number',
      'cells.csv:5 error lat "north" is no number',
      'cells.csv:6 error range_m "-5" is no number from 1 to 120000',
      'cells.csv:6 error beamwidth "0" is no number from 1 to 360',
      'cells.csv:6 error azimuth "-1" is no number from 0 to 360',
    ]);
  });

  it("reports unknown regions, venues and placements, and venues where they do not belong", () => {
    const rows = [
      "cell,lon,lat,placement,venue,region",
      "cgi:460-00-1-1,120.15,30.25,roof,,H1",
      "cgi:460-00-1-2,120.15,30.25,indoor,shop,H9",
      "cgi:460-00-1-3,120.15,30.25,indoor,,H1",
      "cgi:460-00-1-4,120.15,30.25,outdoor,mall,H1",
    ];
    expect(told(rows.join("\n"))).toEqual([
      'cells.csv:2 error cell cgi:460-00-1-1 has placement "roof"',
      "cells.csv:3 error cell cgi:460-00-1-2 names venue shop, which venues.geojson does not have",
      "cells.csv:3 error cell cgi:460-00-1-2 names region H9, which regions.csv does not list",
      "cells.csv:4 warning indoor cell cgi:460-00-1-3 names no venue",
      "cells.csv:5 warning cell cgi:460-00-1-4 names a venue but is not indoor",
    ]);
  });

  it("reports swapped and far positions, and lets one just outside pass with a warning", () => {
    const rows = [
      "cell,lon,lat",
      "cgi:460-00-1-1,30.25,120.15",
      "cgi:460-00-1-2,121.5,30.25",
      "cgi:460-00-1-3,120.32,30.25",
    ];
    const lines = told(rows.join("\n"));
    expect(lines[0]).toContain(
      "cells.csv:2 error cell cgi:460-00-1-1 lies at 30.25, 120.15: longitude and latitude look swapped",
    );
    expect(lines[1]).toContain("cells.csv:3 error");
    expect(lines[2]).toContain("cells.csv:4 warning");
    expect(loadSound({ "cells.csv": [rows[0], rows[3]].join("\n") }).cells.count).toBe(1);
  });

  it("reports cells in service twice at a time, with both lines, and times that are none", () => {
    const rows = [
      "cell,lon,lat,valid_from,valid_to",
      "cgi:460-00-1-1,120.15,30.25,2026-01-01,2026-03-01",
      "cgi:460-00-1-1,120.15,30.25,2026-02-01,",
      "cgi:460-00-1-2,120.15,30.25,2026-03-01,2026-02-01",
      "cgi:460-00-1-3,120.15,30.25,soon,",
    ];
    expect(told(rows.join("\n"))).toEqual([
      "cells.csv:3 error cell cgi:460-00-1-1 is in service at the same time as on line 2",
      "cells.csv:4 error cell cgi:460-00-1-2 is valid to 2026-02-01, not after its start",
      'cells.csv:5 error valid_from "soon" is no time',
    ]);
  });

  it("reports a missing column, a header alone, and an empty file", () => {
    expect(told("cell,lon\ncgi:460-00-1-1,120.15\n")).toEqual(["cells.csv:1 error column lat is missing"]);
    expect(told("cell,lon,lat\n")).toEqual(["cells.csv:null error the file has no usable cell"]);
    expect(told("")).toEqual(["cells.csv:null error the file is empty"]);
  });

  it("converts positions that are declared to be GCJ-02", () => {
    const yaml = `${SMALL_CITY["city.yaml"]}`.replace("crs: wgs84", "crs:\n  cells.csv: gcj02");
    const [plain, shifted] = [loadSound().cells, loadSound({ "city.yaml": yaml }).cells];
    const shift = Math.hypot(
      (plain.siteX[0] as number) - (shifted.siteX[0] as number),
      (plain.siteY[0] as number) - (shifted.siteY[0] as number),
    );
    expect(shift).toBeGreaterThan(400);
    expect(shift).toBeLessThan(700);
  });
});
