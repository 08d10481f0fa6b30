import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { CATEGORIES } from "../../../src/geo/city.js";
import { parseCell } from "../../../src/signal/identity.js";
import { referenceFiles } from "../../../src/simulate/guangzhou/reference.js";

const FOLDER = new URL("../../../geo/guangzhou/", import.meta.url);
const BYTES_MAX = 3_000_000;

type Row = Record<string, string>;

interface Venue {
  readonly properties: { readonly venue: string; readonly name: string; readonly category: string };
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
}

let files: Map<string, string>;
let cells: Row[];
let regions: Row[];
let events: Row[];
let venues: Venue[];

beforeAll(() => {
  files = referenceFiles();
  cells = rowsOf("cells.csv");
  regions = rowsOf("regions.csv");
  events = rowsOf("events.csv");
  venues = (JSON.parse(files.get("venues.geojson") ?? "") as { features: Venue[] }).features;
});

/** No field of these files holds a comma or a quote. */
function rowsOf(name: string): Row[] {
  const [header = "", ...lines] = (files.get(name) ?? "").trimEnd().split("\n");
  const columns = header.split(",");
  return lines.map((line) => {
    const fields = line.split(",");
    expect(fields).toHaveLength(columns.length);
    return Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? ""]));
  });
}

describe("the demo city", () => {
  test("is in the repository as it is generated, byte for byte, and stays below 3 MB", () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...files.keys()].sort());
    let bytes = 0;
    for (const [name, text] of files) {
      const stored = readFileSync(new URL(name, FOLDER), "utf8");
      expect(stored === text, `${name} differs: run node scripts/generate-city.mjs`).toBe(true);
      bytes += Buffer.byteLength(text);
    }
    expect(bytes).toBeLessThan(BYTES_MAX);
  });

  test("has 4,317 sites and 10,012 cells, each with a name of its own that TS 23.003 allows", () => {
    expect(cells).toHaveLength(10_012);
    expect(new Set(cells.map((cell) => cell.site)).size).toBe(4317);
    expect(new Set(cells.map((cell) => cell.cell)).size).toBe(10_012);
    for (const { cell } of cells) expect(parseCell(cell ?? ""), cell).not.toBeNull();
  });

  test("holds 2G, 4G and 5G, NCIs beyond 32 bits and a three-digit MNC", () => {
    const names = cells.map((cell) => cell.cell ?? "");
    for (const generation of ["cgi:", "ecgi:", "ncgi:"]) {
      expect(names.some((name) => name.startsWith(generation))).toBe(true);
    }
    expect(names.some((name) => name.startsWith("ncgi:") && Number(name.split("-").at(-1)) > 2 ** 32)).toBe(true);
    expect(names.some((name) => name.includes(":460-015-"))).toBe(true);
  });

  test("puts the cells of a site at one position, and indoor cells into a venue that exists", () => {
    const positions = new Map<string, string>();
    const ids = new Set(venues.map((venue) => venue.properties.venue));
    for (const cell of cells) {
      const at = `${cell.lon} ${cell.lat}`;
      expect(positions.get(cell.site ?? "") ?? at).toBe(at);
      positions.set(cell.site ?? "", at);
      expect(cell.placement === "indoor").toBe(cell.venue !== "");
      if (cell.venue !== "") expect(ids.has(cell.venue ?? ""), cell.venue).toBe(true);
    }
  });

  test("assigns every cell to a hall, and every region but a branch to a parent one level up", () => {
    const byId = new Map(regions.map((region) => [region.region, region]));
    expect(byId.size).toBe(regions.length);
    for (const cell of cells) expect(byId.get(cell.region ?? "")?.level, cell.region).toBe("4");
    for (const { level, parent } of regions) {
      if (level === "1") expect(parent).toBe("");
      else expect(byId.get(parent ?? "")?.level).toBe(String(Number(level) - 1));
    }
    expect(new Set(regions.map((region) => region.level))).toEqual(new Set(["1", "2", "3", "4"]));
  });

  test("has venues of every category, with ids of their own, inside the bounds", () => {
    expect(new Set(venues.map((venue) => venue.properties.category))).toEqual(new Set(CATEGORIES));
    expect(new Set(venues.map((venue) => venue.properties.venue)).size).toBe(venues.length);
    for (const { geometry, properties } of venues) {
      const points = (
        geometry.type === "Point" ? [geometry.coordinates] : (geometry.coordinates as unknown[][])[0]
      ) as [number, number][];
      for (const [lon, lat] of points) {
        expect(lon > 112.95 && lon < 114.06 && lat > 22.55 && lat < 23.95, properties.name).toBe(true);
      }
      if (geometry.type === "Polygon") expect(points.at(-1)).toEqual(points[0]);
    }
  });

  test("lists events at venues that exist, ending after they begin, no two at one venue at a time", () => {
    const ids = new Set(venues.map((venue) => venue.properties.venue));
    const lastEnd = new Map<string, number>();
    const ordered = [...events].sort((a, b) => Date.parse(a.start ?? "") - Date.parse(b.start ?? ""));
    for (const { venue = "", start = "", end = "", category = "" } of ordered) {
      expect(ids.has(venue)).toBe(true);
      expect(["music", "sport", "expo"]).toContain(category);
      expect(Date.parse(end)).toBeGreaterThan(Date.parse(start));
      expect(Date.parse(start)).toBeGreaterThan(lastEnd.get(venue) ?? 0);
      lastEnd.set(venue, Date.parse(end));
    }
    expect(new Set(events.map((event) => event.event)).size).toBe(events.length);
  });
});
