/** A city's reference data as the engine reads it: tables in columns, built once by `load.ts`, never written to afterwards. */

export interface City {
  readonly name: string;
  readonly timeZone: string;
  /** Local date `YYYY-MM-DD` to its kind where it differs from what its weekday says. */
  readonly holidays: ReadonlyMap<string, "holiday" | "workday">;
  /** Packed PLMNs (signal/identity.ts) whose subscribers are at home here. */
  readonly homePlmns: ReadonlySet<number>;
  readonly plane: Plane;
  readonly cells: CellTable;
  readonly regions: RegionTable;
  readonly venues: VenueTable;
  readonly events: readonly CityEvent[];
}

/**
 * The city's plane: metres east (x) and north (y) of the middle of its bounds, equirectangular. Distances are Euclidean; their
 * error stays below 1 % within 100 km of the middle up to 30 degrees of latitude, within 50 km up to 50 degrees.
 */
export interface Plane {
  readonly lon0: number;
  readonly lat0: number;
  readonly metresPerLon: number;
  readonly metresPerLat: number;
}

/** Index of a region, venue or cell row that there is none. */
export const NONE = -1;

/** One row a cell and validity; `count` rows. A cell whose engineering changed has several rows, chained by `next`. */
export interface CellTable {
  readonly count: number;
  /** Row of the first validity of a packed key, or NONE. */
  find(hi: number, lo: number): number;
  /** Next validity of the same cell, or NONE. */
  readonly next: Int32Array;
  readonly keyHi: Uint32Array;
  readonly keyLo: Uint32Array;
  /** In service from (inclusive) to (exclusive), epoch ms; -Infinity and Infinity where open. */
  readonly validFromMs: Float64Array;
  readonly validToMs: Float64Array;
  /** Number of the antenna site; cells of one site share it. */
  readonly site: Int32Array;
  /** Antenna position on the plane, metres. */
  readonly siteX: Float32Array;
  readonly siteY: Float32Array;
  /** Mean of the footprint on the plane, metres: where a phone served by this cell is expected. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Standard deviation of the footprint per axis, metres: how far from (x, y) a served phone may well be. */
  readonly sigma: Float32Array;
  /** The one venue an indoor cell serves, or NONE. */
  readonly indoorVenue: Int32Array;
  /** Finest region of the cell (index into RegionTable), or NONE. */
  readonly region: Int32Array;
}

/** Regions of levels 1 to 4, in columns; level 5 is the cell itself. */
export interface RegionTable {
  readonly count: number;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly level: Uint8Array;
  /** Index of the parent region, or NONE. */
  readonly parent: Int32Array;
  /** Finest region whose polygon holds the point, else the region of the nearest cell; NONE where there is neither. */
  locate(x: number, y: number): number;
}

export const CATEGORIES = [
  "residential",
  "dormitory",
  "university",
  "school",
  "kindergarten",
  "youth_centre",
  "office",
  "government",
  "factory",
  "hospital",
  "mall",
  "cinema",
  "stadium",
  "concert_hall",
  "exhibition",
  "metro_station",
  "bus_station",
  "rail_station",
  "airport",
  "hotel",
  "park",
  "restaurant",
] as const;
export type Category = (typeof CATEGORIES)[number];

export interface VenueTable {
  readonly count: number;
  readonly id: readonly string[];
  readonly name: readonly string[];
  /** Index into CATEGORIES. */
  readonly category: Uint8Array;
  readonly subtype: readonly (string | null)[];
  readonly tier: readonly ("high" | "mid" | "low" | null)[];
  /** Centroid on the plane and the radius in metres of a circle of the venue's area (a Point has the default of its category). */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly radius: Float32Array;
  /** Calls `visit` with each venue whose centroid-circle or bounding box comes within `distance` metres of the point. */
  near(x: number, y: number, distance: number): number[];
  /** Metres from the point to the venue's area; 0 inside. */
  distance(venue: number, x: number, y: number): number;
  /** Whether the point is in the venue: all that `distance` of 0 says, without the distance to its outline of every other point. */
  holds(venue: number, x: number, y: number): boolean;
}

export interface CityEvent {
  readonly id: string;
  readonly venue: number;
  readonly category: "music" | "sport" | "expo";
  readonly genre: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly title: string;
}

export function toX(plane: Plane, lon: number): number {
  return (lon - plane.lon0) * plane.metresPerLon;
}

export function toY(plane: Plane, lat: number): number {
  return (lat - plane.lat0) * plane.metresPerLat;
}

export function toLon(plane: Plane, x: number): number {
  return plane.lon0 + x / plane.metresPerLon;
}

export function toLat(plane: Plane, y: number): number {
  return plane.lat0 + y / plane.metresPerLat;
}
