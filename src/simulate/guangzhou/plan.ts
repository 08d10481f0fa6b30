import { type Category, type Plane, toLat, toLon } from "../../geo/city.js";

/** The demo city as the simulator knows it; `files.ts` writes the reference data of the contract from it. */
export interface CityPlan {
  readonly regions: readonly PlannedRegion[];
  readonly venues: readonly PlannedVenue[];
  readonly cells: readonly PlannedCell[];
}

export interface PlannedRegion {
  readonly id: string;
  /** 1 branch, 2 marketing centre, 3 area, 4 business hall. */
  readonly level: number;
  readonly name: string;
  /** Index of the parent in the list, or -1. */
  readonly parent: number;
  /** Position of the office on the plane, metres; a site belongs to the nearest hall. */
  readonly x: number;
  readonly y: number;
}

export interface PlannedVenue {
  readonly id: string;
  readonly name: string;
  readonly category: Category;
  readonly subtype: string;
  readonly tier: string;
  readonly capacity: number;
  /** Middle on the plane and radius of a circle of the area, metres. */
  readonly x: number;
  readonly y: number;
  readonly radiusM: number;
  /** Corner points on the plane (not closed), or null for a venue that the file gives as a point. */
  readonly ring: readonly (readonly [number, number])[] | null;
}

export const GENERATIONS = ["cgi", "ecgi", "ncgi"] as const;

export interface PlannedCell {
  readonly name: string;
  /** Number of the site; `x`, `y` are its position on the plane, metres. */
  readonly site: number;
  readonly x: number;
  readonly y: number;
  /** Index into GENERATIONS. */
  readonly generation: number;
  /** Degrees clockwise from north; -1 where omnidirectional. */
  readonly azimuthDeg: number;
  readonly beamwidthDeg: number;
  readonly rangeM: number;
  /** A high antenna that is not tilted down and so is heard from far. */
  readonly tall: boolean;
  /** Index of the venue that an indoor cell serves, or -1. */
  readonly venue: number;
  /** Index of the hall (level 4). */
  readonly region: number;
}

export const BOUNDS = { west: 112.95, south: 22.55, east: 114.06, north: 23.95 } as const;

const METRES_PER_DEGREE = 111_195;

export const PLANE: Plane = {
  lon0: (BOUNDS.west + BOUNDS.east) / 2,
  lat0: (BOUNDS.south + BOUNDS.north) / 2,
  metresPerLon: METRES_PER_DEGREE * Math.cos((((BOUNDS.south + BOUNDS.north) / 2) * Math.PI) / 180),
  metresPerLat: METRES_PER_DEGREE,
};

/** The number that a reader gets back from five decimals (about a metre), so that the plan is what its files say. */
export function roundX(x: number): number {
  return (Math.round(toLon(PLANE, x) * 1e5) / 1e5 - PLANE.lon0) * PLANE.metresPerLon;
}

export function roundY(y: number): number {
  return (Math.round(toLat(PLANE, y) * 1e5) / 1e5 - PLANE.lat0) * PLANE.metresPerLat;
}
