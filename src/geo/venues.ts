import Flatbush from "flatbush";
import { CATEGORIES, type Category, type Plane, toX, toY, type VenueTable } from "./city.js";
import type { FileFaults } from "./fault.js";
import type { Feature } from "./geojson.js";
import { type Area, areaOf, contains, distanceTo, measure } from "./polygon.js";
import { toPlane } from "./regions.js";

/**
 * Radius in metres of the circle that a venue given as a Point is taken for: half the width of a usual one's premises. An airport
 * or campus spans a kilometre and more, an estate or factory some hundreds of metres, a restaurant or kindergarten a building.
 */
export const POINT_RADIUS_M: Readonly<Record<Category, number>> = {
  residential: 150,
  dormitory: 100,
  university: 500,
  school: 120,
  kindergarten: 50,
  youth_centre: 80,
  office: 80,
  government: 80,
  factory: 250,
  hospital: 150,
  mall: 120,
  cinema: 60,
  stadium: 200,
  concert_hall: 100,
  exhibition: 300,
  metro_station: 120,
  bus_station: 80,
  rail_station: 300,
  airport: 1500,
  hotel: 60,
  park: 250,
  restaurant: 30,
};

const TIERS = ["high", "mid", "low"] as const;
const HOSPITAL_SUBTYPES = ["general", "children", "maternity"];

type Tier = (typeof TIERS)[number] | null;

/** The features of `venues.geojson`, checked, in their order. */
export interface VenueRows {
  readonly index: ReadonlyMap<string, number>;
  readonly rows: readonly VenueRow[];
}

export interface VenueRow {
  readonly id: string;
  readonly name: string;
  readonly category: number;
  readonly subtype: string | null;
  readonly tier: Tier;
  readonly feature: Feature;
}

/** Checks the properties of the features; faulty ones are reported and left out. */
export function readVenues(features: readonly Feature[], faults: FileFaults): VenueRows {
  const index = new Map<string, number>();
  const rows: VenueRow[] = [];
  for (const feature of features) {
    const id = text(feature.properties.venue);
    if (id === null) {
      faults.error(feature.line, "venue id", `${feature.label} has no property venue`, "give the venue an id");
      continue;
    }
    const first = rows[index.get(id) ?? -1];
    if (first !== undefined) {
      const message = `venue ${id} comes twice, first as ${first.feature.label} on line ${first.feature.line}`;
      faults.error(feature.line, "duplicate", message, "keep one feature a venue; several areas are one MultiPolygon");
      continue;
    }
    index.set(id, rows.length);
    const name = text(feature.properties.name) ?? "";
    rows.push({ id, name, feature, ...readKind(id, feature, faults) });
  }
  return { index, rows };
}

function readKind(
  id: string,
  feature: Feature,
  faults: FileFaults,
): { category: number; subtype: string | null; tier: Tier } {
  const { category: rawCategory, subtype: rawSubtype, tier: rawTier, capacity } = feature.properties;
  const category = CATEGORIES.indexOf(rawCategory as Category);
  const of = `${feature.label} (venue ${id})`;
  if (category === -1) {
    const message = `${of} has category ${String(rawCategory ?? "none")}`;
    faults.error(feature.line, "category", message, `write one of ${CATEGORIES.join(", ")}`);
  }
  const tier = TIERS.find((name) => name === rawTier) ?? null;
  if (tier === null && rawTier !== undefined && rawTier !== null && rawTier !== "") {
    faults.error(
      feature.line,
      "tier",
      `${of} has tier ${String(rawTier)}`,
      `write one of ${TIERS.join(", ")}, or leave it out`,
    );
  }
  const subtype = text(rawSubtype);
  if (rawCategory === "hospital" && subtype !== null && !HOSPITAL_SUBTYPES.includes(subtype)) {
    faults.error(
      feature.line,
      "subtype",
      `${of} has subtype ${subtype}`,
      `hospitals are ${HOSPITAL_SUBTYPES.join(", ")}`,
    );
  }
  if (capacity !== undefined && capacity !== null && !(Number(capacity) >= 0)) {
    faults.warning(
      feature.line,
      "capacity",
      `${of} has capacity ${String(capacity)}`,
      "write the number of people it holds",
    );
  }
  return { category, subtype, tier };
}

/** A property as text; numbers are taken as their digits, since ids often are. */
function text(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

/** The table that the engine reads; a Point is a circle of POINT_RADIUS_M. */
export function buildVenues({ rows }: VenueRows, plane: Plane): VenueTable {
  const count = rows.length;
  const table = { x: new Float32Array(count), y: new Float32Array(count), radius: new Float32Array(count) };
  const areas: (Area | null)[] = [];
  for (const [venue, { category, feature }] of rows.entries()) {
    const area = feature.point === null ? areaOf(toPlane(feature.polygons, plane)) : null;
    areas.push(area);
    const middle = area === null ? null : measure(area);
    const [lon, lat] = feature.point ?? [0, 0];
    table.x[venue] = middle?.x ?? toX(plane, lon);
    table.y[venue] = middle?.y ?? toY(plane, lat);
    const defaultRadius = POINT_RADIUS_M[CATEGORIES[category] as Category];
    table.radius[venue] = middle === null ? defaultRadius : Math.sqrt(middle.squareMetres / Math.PI);
  }
  const { x, y, radius } = table;
  return {
    count,
    id: rows.map((row) => row.id),
    name: rows.map((row) => row.name),
    category: Uint8Array.from(rows, (row) => row.category),
    subtype: rows.map((row) => row.subtype),
    tier: rows.map((row) => row.tier),
    ...table,
    near: createNear(areas, x, y, radius),
    distance: (venue, px, py) => {
      const area = areas[venue] ?? null;
      if (area !== null) return distanceTo(area, px, py);
      return Math.max(0, Math.hypot(px - (x[venue] as number), py - (y[venue] as number)) - (radius[venue] as number));
    },
    holds: (venue, px, py) => {
      const area = areas[venue] ?? null;
      if (area !== null) return contains(area, px, py);
      return Math.hypot(px - (x[venue] as number), py - (y[venue] as number)) <= (radius[venue] as number);
    },
  };
}

/** Searches boxes that hold both the area and the circle of its size; ascending indices, so that the answer has one order. */
function createNear(
  areas: readonly (Area | null)[],
  x: Float32Array,
  y: Float32Array,
  radius: Float32Array,
): VenueTable["near"] {
  if (areas.length === 0) return () => [];
  const boxes = new Flatbush(areas.length);
  for (const [venue, area] of areas.entries()) {
    const [cx, cy, r] = [x[venue] as number, y[venue] as number, radius[venue] as number];
    boxes.add(
      Math.min(cx - r, area?.minX ?? cx),
      Math.min(cy - r, area?.minY ?? cy),
      Math.max(cx + r, area?.maxX ?? cx),
      Math.max(cy + r, area?.maxY ?? cy),
    );
  }
  boxes.finish();
  return (px, py, distance) => {
    const reaches = (venue: number): boolean => {
      const area = areas[venue] ?? null;
      const toCircle = Math.hypot(px - (x[venue] as number), py - (y[venue] as number)) - (radius[venue] as number);
      return toCircle <= distance || (area !== null && distanceToBox(area, px, py) <= distance);
    };
    const found = boxes.search(px - distance, py - distance, px + distance, py + distance, reaches);
    return found.sort((a, b) => a - b);
  };
}

function distanceToBox(box: Area, x: number, y: number): number {
  return Math.hypot(Math.max(box.minX - x, 0, x - box.maxX), Math.max(box.minY - y, 0, y - box.maxY));
}
