import { describe, expect, it } from "vitest";
import { decodeText, lineCounter } from "../../src/geo/text.js";
import { faultsFor } from "./city-files.js";

function decode(bytes: Uint8Array): { text: string | null; told: string[] } {
  const { faults, told } = faultsFor("x");
  const text = decodeText(bytes, faults);
  return { text, told: told() };
}

describe("decodeText", () => {
  it("takes a byte order mark off", () => {
    expect(decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)).text).toBe("a");
  });

  it("reports an empty file, and one of spaces only", () => {
    expect(decode(new Uint8Array(0)).told).toEqual(["null error the file is empty"]);
    expect(decode(new TextEncoder().encode(" \n")).text).toBeNull();
  });

  it("names the line of the first byte that is not UTF-8, as in a GBK file", () => {
    const gbk = Uint8Array.of(0x61, 0x0a, 0x62, 0x0a, 0xba, 0xbc, 0xd6, 0xdd);
    expect(decode(gbk).told).toEqual(["3 error the file is not UTF-8 (the first wrong byte is on this line)"]);
  });

  it("reports UTF-16", () => {
    expect(decode(Uint8Array.of(0xff, 0xfe, 0x61, 0)).told).toEqual(["1 error the file is UTF-16"]);
  });
});

describe("lineCounter", () => {
  it("tells the lines of ascending offsets", () => {
    const line = lineCounter("a\nbc\n\nd");
    expect([0, 1, 2, 3, 5, 6].map(line)).toEqual([1, 1, 2, 2, 3, 4]);
  });
});
