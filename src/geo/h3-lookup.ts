import { cellToLatLng, getHexagonEdgeLengthAvg, getPentagons, gridDisk, latLngToCell, UNITS } from "h3-js";
import { type Plane, toLat, toLon, toX, toY } from "./city.js";
import { type H3Cell, h3Of } from "./h3.js";

/** Edges of a hexagon that a tile is long, and metres at most. */
const TILE_EDGES = 8;
const TILE_METRES_MAX = 2000;
/** Hexagons around the one in the middle of a tile that its positions may lie in, in rings. */
const RINGS = 6;
const SIDE = 2 * RINGS + 1;
/** Within a tile the grid is taken for a plane lattice. Who is nearer to an edge than this part of a hexagon is looked up by the library. */
const EDGE_SHARE = 0.015;
/** Tiles remembered, up to some 7 kB each; past this, positions in new ones are asked of the library. */
const TILES_MAX = 2048;
const TILE_BITS = 15;
const TILE_MASK = 2 ** TILE_BITS - 1;

/** A lattice on the plane: the middle of a hexagon, the inverse of the steps to two neighbours, and those hexagons around it that were asked for. */
interface Tile {
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly inverse: readonly [number, number, number, number];
  readonly cells: (H3Cell | undefined)[];
}

/** The H3 cell that holds a position, metres on the plane. */
export type H3Lookup = (x: number, y: number) => H3Cell;

const OF_PLANE = new WeakMap<Plane, { readonly resolution: number; readonly lookup: H3Lookup }>();

/** One look-up for all partitions of a city. */
export function h3LookupOf(plane: Plane, resolution: number): H3Lookup {
  const known = OF_PLANE.get(plane);
  if (known?.resolution === resolution) return known.lookup;
  const lookup = createH3Lookup(plane, resolution);
  OF_PLANE.set(plane, { resolution, lookup });
  return lookup;
}

/**
 * Finds the H3 cell of positions of a city's plane, as `h3Of` does, some fifty times as fast: within a tile of a few hexagons the grid of
 * H3 is a plane lattice to a thousandth of a hexagon, so a position is rounded to its middles (redblobgames.com/grids/hexagons, "Rounding").
 */
function createH3Lookup(plane: Plane, resolution: number): H3Lookup {
  const edge = getHexagonEdgeLengthAvg(resolution, UNITS.m);
  const side = Math.min(TILE_METRES_MAX, TILE_EDGES * edge);
  const pentagons = getPentagons(resolution).map((index) => positionOf(plane, index));
  const tiles = new Map<number, Tile | null>();
  const ask = (x: number, y: number) => h3Of(toLon(plane, x), toLat(plane, y), resolution);
  const newTile = (column: number, row: number) => {
    const [x, y] = [(column + 0.5) * side, (row + 0.5) * side];
    const isBeside = pentagons.some(([px, py]) => Math.hypot(px - x, py - y) < 3 * RINGS * edge + side);
    return isBeside ? null : tileAt(plane, latLngToCell(toLat(plane, y), toLon(plane, x), resolution), column, row);
  };
  return (x, y) => {
    const column = Math.floor(x / side);
    const row = Math.floor(y / side);
    const number = ((column & TILE_MASK) << TILE_BITS) | (row & TILE_MASK);
    let tile = tiles.get(number);
    if (tile === undefined && tiles.size < TILES_MAX) {
      tile = newTile(column, row);
      tiles.set(number, tile);
    }
    // Far apart two tiles have one number; the second is not remembered. Beside a pentagon there is no lattice.
    if (tile === undefined || tile === null || tile.column !== column || tile.row !== row) return ask(x, y);
    const at = hexagonWithin(tile, x, y);
    if (at < 0) return ask(x, y);
    const known = tile.cells[at] ?? ask(x, y);
    tile.cells[at] = known;
    return known;
  };
}

/** Number of the hexagon among those of the tile; -1 near an edge, where the lattice is not exact enough. */
function hexagonWithin({ x: atX, y: atY, inverse }: Tile, x: number, y: number): number {
  const dx = x - atX;
  const dy = y - atY;
  const a = inverse[0] * dx + inverse[1] * dy;
  const b = inverse[2] * dx + inverse[3] * dy;
  let i = Math.round(a);
  let j = Math.round(b);
  const k = Math.round(-a - b);
  const [offI, offJ, offK] = [Math.abs(i - a), Math.abs(j - b), Math.abs(k + a + b)];
  if (offI > offJ && offI > offK) i = -j - k;
  else if (offJ > offK) j = -i - k;
  // In steps to neighbours: how far to the edge of the hexagon, which is at 1, in each of its three directions.
  const [p, q] = [a - i, b - j];
  const off = Math.max(Math.abs(2 * p + q), Math.abs(p + 2 * q), Math.abs(q - p));
  if (off > 1 - 2 * EDGE_SHARE || Math.abs(i) > RINGS || Math.abs(j) > RINGS) return -1;
  return (i + RINGS) * SIDE + j + RINGS;
}

function positionOf(plane: Plane, index: string): readonly [number, number] {
  const [lat, lon] = cellToLatLng(index);
  return [toX(plane, lon), toY(plane, lat)];
}

function tileAt(plane: Plane, middle: string, column: number, row: number): Tile {
  const [x, y] = positionOf(plane, middle);
  const neighbours = gridDisk(middle, 1)
    .filter((index) => index !== middle)
    .map((index) => positionOf(plane, index))
    .sort((a, b) => Math.atan2(a[1] - y, a[0] - x) - Math.atan2(b[1] - y, b[0] - x));
  // Half the way between opposite neighbours is a step to one of them, with the curvature cancelled.
  const step = (n: number) => {
    const [to, from] = [neighbours[n], neighbours[n + 3]] as [readonly [number, number], readonly [number, number]];
    return [(to[0] - from[0]) / 2, (to[1] - from[1]) / 2] as const;
  };
  const [ux, uy] = step(0);
  const [vx, vy] = step(1);
  const area = ux * vy - uy * vx;
  const inverse = [vy / area, -vx / area, -uy / area, ux / area] as const;
  return { column, row, x, y, inverse, cells: new Array<H3Cell | undefined>(SIDE * SIDE).fill(undefined) };
}
