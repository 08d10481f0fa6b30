import Flatbush from "flatbush";
import { NONE } from "../geo/city.js";
import { mastSpan, samplePoints } from "../geo/footprint.js";
import type { LoadedCity } from "../geo/load.js";
import { affinity, mastShares } from "../geo/radio.js";
import { regionAtLevel } from "../geo/regions.js";
import { spiral } from "../geo/spiral.js";
import type { Box, FenceArea } from "./fence-area.js";

/** Standard deviations of a footprint within which a fence may be. */
const REACH_SIGMAS = 3;
const RINGS = 8;
const DIRECTIONS = 12;
const SAMPLE = samplePoints(RINGS, DIRECTIONS);
/** Points of a fence that is smaller than the footprints around it; with holes and odd forms at most so many are tried for them. */
const FENCE_POINTS = 16;
const TRIED_MAX = 400;
/** Probability that a phone served by an indoor cell is in its venue and not before the door, and how far the doorway reaches, metres. */
const WITHIN = 0.9;
const DOORWAY_M = 60;
const DOOR_POINTS = 8;

/** Where a phone served by a cell may be: points with weights, in all `total`. */
interface Footprint {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly weight: Float64Array;
  readonly total: number;
}

/** Points spread evenly over a fence. */
interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The probability that a phone which a cell serves is within a fence. */
export interface CellChance {
  readonly row: number;
  readonly chance: number;
}

/**
 * How probable it is that a phone is within a fence when a cell serves it, were phones evenly spread: the part of the cell's footprint
 * (see radio.ts) that lies in the fence. Of the two the smaller is sampled. Footprints are made when first needed, and kept.
 */
export class FenceChances {
  private readonly city: LoadedCity;
  private readonly boxes: Flatbush | null;
  private readonly footprints = new Map<number, Footprint>();
  /** Regions of the points of a footprint, by its `x`, which the cells of a mast share. */
  private readonly located = new Map<ArrayLike<number>, Int32Array>();

  constructor(city: LoadedCity) {
    this.city = city;
    const { cells } = city;
    this.boxes = cells.count === 0 ? null : new Flatbush(cells.count);
    for (let row = 0; row < cells.count; row++) {
      const [x, y] = [cells.x[row] as number, cells.y[row] as number];
      const reach = REACH_SIGMAS * (cells.sigma[row] as number);
      this.boxes?.add(x - reach, y - reach, x + reach, y + reach);
    }
    this.boxes?.finish();
  }

  /** Rows of the cells that may serve within a fence, ascending. */
  private rowsNear({ minX, minY, maxX, maxY }: Box): number[] {
    return (this.boxes?.search(minX, minY, maxX, maxY) ?? []).sort((a, b) => a - b);
  }

  /** The probabilities by row of the cells from which it is at least `least`. */
  of(area: FenceArea, least: number): CellChance[] {
    let points: Points | null = null;
    const found: CellChance[] = [];
    for (const row of this.rowsNear(area)) {
      if (!this.isSampled(row, area)) points ??= pointsIn(area);
      const chance = Math.min(1, this.chance(row, area, points));
      if (chance >= least) found.push({ row, chance });
    }
    return found;
  }

  /** The same for a region: the part of a footprint whose points the city's regions say lie in it. */
  ofRegion(region: number, least: number): CellChance[] {
    const { cells, regions } = this.city;
    const level = regions.level[region] as number;
    const isIn = Uint8Array.from({ length: regions.count }, (_, at) =>
      regionAtLevel(regions, at, level) === region ? 1 : 0,
    );
    const box = boxOf(cells, (row) => isIn[cells.region[row] as number] === 1);
    const found: CellChance[] = [];
    for (const row of this.rowsNear(box)) {
      const footprint = this.footprintOf(row);
      const at = this.regionsOf(footprint);
      let inside = 0;
      for (const [i, weight] of footprint.weight.entries()) if (isIn[at[i] as number] === 1) inside += weight;
      const chance = footprint.total === 0 ? 0 : Math.min(1, inside / footprint.total);
      if (chance >= least) found.push({ row, chance });
    }
    return found;
  }

  private regionsOf({ x, y }: Footprint): Int32Array {
    const known = this.located.get(x) ?? Int32Array.from(x, (px, i) => this.city.regions.locate(px, y[i] as number));
    this.located.set(x, known);
    return known;
  }

  /** Whether the footprint is sampled, which is so where it is the smaller of the two. */
  private isSampled(row: number, { squareMetres }: FenceArea): boolean {
    const { radio, sigma } = this.city.cells;
    return radio.masts.mast[row] === NONE || squareMetres >= Math.PI * (sigma[row] as number) ** 2;
  }

  /** @param points of the fence, null where the footprint is sampled */
  private chance(row: number, area: FenceArea, points: Points | null): number {
    const { cells } = this.city;
    const footprint = this.footprintOf(row);
    if (footprint.total === 0) return 0;
    if (points === null || this.isSampled(row, area)) return weightWithin(footprint, area) / footprint.total;
    let inside = 0;
    for (let i = 0; i < points.x.length; i++)
      inside += Math.exp(affinity(cells, row, points.x[i] as number, points.y[i] as number));
    return (inside * area.squareMetres) / points.x.length / footprint.total;
  }

  private footprintOf(row: number): Footprint {
    let known = this.footprints.get(row);
    if (known === undefined) {
      const mast = this.city.cells.radio.masts.mast[row] as number;
      if (mast === NONE) this.footprints.set(row, indoorFootprint(this.city, row));
      else this.sampleMast(mast);
      known = this.footprints.get(row) as Footprint;
    }
    return known;
  }

  /** All cells of a mast at once, since they share its rivals. */
  private sampleMast(mast: number): void {
    const { radio } = this.city.cells;
    const { masts } = radio;
    const start = masts.start[mast] as number;
    const count = (masts.start[mast + 1] as number) - start;
    const span = mastSpan(radio, mast);
    const points = SAMPLE.x.length;
    const x = SAMPLE.x.map((at) => (masts.x[mast] as number) + at * span);
    const y = SAMPLE.y.map((at) => (masts.y[mast] as number) + at * span);
    const weights = Array.from({ length: count }, () => new Float64Array(points));
    const shares = new Float64Array(count);
    for (let p = 0; p < points; p++) {
      mastShares(radio, mast, x[p] as number, y[p] as number, shares);
      const squareMetres = (SAMPLE.area[p] as number) * span * span;
      for (let i = 0; i < count; i++) (weights[i] as Float64Array)[p] = (shares[i] as number) * squareMetres;
    }
    for (const [i, weight] of weights.entries()) {
      const total = weight.reduce((sum, one) => sum + one, 0);
      this.footprints.set(masts.rows[start + i] as number, { x, y, weight, total });
    }
  }
}

/** An indoor cell's phones: most within its venue, some before its door. */
function indoorFootprint({ cells, venues }: LoadedCity, row: number): Footprint {
  const venue = cells.indoorVenue[row] as number;
  const [cx, cy] = [cells.x[row] as number, cells.y[row] as number];
  const radius = venue === NONE ? (cells.sigma[row] as number) : (venues.radius[venue] as number);
  const within = spiral(cx, cy, radius, FENCE_POINTS).filter(([x, y]) => venue === NONE || venues.holds(venue, x, y));
  if (within.length === 0) within.push([cx, cy]);
  const door = Array.from({ length: DOOR_POINTS }, (_, i): [number, number] => {
    const angle = (i / DOOR_POINTS) * 2 * Math.PI;
    return [cx + (radius + DOORWAY_M) * Math.cos(angle), cy + (radius + DOORWAY_M) * Math.sin(angle)];
  });
  const points = [...within, ...door];
  return {
    x: points.map(([x]) => x),
    y: points.map(([, y]) => y),
    weight: Float64Array.from(points, (_, i) =>
      i < within.length ? WITHIN / within.length : (1 - WITHIN) / DOOR_POINTS,
    ),
    total: 1,
  };
}

/** The box of the footprints of some cells; one that holds nothing where there are none. */
function boxOf({ count, x, y, sigma }: LoadedCity["cells"], isOf: (row: number) => boolean): Box {
  let [minX, minY] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [maxX, maxY] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < count; row++) {
    if (!isOf(row)) continue;
    const [px, py, reach] = [x[row] as number, y[row] as number, sigma[row] as number];
    minX = Math.min(minX, px - reach);
    maxX = Math.max(maxX, px + reach);
    minY = Math.min(minY, py - reach);
    maxY = Math.max(maxY, py + reach);
  }
  return { minX, minY, maxX, maxY };
}

/** Most points lie outside the box of the fence, which costs less to see than whether they are within it. */
function weightWithin({ x, y, weight }: Footprint, area: FenceArea): number {
  const { minX, minY, maxX, maxY } = area;
  let inside = 0;
  for (let i = 0; i < weight.length; i++) {
    const [px, py] = [x[i] as number, y[i] as number];
    if (px < minX || px > maxX || py < minY || py > maxY) continue;
    if (area.contains(px, py)) inside += weight[i] as number;
  }
  return inside;
}

function pointsIn(area: FenceArea): Points {
  const { minX, minY, maxX, maxY, squareMetres } = area;
  const [cx, cy] = [(minX + maxX) / 2, (minY + maxY) / 2];
  const radius = Math.hypot(maxX - minX, maxY - minY) / 2;
  const tried = Math.ceil((FENCE_POINTS * Math.PI * radius * radius) / Math.max(1, squareMetres));
  const points = spiral(cx, cy, radius, Math.min(TRIED_MAX, tried)).filter(([x, y]) => area.contains(x, y));
  if (points.length === 0) points.push([cx, cy]);
  return { x: Float64Array.from(points, ([x]) => x), y: Float64Array.from(points, ([, y]) => y) };
}
