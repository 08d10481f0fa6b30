import library, { type CRSTypes } from "gcoord";

/** Coordinate systems that a file may declare: WGS 84, and the two that Chinese maps are shifted into (GB 20263-2006, Baidu). */
export const CRS_NAMES = ["wgs84", "gcj02", "bd09"] as const;
export type Crs = (typeof CRS_NAMES)[number];

// The package's types describe an ES module, its code is CommonJS without a `default`; both are the same object here.
const gcoord = library as unknown as typeof library.default;

const SYSTEM: Record<Crs, CRSTypes> = { wgs84: gcoord.WGS84, gcj02: gcoord.GCJ02, bd09: gcoord.BD09 };

/** A position in WGS 84, [lon, lat] in degrees, from one in `crs`. Right to 0.1 m; outside China all three agree. */
export function toWgs84(crs: Crs, lon: number, lat: number): [number, number] {
  if (crs === "wgs84") return [lon, lat];
  return gcoord.transform([lon, lat], SYSTEM[crs], gcoord.WGS84) as [number, number];
}
