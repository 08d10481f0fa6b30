import Flatbush from "flatbush";
import { NONE, type Plane, type RegionTable, toX, toY } from "./city.js";
import { type CsvForm, openCsv } from "./csv.js";
import type { FileFaults } from "./fault.js";
import type { Feature } from "./geojson.js";
import { type Area, areaOf, contains, type Polygon } from "./polygon.js";

/** Levels that a region may have; level 5 is the cell. */
const LEVEL_MAX = 4;
const FORM: CsvForm = { required: ["region", "level"], optional: ["name", "parent"] };

/** The rows of `regions.csv`, checked. */
export interface RegionRows {
  readonly index: ReadonlyMap<string, number>;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly level: Uint8Array;
  readonly parent: Int32Array;
}

export const NO_REGIONS: RegionRows = {
  index: new Map(),
  id: [],
  name: [],
  level: new Uint8Array(0),
  parent: new Int32Array(0),
};

/** Reads `regions.csv`: ids are unique, levels 1 to 4, and each parent is of the next level above that the city uses. */
export function readRegions(text: string, faults: FileFaults): RegionRows {
  const csv = openCsv(text, FORM, faults);
  if (csv === null) return NO_REGIONS;
  const columns = {
    region: csv.column("region"),
    level: csv.column("level"),
    name: csv.column("name"),
    parent: csv.column("parent"),
  };
  const index = new Map<string, number>();
  const rows: { id: string; name: string; level: number; parent: string; line: number }[] = [];
  while (csv.next()) {
    const id = csv.get(columns.region);
    const level = Number(csv.get(columns.level));
    const first = index.get(id);
    if (id === "") faults.error(csv.line, "region id", "the row names no region", "fill the column region");
    else if (first !== undefined) {
      const message = `region ${id} comes twice, first on line ${rows[first]?.line}`;
      faults.error(csv.line, "duplicate", message, "keep one row a region");
    } else if (!Number.isInteger(level) || level < 1 || level > LEVEL_MAX) {
      const message = `region ${id} has level "${csv.get(columns.level)}"`;
      faults.error(csv.line, "level", message, `levels are 1 to ${LEVEL_MAX} (5, the cell, is not listed)`);
    } else {
      index.set(id, rows.length);
      rows.push({ id, name: csv.get(columns.name), level, parent: csv.get(columns.parent), line: csv.line });
    }
  }
  const level = Uint8Array.from(rows, (row) => row.level);
  const parent = new Int32Array(rows.length).fill(NONE);
  const table = { index, id: rows.map((row) => row.id), name: rows.map((row) => row.name), level, parent };
  for (const [region, row] of rows.entries()) parent[region] = parentOf(region, row, table, faults);
  reportCycles(table, rows, faults);
  return table;
}

function parentOf(
  region: number,
  row: { parent: string; line: number },
  table: RegionRows,
  faults: FileFaults,
): number {
  const level = table.level[region] as number;
  const above = Math.max(0, ...table.level.filter((used) => used < level));
  const name = `region ${table.id[region]} of level ${level}`;
  if (row.parent === "") {
    if (above > 0) faults.warning(row.line, "no parent", `${name} has no parent`, `name a parent of level ${above}`);
    return NONE;
  }
  const parent = table.index.get(row.parent);
  if (parent === undefined) {
    faults.error(
      row.line,
      "unknown parent",
      `${name} has parent ${row.parent}, which is not listed`,
      "add the parent, or mend its id",
    );
    return NONE;
  }
  if (table.level[parent] !== above) {
    const mend = above > 0 ? `name a parent of level ${above}` : "leave parent empty: this is the top level";
    faults.error(row.line, "parent level", `${name} has parent ${row.parent} of level ${table.level[parent]}`, mend);
  }
  return parent;
}

/** A parent of the wrong level was kept so that a cycle is told as what it is. */
function reportCycles(table: RegionRows, rows: readonly { line: number }[], faults: FileFaults): void {
  const done = new Set<number>();
  for (let start = 0; start < rows.length; start++) {
    const path: number[] = [];
    let region = start;
    while (region !== NONE && !done.has(region) && !path.includes(region)) {
      path.push(region);
      region = table.parent[region] as number;
    }
    if (region !== NONE && !done.has(region)) {
      const cycle = [...path.slice(path.indexOf(region)), region].map((member) => table.id[member]);
      faults.error(
        rows[region]?.line ?? null,
        "cycle",
        `regions are their own parents: ${cycle.join(" < ")}`,
        "mend the parents",
      );
    }
    for (const member of path) done.add(member);
  }
}

/** Polygons of `regions.geojson` in WGS 84, each with the index of its region; features of unknown regions are reported. */
export function matchRegionFeatures(
  features: readonly Feature[],
  rows: RegionRows,
  faults: FileFaults,
): RegionFeature[] {
  const matched: RegionFeature[] = [];
  for (const feature of features) {
    const id = feature.properties.region;
    const region = rows.index.get(String(id));
    if (region !== undefined) matched.push({ region, feature });
    else if (id === undefined || id === null || id === "") {
      faults.error(feature.line, "region id", `${feature.label} has no property region`, "add the region's id");
    } else {
      const message = `${feature.label} is of region ${String(id)}, which regions.csv does not list`;
      faults.error(feature.line, "unknown region", message, "add the region to regions.csv, or mend the id");
    }
  }
  return matched;
}

export interface RegionFeature {
  readonly region: number;
  readonly feature: Feature;
}

/** Finds the deepest region polygon that holds a point of the plane, or NONE. */
export type PolygonLocator = (x: number, y: number) => number;

export function createPolygonLocator(
  features: readonly RegionFeature[],
  level: Uint8Array,
  plane: Plane,
): PolygonLocator {
  if (features.length === 0) return () => NONE;
  const areas: Area[] = features.map(({ feature }) => areaOf(toPlane(feature.polygons, plane)));
  const boxes = new Flatbush(areas.length);
  for (const area of areas) boxes.add(area.minX, area.minY, area.maxX, area.maxY);
  boxes.finish();
  return (x, y) => {
    let best = NONE;
    for (const candidate of boxes.search(x, y, x, y)) {
      const region = features[candidate]?.region ?? NONE;
      if (best !== NONE && !isFiner(level, region, best)) continue;
      if (contains(areas[candidate] as Area, x, y)) best = region;
    }
    return best;
  };
}

/** Deeper wins; among equals the first listed, so that the answer does not hang on the order of a tree. */
function isFiner(level: Uint8Array, region: number, other: number): boolean {
  const difference = (level[region] as number) - (level[other] as number);
  return difference > 0 || (difference === 0 && region < other);
}

export function toPlane(polygons: Feature["polygons"], plane: Plane): Polygon[] {
  return polygons.map((rings) => rings.map((ring) => ring.map(([lon, lat]) => [toX(plane, lon), toY(plane, lat)])));
}

/** The table that the engine reads; `nearest` gives the region of the cell nearest to a point. */
export function buildRegions(rows: RegionRows, polygons: PolygonLocator, nearest: PolygonLocator): RegionTable {
  return {
    count: rows.id.length,
    id: rows.id,
    name: rows.name,
    level: rows.level,
    parent: rows.parent,
    locate: (x, y) => {
      const region = polygons(x, y);
      return region === NONE ? nearest(x, y) : region;
    },
  };
}

/** The region of the given level that holds `region` (itself, or one above it), or NONE where there is none. */
export function regionAtLevel(regions: Pick<RegionTable, "level" | "parent">, region: number, level: number): number {
  let at = region;
  while (at !== NONE && (regions.level[at] as number) > level) at = regions.parent[at] as number;
  return at !== NONE && regions.level[at] === level ? at : NONE;
}
