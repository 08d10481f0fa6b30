import { describe, expect, it } from "vitest";
import { loadCity } from "../../src/geo/load.js";
import { plmnText } from "../../src/geo/opencellid.js";
import { formatCell, parseCell, parsePlmn } from "../../src/signal/identity.js";
import { refused, run } from "../property/running.js";
import { cityFiles, loadSound } from "./city-files.js";

const HEADER = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal";
const TAIL = ",1000,7,1,1300000000,1400000000,";
const ROWS = [
  `GSM,460,0,22556,60731,0,120.15,30.25${TAIL}`,
  `UMTS,460,1,4097,16804726,0,120.15,30.26${TAIL}`,
  `LTE,460,11,4097,268435455,0,120.16,30.25${TAIL}`,
  `NR,460,0,4097,68719476735,0,120.16,30.26${TAIL}`,
];

function names(text: string): (string | null)[] {
  const { cells } = loadSound({ "cells.csv": text });
  return Array.from(cells.keyHi, (hi, row) => formatCell(hi, cells.keyLo[row] as number));
}

const EXPECTED = [
  "cgi:460-00-22556-60731",
  "cgi:460-01-4097-16804726",
  "ecgi:460-11-268435455",
  "ncgi:460-00-68719476735",
];

describe("OpenCelliD's CSV", () => {
  it("names GSM, UMTS, LTE and NR cells as TS 23.003 does, and keeps a UMTS id whole, RNC-ID and C-ID", () => {
    expect(names([HEADER, ...ROWS].join("\n"))).toEqual(EXPECTED);
  });

  it("is known by its rows where it has no header", () => {
    expect(names(ROWS.join("\n"))).toEqual(EXPECTED);
  });

  it("leaves out, with a warning, what is elsewhere, CDMA, out of range, or told twice", () => {
    const odd = [
      `LTE,460,0,1,5,0,113.2,23.1${TAIL}`,
      `CDMA,460,3,1,5,0,120.15,30.25${TAIL}`,
      `GSM,460,0,22556,70000,0,120.15,30.25${TAIL}`,
      ROWS[0],
    ];
    const { city, faults } = loadCity(cityFiles({ "cells.csv": [HEADER, ...ROWS, ...odd].join("\n") }));
    expect(city?.cells.count).toBe(4);
    expect(faults.map(({ line, severity }) => `${line} ${severity}`)).toEqual([
      "6 warning",
      "7 warning",
      "8 warning",
      "9 warning",
    ]);
  });

  const PLACES = [
    `UMTS,460,1,4097,16804726,0,120.12,30.26${TAIL}`,
    `UMTS,460,1,4098,${300 * 65_536 + 7},0,120.15,30.26${TAIL}`,
    `UMTS,460,1,4098,${301 * 65_536 + 7},0,120.18,30.26${TAIL}`,
    `UMTS,460,1,4099,${310 * 65_536 + 8},0,120.15,30.22${TAIL}`,
    `GSM,460,1,4099,8,0,120.18,30.22${TAIL}`,
    `UMTS,460,1,4099,${1019 * 65_536 + 9},0,120.21,30.22${TAIL}`,
  ];

  /** Cell and longitude of the stay of somebody who is heard there for an hour, or what was refused. */
  async function heardAt(cell: string): Promise<unknown> {
    const events = Array.from({ length: 12 }, (_, i) => ({
      timeMs: Date.parse("2026-03-02T10:00:00+08:00") + i * 300_000,
      subscriber: "p",
      cell,
    }));
    const ran = await run(loadSound({ "cells.csv": [HEADER, ...PLACES].join("\n") }), events);
    const [stay] = ran.rows.stays;
    return stay === undefined ? refused(ran) : `${stay.cell} at ${stay.lon.toFixed(2)}`;
  }

  it("has the UMTS cell that an event names, with RNC-ID and C-ID or with the C-ID alone", async () => {
    expect(await heardAt("cgi:460-01-4097-16804726")).toBe("cgi:460-01-4097-16804726 at 120.12");
    expect(await heardAt("cgi:460-01-4097-27510")).toBe("cgi:460-01-4097-16804726 at 120.12");
    expect(await heardAt(`cgi:460-01-4098-${300 * 65_536 + 7}`)).toBe(`cgi:460-01-4098-${300 * 65_536 + 7} at 120.15`);
  });

  it("takes no UMTS cell for another that shares its C-ID, nor for the GSM cell of that name", async () => {
    expect(await heardAt("cgi:460-01-4098-7")).toEqual({ unknown_cell: 12 });
    expect(await heardAt("cgi:460-01-4099-8")).toBe("cgi:460-01-4099-8 at 120.18");
    expect(await heardAt(`cgi:460-01-4099-${310 * 65_536 + 8}`)).toContain("at 120.15");
    expect(await heardAt(`cgi:460-01-4097-${302 * 65_536 + 27_510}`)).toEqual({ unknown_cell: 12 });
  });

  it("names a UMTS cell by its C-ID where signalling cannot name it whole", async () => {
    expect(parseCell(`cgi:460-01-4099-${1019 * 65_536 + 9}`)).toBeNull();
    expect(await heardAt("cgi:460-01-4099-9")).toBe("cgi:460-01-4099-9 at 120.21");
  });

  it("writes an MNC with three digits from 100 on, where a home PLMN has them, or where the country's networks do", () => {
    const none = new Set<number>();
    expect(plmnText("460", "0", none)).toBe("460-00");
    expect(plmnText("310", "410", none)).toBe("310-410");
    expect(plmnText("310", "12", none)).toBe("310-012");
    expect(plmnText("310", "12", new Set([parsePlmn("310-12")]))).toBe("310-12");
    expect(plmnText("460", "7", new Set([parsePlmn("460-007")]))).toBe("460-007");
    expect(plmnText("46", "1", none)).toBe("046-01");
  });
});
