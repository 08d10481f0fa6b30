import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTime } from "../../src/signal/time-text.js";

describe("a time in text", () => {
  test("is what the calendar of the platform says, for every millisecond and offset", () => {
    const dates = fc.date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(dates, fc.constantFrom("Z", "+08:00", "-11:30", "+05:45"), (date, zone) => {
        const text = date.toISOString().replace("Z", zone);
        expect(parseTime(text)).toBe(new Date(text).getTime());
        expect(parseTime(String(date.getTime()))).toBe(date.getTime());
      }),
    );
  });

  test("may leave out seconds, use a space or a comma, and be finer than milliseconds", () => {
    const at = Date.UTC(2012, 7, 16, 2, 0, 0);
    expect(parseTime("2012-08-16 10:00+08:00")).toBe(at);
    expect(parseTime("2012-08-16T10:00:00+0800")).toBe(at);
    expect(parseTime("2012-08-16t02:00:00,5z")).toBe(at + 500);
    expect(parseTime("2012-08-16T02:00:00.831999999Z")).toBe(at + 831);
  });

  test("without an offset, on no day of the calendar, or in no hour is none", () => {
    for (const text of [
      "",
      "2012-08-16T02:00:00",
      "2012-02-30T02:00:00Z",
      "2013-02-29T02:00:00Z",
      "2012-13-01T02:00:00Z",
      "2012-08-16T24:00:00Z",
      "2012-08-16T02:60:00Z",
      "2012-08-16T02:00:00+24:00",
      "16.08.2012 02:00",
      "1345082400.5",
      "1e12",
      " 1345082400831",
    ]) {
      expect(parseTime(text), text).toBeNaN();
    }
  });
});
