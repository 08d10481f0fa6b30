import { NONE, type VenueTable } from "../geo/city.js";
import { straightLine } from "../geo/straight-line.js";

/** Side of the squares that the plane is cut into, metres, and how many are remembered: a city of 45 km; beyond them all venues are compared. */
const SQUARE_METRES = 512;
const SQUARES_MAX = 8192;
const SQUARE_BITS = 15;
const SQUARE_MASK = 2 ** SQUARE_BITS - 1;

type Venues = Pick<VenueTable, "count" | "x" | "y" | "category">;

interface Square {
  readonly column: number;
  readonly row: number;
  /** Those that may be the nearest within reach of some point of it. */
  readonly candidates: Float64Array;
}

/** A candidate is three numbers in turn, the venue and where its middle is: all that a question compares lies side by side. */
const CANDIDATE = 3;

/** Which venue of a category is nearest to a point, within a reach: asked of both ends of every way. */
export class NearestVenue {
  /** Metres to the venue last found. */
  metres = 0;
  private readonly reach: number;
  private readonly all: Float64Array;
  private readonly squares = new Map<number, Square>();

  /** @param category index into CATEGORIES; `reach` in metres from the middle of a venue */
  constructor(venues: Venues, category: number, reach: number) {
    this.reach = reach;
    const all: number[] = [];
    for (let venue = 0; venue < venues.count; venue++)
      if (venues.category[venue] === category) all.push(venue, venues.x[venue] as number, venues.y[venue] as number);
    this.all = Float64Array.from(all);
  }

  /** The nearest venue, of equally near ones the first of the table; NONE where none is within reach. */
  find(x: number, y: number): number {
    const { reach } = this;
    const candidates = this.candidates(x, y);
    const least = leastSquared(candidates, x, y);
    let found: number = NONE;
    if (least > reach * reach) return found;
    // Who is as near but for rounding is compared by the metres that are told.
    const farthest = Math.min(reach * reach, least * (1 + 1e-9));
    for (let at = 0; at < candidates.length; at += CANDIDATE) {
      if (squared(candidates, at, x, y) > farthest) continue;
      const metres = straightLine((candidates[at + 1] as number) - x, (candidates[at + 2] as number) - y);
      if (found !== NONE && metres >= this.metres) continue;
      found = candidates[at] as number;
      this.metres = metres;
    }
    return found;
  }

  private candidates(x: number, y: number): Float64Array {
    const column = Math.floor(x / SQUARE_METRES);
    const row = Math.floor(y / SQUARE_METRES);
    const number = ((column & SQUARE_MASK) << SQUARE_BITS) | (row & SQUARE_MASK);
    let square = this.squares.get(number);
    if (square === undefined && this.squares.size < SQUARES_MAX) {
      square = this.squareAt(column, row);
      this.squares.set(number, square);
    }
    // Far apart two squares have one number; the second is not remembered.
    if (square === undefined || square.column !== column || square.row !== row) return this.all;
    return square.candidates;
  }

  private squareAt(column: number, row: number): Square {
    const middleX = (column + 0.5) * SQUARE_METRES;
    const middleY = (row + 0.5) * SQUARE_METRES;
    const { all, reach } = this;
    // From the middle to a corner, and back to the nearest: half a diagonal each, and a little for rounding.
    const toNearest = Math.sqrt(leastSquared(all, middleX, middleY));
    const within = Math.min(reach + 0.71 * SQUARE_METRES, toNearest + 1.42 * SQUARE_METRES);
    const near: number[] = [];
    for (let at = 0; at < all.length; at += CANDIDATE)
      if (squared(all, at, middleX, middleY) <= within * within) near.push(...all.subarray(at, at + CANDIDATE));
    return { column, row, candidates: Float64Array.from(near) };
  }
}

function leastSquared(candidates: Float64Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < candidates.length; at += CANDIDATE) least = Math.min(least, squared(candidates, at, x, y));
  return least;
}

/** Square of the metres from a point to the middle of the candidate at a place of the list. */
function squared(candidates: Float64Array, at: number, x: number, y: number): number {
  const dx = (candidates[at + 1] as number) - x;
  const dy = (candidates[at + 2] as number) - y;
  return dx * dx + dy * dy;
}
