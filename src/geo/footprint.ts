import { NONE } from "./city.js";
import { crowdRadius, mastShares, type Radio } from "./radio.js";

/** Rings and directions of the points at which footprints are measured; with 60 points the mean is right to a few per cent of sigma. */
const RINGS = 6;
const DIRECTIONS = 10;
/** Points lie out to this many reaches, or to where other masts certainly serve; of the served area little lies beyond. */
const OUTER_REACHES = 1.5;
/** Rings are denser near the mast, where shares change fastest. */
const RING_POWER = 1.5;

/** Least standard deviation per axis of an outdoor cell, metres: plans and phones know positions no better. */
export const SIGMA_OUTDOOR_MIN_M = 75;

/** Points around a mast in units of its span, with the area that each stands for. */
export interface SamplePoints {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly area: Float64Array;
}

export function samplePoints(rings: number, directions: number): SamplePoints {
  const count = rings * directions;
  const points = { x: new Float64Array(count), y: new Float64Array(count), area: new Float64Array(count) };
  const radius = (ring: number): number => (ring / rings) ** RING_POWER;
  for (let ring = 0; ring < rings; ring++) {
    const middle = Math.sqrt((radius(ring) ** 2 + radius(ring + 1) ** 2) / 2);
    for (let i = 0; i < directions; i++) {
      // Every other ring is turned by half a step, so that no beam falls between all points.
      const angle = ((i + (ring % 2) / 2) / directions) * 2 * Math.PI;
      const at = ring * directions + i;
      points.x[at] = middle * Math.cos(angle);
      points.y[at] = middle * Math.sin(angle);
      points.area[at] = (Math.PI * (radius(ring + 1) ** 2 - radius(ring) ** 2)) / directions;
    }
  }
  return points;
}

/** Metres from a mast to the farthest points at which its cells are measured. */
export function mastSpan(radio: Radio, mast: number): number {
  const { masts, reach } = radio;
  let greatest = 0;
  const end = masts.start[mast + 1] as number;
  for (let i = masts.start[mast] as number; i < end; i++) greatest = Math.max(greatest, reach[i] as number);
  return Math.min(OUTER_REACHES * greatest, crowdRadius(radio, mast));
}

/** Columns that `measureFootprints` fills for the rows of masts: mean and standard deviation per axis, metres on the plane. */
export interface FootprintColumns {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly sigma: Float32Array;
}

/**
 * Mean and spread of where phones served by each outdoor cell are, were phones evenly spread: moments of the best-server share (see
 * radio.ts) over points around the mast. All cells of a mast are measured at once, since they share its rivals.
 */
export function measureFootprints(radio: Radio, out: FootprintColumns): void {
  const { masts } = radio;
  const points = samplePoints(RINGS, DIRECTIONS);
  const moments = new Moments();
  for (let mast = 0; mast < masts.x.length; mast++) {
    const start = masts.start[mast] as number;
    const cells = (masts.start[mast + 1] as number) - start;
    moments.clear(cells);
    const span = mastSpan(radio, mast);
    const mastX = masts.x[mast] as number;
    const mastY = masts.y[mast] as number;
    for (let p = 0; p < points.x.length; p++) {
      const dx = (points.x[p] as number) * span;
      const dy = (points.y[p] as number) * span;
      mastShares(radio, mast, mastX + dx, mastY + dy, moments.shares);
      moments.add(cells, dx, dy, points.area[p] as number);
    }
    for (let i = 0; i < cells; i++) moments.write(i, masts.rows[start + i] as number, mastX, mastY, out);
  }
}

class Moments {
  shares = new Float64Array(64);
  #sums = new Float64Array(64 * 4);

  clear(cells: number): void {
    if (cells > this.shares.length) {
      this.shares = new Float64Array(cells);
      this.#sums = new Float64Array(cells * 4);
    }
    this.#sums.fill(0, 0, cells * 4);
  }

  add(cells: number, dx: number, dy: number, area: number): void {
    const sums = this.#sums;
    for (let i = 0; i < cells; i++) {
      const weight = (this.shares[i] as number) * area;
      sums[i * 4] = (sums[i * 4] as number) + weight;
      sums[i * 4 + 1] = (sums[i * 4 + 1] as number) + weight * dx;
      sums[i * 4 + 2] = (sums[i * 4 + 2] as number) + weight * dy;
      sums[i * 4 + 3] = (sums[i * 4 + 3] as number) + weight * (dx * dx + dy * dy);
    }
  }

  write(i: number, row: number, mastX: number, mastY: number, out: FootprintColumns): void {
    const weight = this.#sums[i * 4] as number;
    const meanX = (this.#sums[i * 4 + 1] as number) / weight;
    const meanY = (this.#sums[i * 4 + 2] as number) / weight;
    const variance = ((this.#sums[i * 4 + 3] as number) / weight - meanX * meanX - meanY * meanY) / 2;
    out.x[row] = mastX + meanX;
    out.y[row] = mastY + meanY;
    out.sigma[row] = Math.max(SIGMA_OUTDOOR_MIN_M, Math.sqrt(Math.max(0, variance)));
  }
}

/** Whether the row has a mast, so that its footprint comes from the radio model and not from a venue. */
export function isOutdoor(radio: Radio, row: number): boolean {
  return radio.masts.mast[row] !== NONE;
}
