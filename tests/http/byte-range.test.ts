import fc from "fast-check";
import { expect, test } from "vitest";
import { byteRange } from "../../src/http/byte-range.js";

test("a range is from a byte on, from one to another, or the last bytes, and never longer than the file", () => {
  expect(byteRange("bytes=10-", 100)).toEqual({ first: 10, last: 99 });
  expect(byteRange("bytes=0-0", 100)).toEqual({ first: 0, last: 0 });
  expect(byteRange("bytes=10-19", 100)).toEqual({ first: 10, last: 19 });
  expect(byteRange("Bytes=10-1000", 100)).toEqual({ first: 10, last: 99 });
  expect(byteRange("bytes=-7", 100)).toEqual({ first: 93, last: 99 });
  expect(byteRange("bytes=-700", 100)).toEqual({ first: 0, last: 99 });
});

test("a range without a byte of the file is beyond it", () => {
  for (const header of ["bytes=100-", "bytes=100-200", "bytes=-0"]) expect(byteRange(header, 100)).toBe("beyond");
  expect(byteRange("bytes=-5", 0)).toBe("beyond");
});

test("without a range, with several, with other units and with what is none the file is whole", () => {
  for (const header of [null, "", "bytes=-", "bytes=5-3", "bytes=1-2,5-6", "lines=1-2", "bytes=a-b", "bytes=1.5-2"])
    expect(byteRange(header, 100)).toBeNull();
});

test("whatever is asked, a range lies within the file", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(2000), (from, to, bytes) => {
      for (const header of [`bytes=${from}-${to}`, `bytes=${from}-`, `bytes=-${to}`]) {
        const range = byteRange(header, bytes);
        if (range === null || range === "beyond") continue;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(bytes);
      }
    }),
  );
});
