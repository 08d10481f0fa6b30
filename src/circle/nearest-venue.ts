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
  readonly venues: Int32Array;
}

/** Which venue of a category is nearest to a point, within a reach: asked of both ends of every way. */
export class NearestVenue {
  /** Metres to the venue last found. */
  metres = 0;
  private readonly venues: Venues;
  private readonly reach: number;
  private readonly all: Int32Array;
  private readonly squares = new Map<number, Square>();

  /** @param category index into CATEGORIES; `reach` in metres from the middle of a venue */
  constructor(venues: Venues, category: number, reach: number) {
    this.venues = venues;
    this.reach = reach;
    const all: number[] = [];
    for (let venue = 0; venue < venues.count; venue++) if (venues.category[venue] === category) all.push(venue);
    this.all = Int32Array.from(all);
  }

  /** The nearest venue, of equally near ones the first of the table; NONE where none is within reach. */
  find(x: number, y: number): number {
    const { venues, reach } = this;
    const candidates = this.candidates(x, y);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.length; i++) least = Math.min(least, squared(venues, candidates[i] as number, x, y));
    let found: number = NONE;
    if (least > reach * reach) return found;
    // Who is as near but for rounding is compared by the metres that are told.
    const farthest = Math.min(reach * reach, least * (1 + 1e-9));
    for (let i = 0; i < candidates.length; i++) {
      const venue = candidates[i] as number;
      if (squared(venues, venue, x, y) > farthest) continue;
      const metres = straightLine((venues.x[venue] as number) - x, (venues.y[venue] as number) - y);
      if (found !== NONE && metres >= this.metres) continue;
      found = venue;
      this.metres = metres;
    }
    return found;
  }

  private candidates(x: number, y: number): Int32Array {
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
    return square.venues;
  }

  private squareAt(column: number, row: number): Square {
    const middleX = (column + 0.5) * SQUARE_METRES;
    const middleY = (row + 0.5) * SQUARE_METRES;
    let least = Number.POSITIVE_INFINITY;
    for (const venue of this.all) least = Math.min(least, squared(this.venues, venue, middleX, middleY));
    // From the middle to a corner, and back to the nearest: half a diagonal each, and a little for rounding.
    const within = Math.min(this.reach + 0.71 * SQUARE_METRES, Math.sqrt(least) + 1.42 * SQUARE_METRES);
    const venues = this.all.filter((venue) => squared(this.venues, venue, middleX, middleY) <= within * within);
    return { column, row, venues };
  }
}

/** Square of the metres from a point to the middle of a venue. */
function squared(venues: Venues, venue: number, x: number, y: number): number {
  const dx = (venues.x[venue] as number) - x;
  const dy = (venues.y[venue] as number) - y;
  return dx * dx + dy * dy;
}
