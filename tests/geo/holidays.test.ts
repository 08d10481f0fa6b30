import { describe, expect, it } from "vitest";
import { faultsOf, loadSound } from "./city-files.js";

describe("holidays", () => {
  it("map dates to what they are", () => {
    expect([...loadSound().holidays]).toEqual([
      ["2026-05-01", "holiday"],
      ["2026-05-09", "workday"],
    ]);
  });

  it("report dates that do not exist, unknown kinds, and a date that is both", () => {
    const text =
      "date,kind\n2026-02-30,holiday\n2026-05-01,off\n2026-05-02,holiday\n2026-05-02,workday\n2026/05/03,holiday\n";
    expect(faultsOf({ "holidays.csv": text }).map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 "2026-02-30" is no date',
      '3 kind "off" of 2026-05-01 is not known',
      "5 2026-05-02 is both holiday and workday",
      '6 "2026/05/03" is no date',
    ]);
  });
});
