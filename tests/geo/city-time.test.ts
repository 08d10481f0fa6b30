import { describe, expect, it } from "vitest";
import { createTimeReader, isDate } from "../../src/geo/city-time.js";

const shanghai = createTimeReader("Asia/Shanghai");

describe("times of reference data", () => {
  it("without an offset are local times of the city, and a date is its midnight", () => {
    expect(shanghai("2026-05-01T19:30")).toBe(Date.parse("2026-05-01T19:30:00+08:00"));
    expect(shanghai("2026-05-01 19:30:15")).toBe(Date.parse("2026-05-01T19:30:15+08:00"));
    expect(shanghai("2026-05-01")).toBe(Date.parse("2026-05-01T00:00:00+08:00"));
  });

  it("with an offset, or in epoch milliseconds, are what they say", () => {
    expect(shanghai("2026-05-01T19:30:00.250Z")).toBe(Date.parse("2026-05-01T19:30:00.250Z"));
    expect(shanghai("2026-05-01T19:30:00-0330")).toBe(Date.parse("2026-05-01T19:30:00-03:30"));
    expect(shanghai("1777600000000")).toBe(1_777_600_000_000);
  });

  it("follow summer time", () => {
    const berlin = createTimeReader("Europe/Berlin");
    expect(berlin("2026-03-29T01:30")).toBe(Date.parse("2026-03-29T01:30:00+01:00"));
    expect(berlin("2026-03-29T03:30")).toBe(Date.parse("2026-03-29T03:30:00+02:00"));
    expect(berlin("2026-10-25T12:00")).toBe(Date.parse("2026-10-25T12:00:00+01:00"));
  });

  it("are refused where no such day or time exists", () => {
    for (const text of ["", "soon", "2026-02-30", "2026-05-01T25:00", "2026-05-01T19:60", "1.5.2026", "2026-13-01"]) {
      expect(shanghai(text)).toBeNaN();
    }
  });

  it("knows days that exist", () => {
    expect(["2024-02-29", "2025-02-29", "2025-2-3", "20250203"].map(isDate)).toEqual([true, false, false, false]);
  });
});
