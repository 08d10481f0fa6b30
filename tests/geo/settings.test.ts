import { describe, expect, it } from "vitest";
import { readSettings, type Settings } from "../../src/geo/settings.js";
import { parsePlmn } from "../../src/signal/identity.js";
import { faultsFor } from "./city-files.js";

const GOOD = 'name: A\ntime_zone: Asia/Shanghai\nhome_plmns: ["460-00", "310-410"]\nbounds: [120, 30, 121, 31]\n';

function read(text: string): { settings: Settings; told: string[] } {
  const { faults, told } = faultsFor("city.yaml");
  const settings = readSettings(text, new Set(["city.yaml", "cells.csv", "venues.geojson"]), faults);
  return { settings, told: told() };
}

describe("readSettings", () => {
  it("reads every key, and wgs84 where no crs is declared", () => {
    const { settings, told } = read(GOOD);
    expect(told).toEqual([]);
    expect(settings).toMatchObject({ name: "A", timeZone: "Asia/Shanghai" });
    expect(settings.bounds).toEqual({ west: 120, south: 30, east: 121, north: 31 });
    expect(settings.homePlmns).toEqual(new Set([parsePlmn("460-00"), parsePlmn("310-410")]));
    expect(settings.crsOf("cells.csv")).toBe("wgs84");
  });

  it("reads bounds by name, and one crs for all or one a file", () => {
    const named = GOOD.replace("[120, 30, 121, 31]", "{north: 31, west: 120, south: 30, east: 121}");
    expect(read(named).settings.bounds).toEqual({ west: 120, south: 30, east: 121, north: 31 });
    expect(read(`${GOOD}crs: bd09\n`).settings.crsOf("cells.csv")).toBe("bd09");
    const { settings } = read(`${GOOD}crs:\n  venues.geojson: gcj02\n`);
    expect(["venues.geojson", "cells.csv"].map(settings.crsOf)).toEqual(["gcj02", "wgs84"]);
  });

  it("reports all missing keys at once", () => {
    expect(read("crs: wgs84\n").told).toEqual([
      "null error name is missing",
      "null error time_zone is missing",
      "null error bounds is missing",
      "null error home_plmns is missing",
    ]);
  });

  it("reports wrong values with their lines", () => {
    const text =
      "name: 5\ntime_zone: Asia/Hangzhou\nhome_plmns:\n  - 46000\n  - 460-0\nbounds: [121, 30, 120, 31]\ncrs: utm\ncolour: red\n";
    expect(read(text).told).toEqual([
      "1 error name is not a text",
      "2 error no time zone is called Asia/Hangzhou",
      "4 error 46000 is no PLMN",
      "5 error 460-0 is no PLMN",
      "6 error bounds 121,30,120,31 do not enclose an area of the earth",
      "7 error crs utm is not known",
      "8 warning key colour is not known and not read",
    ]);
  });

  it("reports bounds that are not four numbers, and a list that is none", () => {
    expect(read(GOOD.replace("[120, 30, 121, 31]", "[120, 30, east, 31]")).told).toEqual([
      "4 error bounds are not four numbers",
    ]);
    expect(read(GOOD.replace('["460-00", "310-410"]', "460-00")).told).toEqual(["3 error home_plmns is not a list"]);
  });

  it("reports a crs for a file that is not there, and YAML that is none", () => {
    expect(read(`${GOOD}crs:\n  cell.csv: gcj02\n  cells.csv: mars\n`).told).toEqual([
      "6 warning crs names cell.csv, which the folder does not have",
      "7 error crs mars is not known",
    ]);
    expect(read('name: "A\n').told[0]).toMatch(/error not YAML/);
    expect(read("just text").told).toEqual(["1 error no keys"]);
  });
});
