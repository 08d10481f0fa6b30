import Flatbush from "flatbush";
import { NONE } from "./city.js";

/** Sites in columns, metres on the plane. */
export interface Sites {
  readonly siteX: Float32Array;
  readonly siteY: Float32Array;
}

/** Side of the squares that the plane is cut into, metres: about the distance between sites in a town. */
const SQUARE_METRES = 256;
/** Squares remembered, some hundred bytes each, a thousand in the densest towns; past this, points in new ones are asked of the tree. */
const SQUARES_MAX = 2 ** 15;
const SQUARE_BITS = 15;
const SQUARE_MASK = 2 ** SQUARE_BITS - 1;

/** The sites that may be nearest to a point of one square, those at one spot with one region once. */
interface Square {
  readonly column: number;
  readonly row: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly region: Int32Array;
  /** The region that all of them have, as in most squares; null where there are several. */
  readonly only: number | null;
}

/**
 * Finds the region of the site nearest to a point. Only few sites can be nearest to any point of a small square of the plane; they are
 * looked up in a tree once a square, and compared from then on.
 *
 * @param known rows of the sites that have a region
 * @returns a function from metres on the plane to the region; NONE where no site has one
 */
export function createNearestRegion(
  { siteX, siteY }: Sites,
  known: readonly number[],
  region: Int32Array,
): (x: number, y: number) => number {
  if (known.length === 0) return () => NONE;
  const tree = new Flatbush(known.length);
  for (const row of known) tree.add(siteX[row] as number, siteY[row] as number);
  tree.finish();
  const nearest = (x: number, y: number) => {
    const [found] = tree.neighbors(x, y, 1);
    return found === undefined ? NONE : (region[known[found] as number] as number);
  };
  const squareAt = (column: number, row: number): Square => {
    const x = (column + 0.5) * SQUARE_METRES;
    const y = (row + 0.5) * SQUARE_METRES;
    const [first] = tree.neighbors(x, y, 1) as [number];
    const nearestRow = known[first] as number;
    const metres = Math.hypot((siteX[nearestRow] as number) - x, (siteY[nearestRow] as number) - y);
    // From the middle to a corner and back: 2 * sqrt(1/2) sides, and a little for rounding.
    const reach = metres + 1.415 * SQUARE_METRES;
    const found = tree.neighbors(x, y, Number.POSITIVE_INFINITY, reach).map((entry) => known[entry] as number);
    const isSame = (a: number, b: number) => siteX[a] === siteX[b] && siteY[a] === siteY[b] && region[a] === region[b];
    const rows: number[] = [];
    for (const of of found) if (!rows.some((other) => isSame(of, other))) rows.push(of);
    const regions = Int32Array.from(rows, (of) => region[of] as number);
    return {
      column,
      row,
      x: Float64Array.from(rows, (of) => siteX[of] as number),
      y: Float64Array.from(rows, (of) => siteY[of] as number),
      region: regions,
      only: regions.every((of) => of === regions[0]) ? (regions[0] as number) : null,
    };
  };
  const squares = new Map<number, Square>();
  return (x, y) => {
    const column = Math.floor(x / SQUARE_METRES);
    const row = Math.floor(y / SQUARE_METRES);
    const number = ((column & SQUARE_MASK) << SQUARE_BITS) | (row & SQUARE_MASK);
    let square = squares.get(number);
    if (square === undefined && squares.size < SQUARES_MAX) {
      square = squareAt(column, row);
      squares.set(number, square);
    }
    // Far apart two squares have one number; the second is not remembered.
    if (square === undefined || square.column !== column || square.row !== row) return nearest(x, y);
    return square.only ?? regionWithin(square, x, y) ?? nearest(x, y);
  };
}

/** Null where two sites of different regions are equally near: the tree has its own order for those. */
function regionWithin({ x: siteX, y: siteY, region }: Square, x: number, y: number): number | null {
  let best = Number.POSITIVE_INFINITY;
  let found = NONE;
  let isTied = false;
  for (let i = 0; i < region.length; i++) {
    const dx = (siteX[i] as number) - x;
    const dy = (siteY[i] as number) - y;
    const distance = dx * dx + dy * dy;
    if (distance > best) continue;
    isTied = distance === best && (isTied || region[i] !== found);
    best = distance;
    found = region[i] as number;
  }
  return isTied ? null : found;
}
