import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCellKey, isPackedPlmn } from "../../src/signal/cell-key.js";
import {
  formatCell,
  formatPlmn,
  formatPseudonym,
  parseCell,
  parsePlmn,
  partitionOf,
} from "../../src/signal/identity.js";
import { cellNames, plmnNames } from "./arbitrary.js";

describe("identities of TS 23.003", () => {
  test("a cell comes back from its key by the same name, over all digits and bits", () => {
    fc.assert(
      fc.property(cellNames, (name) => {
        const key = parseCell(name);
        expect(key).not.toBeNull();
        expect(formatCell(key?.hi ?? 0, key?.lo ?? 0)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  test("two names never share a key", () => {
    fc.assert(
      fc.property(cellNames, cellNames, (a, b) => {
        expect(JSON.stringify(parseCell(a)) === JSON.stringify(parseCell(b))).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });

  test("a CI of 16 bits keeps the packing of TS 23.003; only a longer one, RNC-ID and C-ID together, is packed otherwise", () => {
    const key = (name: string) => {
      const { hi, lo } = parseCell(name) ?? { hi: 0, lo: 0 };
      return (BigInt(hi) << 32n) | BigInt(lo);
    };
    expect(key("cgi:460-00-22553-25175")).toBe((1n << 62n) | (506_000n << 41n) | (22_553n << 16n) | 25_175n);
    expect(key("cgi:460-00-22553-69098")).toBe((506_000n << 41n) | (22_553n << 25n) | 69_098n);
    expect(key("cgi:460-00-0-65535") >> 62n).toBe(1n);
    expect(key("cgi:460-00-0-65536") >> 62n).toBe(0n);
  });

  test("a PLMN keeps its leading zeros and the length of its MNC", () => {
    fc.assert(
      fc.property(plmnNames, (name) => {
        expect(formatPlmn(parsePlmn(name))).toBe(name);
      }),
    );
    expect(new Set(["460-00", "460-000", "046-00", "460-01"].map(parsePlmn)).size).toBe(4);
    for (const name of ["46-0", "460-0", "4600-0", "460-0000", "46000", "460-0a", ""]) expect(parsePlmn(name)).toBe(0);
  });

  test("an ECI has 28 bits, an NCI 36, a LAC 16, a CI 25, and one more is no cell", () => {
    expect(parseCell("ecgi:460-00-268435455")).not.toBeNull();
    expect(parseCell("ecgi:460-00-268435456")).toBeNull();
    expect(parseCell("ncgi:460-00-68719476735")).not.toBeNull();
    expect(parseCell("ncgi:460-00-68719476736")).toBeNull();
    expect(parseCell("cgi:460-00-65535-65535")).not.toBeNull();
    expect(parseCell("cgi:460-00-65536-0")).toBeNull();
    expect(parseCell("cgi:460-00-65535-33554431")).not.toBeNull();
    expect(parseCell("cgi:460-00-0-33554432")).toBeNull();
    expect(parseCell("cgi:460-00-65536-69098")).toBeNull();
    expect(parseCell("cgi:46-0-1-2")).toBeNull();
  });

  test("a 5G cell with 17 digits in all and a three-digit MNC is a cell", () => {
    expect(parseCell("ncgi:310-260-68719476735")).not.toBeNull();
  });

  test("a key is told from other bits exactly where it has a name", () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(word, word, fc.nat({ max: 40 }), (hi, lo, shift) => {
        const low = shift < 32 ? lo >>> shift : 0;
        expect(isCellKey(hi, low)).toBe(formatCell(hi, low) !== null);
        const narrow = (hi & 0xfffffe0f) >>> 0;
        expect(isCellKey(narrow, low)).toBe(formatCell(narrow, low) !== null);
      }),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(cellNames, plmnNames, (cell, plmn) => {
        const key = parseCell(cell);
        expect(isCellKey(key?.hi ?? 0, key?.lo ?? 0)).toBe(true);
        expect(isPackedPlmn(parsePlmn(plmn))).toBe(true);
      }),
    );
    expect([0, 1_100_001, 0xffff_ffff].map(isPackedPlmn)).toEqual([false, false, false]);
  });

  test("a partition is the pseudonym modulo the number of partitions, exactly", () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 65_536 }), (hi, lo, partitions) => {
        const pseudonym = (BigInt(hi) << 32n) | BigInt(lo);
        expect(formatPseudonym(hi, lo)).toBe(String(pseudonym));
        expect(partitionOf(hi, lo, partitions)).toBe(Number(pseudonym % BigInt(partitions)));
      }),
    );
  });
});
