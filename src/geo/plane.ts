import type { Plane } from "./city.js";
import type { FileFaults } from "./fault.js";

/** West, south, east and north in degrees of WGS 84. */
export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/**
 * The plane about the middle of the bounds, scaled by the radii of curvature of the WGS 84 ellipsoid there (meridian M for
 * latitude, prime vertical N times the cosine of the latitude for longitude).
 */
export function planeOf(bounds: Bounds): Plane {
  const lon0 = (bounds.west + bounds.east) / 2;
  const lat0 = (bounds.south + bounds.north) / 2;
  const semiMajorM = 6_378_137;
  const eccentricitySquared = 6.69437999014e-3;
  const degree = Math.PI / 180;
  const shape = 1 - eccentricitySquared * Math.sin(lat0 * degree) ** 2;
  return {
    lon0,
    lat0,
    metresPerLon: (degree * semiMajorM * Math.cos(lat0 * degree)) / Math.sqrt(shape),
    metresPerLat: (degree * semiMajorM * (1 - eccentricitySquared)) / shape ** 1.5,
  };
}

/** Bounds are drawn by hand: what lies outside by at most this part of their span is doubtful, not wrong. */
const MARGIN = 0.1;

/** Where a position lies: in the bounds, just outside them, or nowhere near (the fault says what that looks like). */
export type Placing = "inside" | "beside" | "outside";

export function placing(bounds: Bounds | null, lon: number, lat: number): Placing {
  if (Number.isNaN(lon) || Number.isNaN(lat) || Math.abs(lon) > 180 || Math.abs(lat) > 90) return "outside";
  if (bounds === null || within(bounds, lon, lat, 0)) return "inside";
  return within(bounds, lon, lat, MARGIN) ? "beside" : "outside";
}

function within(bounds: Bounds, lon: number, lat: number, margin: number): boolean {
  const dLon = (bounds.east - bounds.west) * margin;
  const dLat = (bounds.north - bounds.south) * margin;
  return (
    lon >= bounds.west - dLon && lon <= bounds.east + dLon && lat >= bounds.south - dLat && lat <= bounds.north + dLat
  );
}

/** Reports a position that is not `inside`; `what` names its bearer, for the message. */
export function reportPlacing(
  bounds: Bounds | null,
  lon: number,
  lat: number,
  what: string,
  line: number,
  faults: FileFaults,
): void {
  const place = placing(bounds, lon, lat);
  if (place === "inside") return;
  const text = `${what} lies at ${lon}, ${lat}`;
  if (place === "beside") {
    faults.warning(
      line,
      "beside bounds",
      `${text}, just outside the bounds of the city`,
      "widen bounds in city.yaml, or mend it",
    );
  } else if (bounds !== null && within(bounds, lat, lon, 0)) {
    faults.error(line, "swapped", `${text}: longitude and latitude look swapped`, "write the longitude (lon) first");
  } else if (Math.abs(lon) > 180 || Math.abs(lat) > 90) {
    faults.error(
      line,
      "not degrees",
      `${text}, which are not degrees`,
      "convert to degrees of wgs84, gcj02 or bd09 (is it in metres?)",
    );
  } else {
    faults.error(
      line,
      "outside bounds",
      `${text}, outside the bounds of the city`,
      "mend the position, the bounds, or the crs",
    );
  }
}
