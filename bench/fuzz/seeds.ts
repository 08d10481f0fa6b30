/** A small city and the signalling of a few people in it, from which inputs are made. */
import { type LoadedCity, loadCity } from "../../src/geo/load.js";
import { KINDS } from "../../src/signal/batch.js";

/** Raw ids begin with these digits; nothing that is kept or told may hold one. */
export const RAW_ID_DIGITS = "460001234567";
export const NOW_MS = Date.UTC(2026, 0, 9);
const START_MS = Date.UTC(2026, 0, 5);

export const CITY_SEEDS: Readonly<Record<string, string>> = {
  "city.yaml": `# A city
name: Small
time_zone: Asia/Shanghai
crs: { cells.csv: wgs84, venues.geojson: gcj02 }
home_plmns: ["460-00", "460-01"]
bounds: [113.0, 23.0, 113.6, 23.3]
`,
  "cells.csv": `cell,site,lon,lat,azimuth,beamwidth,range_m,placement,venue,region,valid_from,valid_to
ecgi:460-00-1000,s1,113.30,23.10,0,120,800,outdoor,,W,,
ecgi:460-00-1001,s1,113.30,23.10,120,120,800,outdoor,,W,2025-01-01,2026-01-07
cgi:460-00-9000-77,s2,113.31,23.11,,,,outdoor,,E,,
ncgi:460-01-68719476735,s3,113.32,23.12,,,150,indoor,mall,E,,
`,
  "regions.csv": "region,level,name,parent\nC,3,city,\nW,4,west,C\nE,4,east,C\n",
  "events.csv":
    'event,venue,category,genre,start,end,title\ne1,mall,music,pop,2026-01-06T19:30:00+08:00,2026-01-06T22:00:00+08:00,"A ""night"", live"\n',
  "holidays.csv": "date,kind\n2026-01-01,holiday\n2026-01-04,workday\n",
  "regions.geojson": JSON.stringify({
    type: "FeatureCollection",
    features: [square("region", "W", 113.29, 23.09, 0.02), square("region", "E", 113.31, 23.09, 0.03)],
  }),
  "venues.geojson": JSON.stringify({
    type: "FeatureCollection",
    features: [
      {
        type: "Feature",
        properties: { venue: "mall", name: "广场", category: "mall", tier: "high", capacity: 900 },
        geometry: { type: "Point", coordinates: [113.32, 23.12] },
      },
      square("venue", "flats", 113.3, 23.1, 0.004),
    ],
  }),
};

function square(key: string, id: string, west: number, south: number, side: number): object {
  const [east, north] = [west + side, south + side];
  return {
    type: "Feature",
    properties: { [key]: id, name: id, category: "residential" },
    geometry: {
      type: "Polygon",
      coordinates: [
        [
          [west, south],
          [east, south],
          [east, north],
          [west, north],
          [west, south],
        ],
      ],
    },
  };
}

/** The files of the city, with some of them changed. */
export function cityFiles(change: Readonly<Record<string, Buffer>> = {}): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>(
    Object.entries(CITY_SEEDS).map(([name, text]) => [name, Buffer.from(text)]),
  );
  for (const [name, bytes] of Object.entries(change)) files.set(name, bytes);
  return files;
}

export function seedCity(): LoadedCity {
  const { city, faults } = loadCity(cityFiles());
  if (city === null) throw new Error(`the city of the seeds has faults: ${JSON.stringify(faults)}`);
  return city;
}

/** Rows as in a signalling file, of three people over four days. */
export function seedRows(count: number): Record<string, string>[] {
  const cells = ["ecgi:460-00-1000", "ecgi:460-00-1001", "cgi:460-00-9000-77", "ncgi:460-01-68719476735"];
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[(i * 3) % KINDS.length] as string;
    const time = START_MS + i * 3_300_000 + ((i * 7919) % 600_000);
    return {
      time: i % 5 === 0 ? new Date(time).toISOString() : String(time),
      subscriber: `${RAW_ID_DIGITS}${String(i % 3).padStart(3, "0")}`,
      cell: cells[Math.floor(i / 4) % cells.length] as string,
      kind,
      peer: kind.startsWith("call") ? `${RAW_ID_DIGITS}900` : "",
      tac: i % 4 === 0 ? "35123456" : "",
      home_plmn: i % 2 === 0 ? "460-00" : "310-410",
    };
  });
}
