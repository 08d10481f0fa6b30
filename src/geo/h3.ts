import {
  cellToLatLng,
  getHexagonEdgeLengthAvg,
  gridDisk,
  h3IndexToSplitLong,
  latLngToCell,
  splitLongToH3Index,
  UNITS,
} from "h3-js";
import { type City, toLat, toLon, toX, toY } from "./city.js";
import { isOutdoor, mastSpan, samplePoints } from "./footprint.js";
import { affinity, type RadioCells } from "./radio.js";

/** A 64-bit H3 index in two unsigned words. */
export interface H3Cell {
  readonly h3Hi: number;
  readonly h3Lo: number;
}

export interface H3Weight extends H3Cell {
  readonly weight: number;
}

/** The H3 cell of a resolution (0..15) that holds a position in degrees of WGS 84. */
export function h3Of(lon: number, lat: number, resolution: number): H3Cell {
  return toWords(latLngToCell(lat, lon, resolution));
}

/** The hexadecimal text of an H3 index. */
export function h3Text(h3Hi: number, h3Lo: number): string {
  return splitLongToH3Index(h3Lo, h3Hi);
}

function toWords(index: string): H3Cell {
  const [lo, hi] = h3IndexToSplitLong(index);
  return { h3Hi: hi >>> 0, h3Lo: lo >>> 0 };
}

/** The greatest weights that make up this much are kept; the rest is a long tail of hexagons that hardly anybody is in. */
const KEPT_SHARE = 0.95;
/** Points of a footprint when it is about as small as the hexagons: fine enough for every hexagon it touches. */
const FINE_POINTS = samplePoints(16, 24);
/** Greatest edge of a hexagon, in spans of the footprint, that is taken as one point. */
const EDGE_SPANS_MAX = 0.1;
/** Past this ring count (over 5,000 hexagons) points stand in for hexagons, so that a fine resolution costs no seconds. */
const RINGS_MAX = 40;

/**
 * How the phones served by a cell are spread over H3 cells of a resolution: weights of the best-server share (radio.ts; an
 * indoor cell is the disc of its venue), greatest first, that sum to 1. Computed anew on each call, in 0.1 to 5 ms: keep the answer.
 */
export function footprintH3(city: City & { readonly cells: RadioCells }, row: number, resolution: number): H3Weight[] {
  const { cells } = city;
  const sums = new Map<string, number>();
  const add = (x: number, y: number, area: number, known: string | null): void => {
    const share = Math.exp(affinity(cells, row, x, y)) * area;
    const index = known ?? latLngToCell(toLat(city.plane, y), toLon(city.plane, x), resolution);
    sums.set(index, (sums.get(index) ?? 0) + share);
  };
  const outdoor = isOutdoor(cells.radio, row);
  const centreX = (outdoor ? cells.siteX[row] : cells.x[row]) as number;
  const centreY = (outdoor ? cells.siteY[row] : cells.y[row]) as number;
  const span = outdoor
    ? mastSpan(cells.radio, cells.radio.masts.mast[row] as number)
    : 2 * (cells.sigma[row] as number);
  const edge = getHexagonEdgeLengthAvg(resolution, UNITS.m);
  const rings = Math.ceil(span / (edge * 1.5));
  if (edge <= EDGE_SPANS_MAX * span && rings <= RINGS_MAX) {
    const middle = latLngToCell(toLat(city.plane, centreY), toLon(city.plane, centreX), resolution);
    for (const index of gridDisk(middle, rings)) {
      const [lat, lon] = cellToLatLng(index);
      add(toX(city.plane, lon), toY(city.plane, lat), 1, index);
    }
  } else {
    for (let p = 0; p < FINE_POINTS.x.length; p++) {
      const x = centreX + (FINE_POINTS.x[p] as number) * span;
      const y = centreY + (FINE_POINTS.y[p] as number) * span;
      add(x, y, FINE_POINTS.area[p] as number, null);
    }
  }
  return normalised(sums);
}

function normalised(sums: ReadonlyMap<string, number>): H3Weight[] {
  const sorted = [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const all = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  let total = 0;
  const kept = sorted.filter(([, weight]) => {
    if (total >= all * KEPT_SHARE) return false;
    total += weight;
    return true;
  });
  return kept.map(([index, weight]) => ({ ...toWords(index), weight: weight / total }));
}
