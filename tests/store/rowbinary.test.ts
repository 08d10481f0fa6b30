import fc from "fast-check";
import { expect, test } from "vitest";
import {
  beginRow,
  clear,
  createRowBuffer,
  putDateTime,
  putEpochMs,
  putFloat32,
  putFloat64,
  putString,
  putUInt8,
  putUInt16,
  putUInt32,
  putUInt64,
  written,
} from "../../src/store/rowbinary.js";

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The format as its documentation has it, byte by byte. */
function slowString(text: string): Buffer {
  const utf8 = Buffer.from(text, "utf8");
  const length: number[] = [];
  let rest = utf8.length;
  do {
    length.push(rest > 127 ? (rest % 128) + 128 : rest);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(length), utf8]);
}

test("any strings are written as a varint length and UTF-8, however long and in whatever order", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ maxLength: 60 }),
    fc.constant("广".repeat(9000)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
      const buffer = createRowBuffer();
      for (const each of texts) {
        beginRow(buffer);
        putString(buffer, each);
        putUInt8(buffer, 7);
      }
      const expected = texts.map((each) => Buffer.concat([slowString(each), Buffer.from([7])]));
      expect(Buffer.compare(written(buffer), Buffer.concat(expected))).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test("a text that was just written is written again the same, also into a buffer that has grown or begun again", () => {
  const texts = ["e".repeat(90), "e".repeat(90), "广".repeat(9000), "R1", "广".repeat(9000)];
  const buffer = createRowBuffer();
  for (let run = 0; run < 2; run++) {
    clear(buffer);
    for (const text of texts) putString(buffer, text);
    expect(Buffer.compare(written(buffer), Buffer.concat(texts.map(slowString)))).toBe(0);
  }
});

test("a 64-bit number is the same from two words as from one BigInt", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const buffer = createRowBuffer();
      putUInt64(buffer, Number(value >> 32n), Number(value & 0xffffffffn));
      expect(Buffer.compare(written(buffer), uint64(value))).toBe(0);
    }),
  );
});

test("numbers are little-endian in their width", () => {
  const buffer = createRowBuffer();
  putUInt8(buffer, 255);
  putUInt16(buffer, 0xfffe);
  putUInt32(buffer, 0xfffffffd);
  putFloat32(buffer, 0.5);
  putFloat64(buffer, 113.25);
  const expected = Buffer.alloc(19);
  expected.writeUInt8(255, 0);
  expected.writeUInt16LE(0xfffe, 1);
  expected.writeUInt32LE(0xfffffffd, 3);
  expected.writeFloatLE(0.5, 7);
  expected.writeDoubleLE(113.25, 11);
  expect(Buffer.compare(written(buffer), expected)).toBe(0);
});

test("an instant becomes whole seconds, and one outside of the type's range its nearest end", () => {
  const buffer = createRowBuffer();
  putDateTime(buffer, 1_700_000_000_999);
  putDateTime(buffer, -1);
  putDateTime(buffer, 1e15);
  putEpochMs(buffer, 1_700_000_000_999);
  const expected = Buffer.alloc(12);
  expected.writeUInt32LE(1_700_000_000, 0);
  expected.writeUInt32LE(0xffffffff, 8);
  expect(Buffer.compare(written(buffer), Buffer.concat([expected, uint64(1_700_000_000_999n)]))).toBe(0);
});
