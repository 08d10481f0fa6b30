import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/signal/batch.js";
import { CellBytes } from "../../src/signal/cell-bytes.js";
import { newSignalEvent } from "../../src/signal/event.js";
import { fieldEnd, parseKindBytes, parsePlmnBytes } from "../../src/signal/field-bytes.js";
import { parseCell, parsePlmn } from "../../src/signal/identity.js";
import { TimeBytes } from "../../src/signal/time-bytes.js";
import { parseTime } from "../../src/signal/time-text.js";
import { cellNames, plmnNames } from "./arbitrary.js";

/** The text as it stands in a block: at an odd place, with a line feed behind it. */
function inBlock(text: string): { bytes: DataView; start: number; end: number } {
  const buffer = Buffer.from(`,${text}\n`, "latin1");
  return { bytes: new DataView(buffer.buffer, buffer.byteOffset, buffer.length), start: 1, end: buffer.length - 1 };
}

/** Texts as they should be, and the same with a few characters changed, left out or added. */
function nearly(texts: fc.Arbitrary<string>, characters: string): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat({ max: 40 }), fc.constantFrom("", ...characters), fc.integer({ min: 0, max: 1 }));
  return fc.oneof(
    texts,
    fc.tuple(texts, fc.array(change, { minLength: 1, maxLength: 3 })).map(([text, changes]) =>
      changes.reduce((changed, [at, character, removed]) => {
        const place = at % (changed.length + 1);
        return changed.slice(0, place) + character + changed.slice(place + removed);
      }, text),
    ),
  );
}

const isoTimes = fc
  .tuple(
    fc.date({ min: new Date("1999-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
    fc.constantFrom("Z", "+00:00", "+08:00", "-03:30", "+23:59", "+24:00", ""),
    fc.integer({ min: 0, max: 9 }),
  )
  .map(([date, zone, digits]) => {
    const fraction = "831427905".slice(0, digits);
    return `${date.toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}${zone}`;
  });

describe("fields read from their bytes", () => {
  test("a cell is read as from text, whatever stood before it", () => {
    const reader = new CellBytes();
    const event = newSignalEvent();
    fc.assert(
      fc.property(nearly(cellNames, "0189-:cegin "), (name) => {
        const { bytes, start, end } = inBlock(name);
        const key = parseCell(name);
        expect(reader.parse(bytes, start, end, event)).toBe(key !== null);
        if (key !== null) expect({ hi: event.cellHi, lo: event.cellLo }).toEqual(key);
      }),
      { numRuns: 2000 },
    );
  });

  test("a PLMN is read as from text", () => {
    fc.assert(
      fc.property(nearly(plmnNames, "0189-"), (name) => {
        const { bytes, start, end } = inBlock(name);
        expect(parsePlmnBytes(bytes, start, end)).toBe(parsePlmn(name));
      }),
      { numRuns: 2000 },
    );
  });

  test("a time is read as from text or left to it, and never read otherwise", () => {
    const reader = new TimeBytes();
    const times = fc.oneof(isoTimes, fc.integer({ min: 0, max: 4e12 }).map(String));
    let plain = 0;
    fc.assert(
      fc.property(nearly(times, "0159-+:.TZ "), (text) => {
        const { bytes, start, end } = inBlock(text);
        const timeMs = reader.parse(bytes, start, end);
        if (Number.isNaN(timeMs)) return;
        plain++;
        expect(timeMs).toBe(parseTime(text));
      }),
      { numRuns: 4000 },
    );
    expect(plain).toBeGreaterThan(400);
  });

  test("every plain time is read from its bytes, so that no common file takes the slow way", () => {
    const reader = new TimeBytes();
    for (const text of [
      "2012-08-16T02:00:00Z",
      "2012-08-16T02:00:00.831Z",
      "2012-08-16T02:00:00.8+08:00",
      "2012-08-16T02:00:00.831427-03:30",
      "2012-08-16T02:00:00.83+08:00",
      "1345082400831",
    ]) {
      const { bytes, start, end } = inBlock(text);
      expect(reader.parse(bytes, start, end), text).toBe(parseTime(text));
    }
  });

  test("a kind is read as its place in the list", () => {
    for (const text of [...KINDS, "", "dat", "datas", "Data", "tau ", "call"]) {
      const { bytes, start, end } = inBlock(text);
      expect(parseKindBytes(bytes, start, end), text).toBe((KINDS as readonly string[]).indexOf(text));
    }
  });

  test("a field ends at the next comma or line end, and one with a quote is left alone", () => {
    const characters = fc.string({ unit: fc.constantFrom(...'0aZ,\n\r" !#+-é\xff'), maxLength: 20 });
    fc.assert(
      fc.property(characters, fc.nat({ max: 3 }), (text, shift) => {
        const buffer = Buffer.from(`${"x".repeat(shift)}${text}\n`, "latin1");
        const bytes = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
        const end = /[,\r\n"]/.exec(`${text}\n`)?.index ?? -1;
        const expected = text[end] === '"' ? -1 : shift + end;
        expect(fieldEnd(bytes, shift, bytes.byteLength)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
