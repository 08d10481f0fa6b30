/** Likelihood of cells at venues: `values[i]` at `venues[i]` for i below `count`, and in the open, per hectare; up to one constant. */
export interface Likelihood {
  count: number;
  readonly venues: Int32Array;
  readonly values: Float64Array;
  /** Likelihood in the open times the hectares over which it spreads. */
  anywhere: number;
}

/** Room for the sums of one question, so that a stay allocates nothing. */
export class Tally implements Likelihood {
  count = 0;
  anywhere = 0;
  readonly venues: Int32Array;
  readonly values: Float64Array;
  /** Sum of gains by point, and the points that have one. */
  readonly gains: Float64Array;
  readonly touched: Int32Array;
  /** Share of the events in a venue's own indoor cells. */
  readonly ownShare: Float64Array;
  /** Place of a venue in `venues` + 1. */
  readonly placeOf: Int32Array;

  constructor(points: number, venues: number) {
    this.venues = new Int32Array(venues);
    this.values = new Float64Array(venues);
    this.gains = new Float64Array(points);
    this.touched = new Int32Array(points);
    this.ownShare = new Float64Array(venues);
    this.placeOf = new Int32Array(venues);
  }
}
