import type { VenueTable } from "../geo/city.js";
import { spiral } from "../geo/spiral.js";

/** Metres from one point to the next within a venue: the distance over which the serving cell changes where masts are dense. */
const SPACING_M = 110;
/** Points of one venue at most: a campus or an airport is not placed better by more. */
export const VENUE_POINTS_MAX = 24;

/** Points in columns, metres on the plane, those of a venue side by side, in the order of the venues. */
export interface VenuePoints {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly venue: Int32Array;
  /** First point and number of points of each venue; every venue has one at least. */
  readonly first: Int32Array;
  readonly count: Uint8Array;
}

/** Spreads points evenly over each venue: on a spiral within the circle of its size, those that lie in its area. */
export function venuePoints(venues: VenueTable): VenuePoints {
  const x: number[] = [];
  const y: number[] = [];
  const venue: number[] = [];
  const first = new Int32Array(venues.count);
  const count = new Uint8Array(venues.count);
  for (let v = 0; v < venues.count; v++) {
    first[v] = x.length;
    const [cx, cy] = [venues.x[v] as number, venues.y[v] as number];
    const radius = venues.radius[v] as number;
    const wanted = Math.min(VENUE_POINTS_MAX, Math.max(1, Math.round(Math.PI * (radius / SPACING_M) ** 2)));
    for (const [px, py] of spiral(cx, cy, radius, wanted)) {
      if (venues.holds(v, px, py)) {
        x.push(px);
        y.push(py);
        venue.push(v);
      }
    }
    // A ring or a crescent may hold none of them.
    if (x.length === first[v]) {
      x.push(cx);
      y.push(cy);
      venue.push(v);
    }
    count[v] = x.length - (first[v] as number);
  }
  return { x: Float32Array.from(x), y: Float32Array.from(y), venue: Int32Array.from(venue), first, count };
}
