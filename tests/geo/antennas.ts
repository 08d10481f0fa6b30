import { toLat, toLon } from "../../src/geo/city.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { planeOf } from "../../src/geo/plane.js";
import { loadSound } from "./city-files.js";

const PLANE = planeOf({ west: 120, south: 30.1, east: 120.3, north: 30.4 });

export interface Antenna {
  readonly x: number;
  readonly y: number;
  readonly azimuth?: number;
  readonly range?: number;
  readonly kind?: string;
}

/** The small city with these cells instead of its own; cell i is row i. */
export function cityOf(antennas: readonly Antenna[]): LoadedCity {
  const rows = antennas.map(({ x, y, azimuth, range, kind }, i) => {
    const name = kind === "ecgi" ? `ecgi:460-00-${i + 1}` : `cgi:460-00-1-${i + 1}`;
    return `${name},${toLon(PLANE, x).toFixed(7)},${toLat(PLANE, y).toFixed(7)},${azimuth ?? ""},65,${range ?? ""}`;
  });
  return loadSound({ "cells.csv": ["cell,lon,lat,azimuth,beamwidth,range_m", ...rows].join("\n") });
}

/** A triangular lattice of masts 600 m apart with the given azimuths each, middle mast first. */
export function lattice(azimuths: readonly (number | undefined)[]): Antenna[] {
  const masts: { x: number; y: number }[] = [];
  for (let i = -4; i <= 4; i++)
    for (let j = -4; j <= 4; j++) masts.push({ x: (i + j / 2) * 600, y: j * 600 * Math.sqrt(0.75) });
  masts.sort((a, b) => Math.hypot(a.x, a.y) - Math.hypot(b.x, b.y));
  return masts.flatMap((mast) => azimuths.map((azimuth) => (azimuth === undefined ? mast : { ...mast, azimuth })));
}
