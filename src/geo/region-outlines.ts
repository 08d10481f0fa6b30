import { cellsToMultiPolygon, cellToLatLng, gridDisk, latLngToCell } from "h3-js";
import { type City, NONE, toLat, toLon, toX, toY } from "./city.js";
import { regionAtLevel } from "./regions.js";

/** Rings of [lon, lat], degrees, closed; the first of a polygon is its outside. */
export type Polygon = readonly (readonly (readonly [number, number])[])[];

/** Hexagons of about 0.7 square kilometres: fine enough for the shape of a district, coarse enough to be sent. */
const RESOLUTION = 8;
/** Hexagons around a cell that count as served by it, some two kilometres. */
const RINGS = 2;
const DIGITS = 1e5;

/**
 * Where the regions of a level lie, by their index: the H3 hexagons around the cells, each given to the region of its middle. So there is
 * a map of every city, of those without `regions.geojson` too, and it ends where the network ends. Takes some 0.1 s: keep it.
 */
export function regionOutlines(city: City, level: number): Map<number, Polygon[]> {
  const { cells, plane, regions } = city;
  const served = new Set<string>();
  const middles = new Set<string>();
  for (let row = 0; row < cells.count; row++) {
    middles.add(latLngToCell(toLat(plane, cells.y[row] as number), toLon(plane, cells.x[row] as number), RESOLUTION));
  }
  for (const middle of middles) for (const hexagon of gridDisk(middle, RINGS)) served.add(hexagon);
  const ground = new Map<number, string[]>();
  for (const hexagon of served) {
    const [lat, lon] = cellToLatLng(hexagon);
    const finest = regions.locate(toX(plane, lon), toY(plane, lat));
    const region = finest === NONE ? NONE : regionAtLevel(regions, finest, level);
    if (region === NONE) continue;
    const list = ground.get(region);
    if (list === undefined) ground.set(region, [hexagon]);
    else list.push(hexagon);
  }
  return new Map([...ground].map(([region, hexagons]) => [region, outlineOf(hexagons)]));
}

function outlineOf(hexagons: readonly string[]): Polygon[] {
  return cellsToMultiPolygon([...hexagons], true).map((polygon) =>
    polygon.map((ring) => ring.map(([lon, lat]) => [rounded(lon), rounded(lat)] as const)),
  );
}

function rounded(degrees: number): number {
  return Math.round(degrees * DIGITS) / DIGITS;
}
