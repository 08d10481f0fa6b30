import { NONE } from "../../src/geo/city.js";
import type { Fault } from "../../src/geo/fault.js";
import { FaultList, FileFaults } from "../../src/geo/fault.js";
import { type CityFiles, type LoadedCity, loadCity } from "../../src/geo/load.js";

/** A small sound city about 30.25 N, 120.15 E: three sites some 500 m apart, two region levels, a polygon and a point venue. */
export const SMALL_CITY: Readonly<Record<string, string>> = {
  "city.yaml":
    'name: Small\ntime_zone: Asia/Shanghai\ncrs: wgs84\nhome_plmns: ["460-00"]\nbounds: [120.0, 30.1, 120.3, 30.4]\n',
  "cells.csv": [
    "cell,site,lon,lat,azimuth,beamwidth,range_m,placement,venue,region,valid_from,valid_to",
    "cgi:460-00-1-1,A,120.150,30.250,0,65,800,outdoor,,H1,,",
    "cgi:460-00-1-2,A,120.150,30.250,120,65,800,outdoor,,H1,,",
    "cgi:460-00-1-3,A,120.150,30.250,240,65,800,outdoor,,,,",
    "cgi:460-00-1-4,B,120.155,30.250,,,,,,H2,2026-01-01,2026-03-01",
    "cgi:460-00-1-4,B,120.155,30.251,,,,,,H2,2026-03-01,",
    "ecgi:460-00-77,C,120.152,30.255,,,,indoor,mall,H2,,",
  ].join("\n"),
  "regions.csv": "region,level,name,parent\nP,3,片区,\nH1,4,hall one,P\nH2,4,hall two,P\n",
  "regions.geojson": JSON.stringify({
    type: "FeatureCollection",
    features: [square({ region: "H1" }, 120.1, 30.2, 120.1525, 30.3)],
  }),
  "venues.geojson": JSON.stringify({
    type: "FeatureCollection",
    features: [
      square({ venue: "mall", name: "Mall", category: "mall", tier: "high" }, 120.151, 30.254, 120.153, 30.256),
      feature(
        { venue: "hall", name: "Hall", category: "concert_hall" },
        { type: "Point", coordinates: [120.16, 30.26] },
      ),
    ],
  }),
  "events.csv":
    "event,venue,category,genre,start,end,title\nE1,hall,music,pop,2026-05-01T19:30,2026-05-01T22:00:00+08:00,Night\n",
  "holidays.csv": "date,kind\n2026-05-01,holiday\n2026-05-09,workday\n",
};

export function feature(properties: object, geometry: object): object {
  return { type: "Feature", properties, geometry };
}

export function square(properties: object, west: number, south: number, east: number, north: number): object {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return feature(properties, { type: "Polygon", coordinates: [ring] });
}

export function collection(...features: object[]): string {
  return `{"type":"FeatureCollection","features":[\n${features.map((one) => JSON.stringify(one)).join(",\n")}\n]}`;
}

/** The small city with some files replaced; null takes one away. */
export function cityFiles(changes: Readonly<Record<string, string | Uint8Array | null>> = {}): CityFiles {
  const files = new Map<string, Uint8Array>();
  for (const [name, content] of Object.entries({ ...SMALL_CITY, ...changes })) {
    if (content !== null) files.set(name, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  return files;
}

/** Loads the small city with changes, and fails with its faults where it does not load. */
export function loadSound(changes: Readonly<Record<string, string | Uint8Array | null>> = {}): LoadedCity {
  const { city, faults } = loadCity(cityFiles(changes));
  if (city === null) throw new Error(JSON.stringify(faults, null, 1));
  return city;
}

export function faultsOf(changes: Readonly<Record<string, string | Uint8Array | null>>): Fault[] {
  return loadCity(cityFiles(changes)).faults;
}

/** A fault list for one file, and a look at what was reported to it as `line severity message`. */
export function faultsFor(file: string): { faults: FileFaults; told: () => string[] } {
  const list = new FaultList();
  return {
    faults: new FileFaults(file, list),
    told: () => list.list().map((fault) => `${fault.line} ${fault.severity} ${fault.message}`),
  };
}

interface Validities {
  readonly validFromMs: Float64Array;
  readonly validToMs: Float64Array;
  readonly next: Int32Array;
}

/** The row of a cell in service at the time, along the chain that starts at `first`; NONE where there is none. */
export function rowAt({ validFromMs, validToMs, next }: Validities, first: number, timeMs: number): number {
  let row = first;
  while (row !== NONE && !((validFromMs[row] as number) <= timeMs && timeMs < (validToMs[row] as number)))
    row = next[row] as number;
  return row;
}
