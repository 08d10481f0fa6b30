import { type CellTable, NONE } from "./city.js";
import { type Masts, RIVALS } from "./masts.js";
import { straightLine } from "./straight-line.js";

/**
 * Which cell serves a phone at a point: a best-server model.
 *
 * A phone camps on the strongest cell (3GPP TS 36.304 section 5.2). Its strength falls by 40 dB a decade of distance (two-ray ground
 * law; 39.1 in the urban macro model of 3GPP TR 38.901 table 7.4.1-1) and by the antenna pattern 12 (angle / beamwidth)^2 dB up to
 * 20 dB (3GPP TR 36.942 section 4.2.1), and is scattered by log-normal shadowing of 8 dB, correlated by 0.5 between masts and wholly
 * between the cells of one mast (TR 36.942 section 4.5). Two masts then differ by a normal error of 8 dB, whose winner is nearly that of
 * a logit choice of scale 8 * sqrt(3) / pi = 4.41 dB (K. Train, Discrete Choice Methods with Simulation, 2009, chapter 3). Taking
 * 10 / ln 10 = 4.34 dB for it makes the law plain and cheap: a mast's share is its part of the received power, each mast at its mean.
 * The cells of a mast share that by their patterns, softened not by shadowing but by some 3 dB of handover hysteresis and
 * angular spread (a nested logit, Train chapter 4).
 *
 * Masts beyond the listed rivals stand for more of the same: spread evenly outside the circle of radius S through the last rival, at the
 * density of those inside, they send RIVALS / (S^2 - d^2)^2 to a point d from the mast (the integral of r^-4 outside a circle), and beyond
 * the circle what an even spread sends whose nearest mast is at its usual distance. "No service" is one more alternative, as strong
 * as the cell itself at its planned range in the middle of its beam. So competition shapes the footprint where masts are dense,
 * and range where they are not. Transmit powers are taken as equal: plans rarely tell them, and the spacing of masts follows them.
 *
 * Checked: in a simulated city with 8 dB of shadowing and powers that differ, true positions lie 1.3 sigma from the footprint's mean at
 * the median, where a normal spread has 1.2, and positions from the product of affinities are best when it is taken as it is (to no power).
 */
export interface Radio {
  readonly masts: Masts;
  // The columns below are in the order of `masts.rows`, so that the cells of a mast lie side by side.
  /** Direction of the beam as a unit vector, east and north; 0, 0 for an omnidirectional cell. */
  readonly beamX: Float32Array;
  readonly beamY: Float32Array;
  /** One over the half-power beamwidth in radians; 0 for an omnidirectional cell. */
  readonly perBeamwidth: Float32Array;
  /** Metres at which the cell is as weak as no service. */
  readonly reach: Float32Array;
  /** By mast: how much farther than their positions say the rivals stand (see `spreadOf`). */
  readonly spread: Float32Array;
}

/** Cells with the radio model that footprints and affinities come from. */
export interface RadioCells extends CellTable {
  readonly radio: Radio;
}

const MAST_SCALE_DB = 10 / Math.LN10;
const SECTOR_SCALE_DB = 3;
const BACK_LOBE_DB = 20;
/** Square of the usual antenna height, 30 m (TR 36.942 section 4.5.2): the path is not shorter than the mast is high. */
const HEIGHT_SQUARED = 900;
/** Reach of a mast without a planned range: the only one of its generation, and the most that is believed of any. */
const REACH_ALONE_M = 1000;
const REACH_MAX_M = 10_000;
/** Positions of plans are no finer: a closer crowd is taken to be this far. */
const CROWD_MIN_M = 100;
/** Where the unlisted masts' power stops growing, as a part of the squared circle: 4 pi density^2, an even spread's. */
const CROWD_EDGE = Math.sqrt(Math.PI / (4 * RIVALS));

/**
 * Metres at which a cell is as weak as no service: its planned range; without one (NaN), as far as its farthest known rival.
 *
 * @param surroundM distance to the last listed rival, NaN where there is none
 */
export function reachOf(rangeM: number, surroundM: number, listFull: boolean): number {
  if (!Number.isNaN(rangeM)) return rangeM;
  if (Number.isNaN(surroundM)) return REACH_ALONE_M;
  return listFull ? REACH_MAX_M : Math.min(REACH_MAX_M, Math.max(CROWD_MIN_M, surroundM));
}

/** Cells that a usual mast has: three sectors on each of two layers. */
const CELLS_OF_MAST = 6;
/** Radius of the circle of RIVALS masts where macro masts stand as densely as they do, 500 m apart (3GPP TR 36.942 case 1). */
const DENSEST_MAST_CIRCLE_M = 1000;

/**
 * How much farther apart masts are than positions, in a plan that tells no azimuth at all: where positions lie closer than masts ever do,
 * they are sectors and layers, each listed by itself, of fewer masts. Phones at rest in Hangzhou (43 m between positions, nights) are
 * served by cells 330 m apart at the median, which footprints from bare positions make a distance of 2.8 sigma; spread, 1.5.
 *
 * @param radiusM radius of the circle of the mast's rivals
 */
export function spreadOf(radiusM: number): number {
  return Math.min(Math.sqrt(CELLS_OF_MAST), Math.max(1, DENSEST_MAST_CIRCLE_M / radiusM));
}

/** Metres to the last of a mast's rivals; Infinity where the list is not full, so that all there are are known. */
export function rivalCircle({ rivals, surround }: Masts, mast: number): number {
  return rivals[(mast + 1) * RIVALS - 1] === NONE ? Number.POSITIVE_INFINITY : (surround[mast] as number);
}

/** Radius of the circle beyond which there are masts that a mast's rivals do not list; Infinity where all are listed. */
export function crowdRadius({ masts, spread }: Radio, mast: number): number {
  return Math.max(CROWD_MIN_M, rivalCircle(masts, mast) * (spread[mast] as number));
}

/** Weight of the masts beyond the listed rivals at a squared distance from the mast. */
function crowdWeight(radio: Radio, mast: number, distanceSquared: number): number {
  const radius = crowdRadius(radio, mast);
  if (radius === Number.POSITIVE_INFINITY) return 0;
  const gap = Math.max(radius * radius - distanceSquared, CROWD_EDGE * radius * radius);
  return RIVALS / (gap * gap);
}

/** Squares of angles by their cosine: `acos` would be half the cost of loading a plan. Off by 0.1 degree at 65 degrees. */
const ANGLE_STEPS = 1024;
const ANGLE_SQUARED = Float64Array.from({ length: 2 * ANGLE_STEPS + 1 }, (_, i) => Math.acos(i / ANGLE_STEPS - 1) ** 2);

/** Decibels below the middle of the beam in the direction of the unit vector (ux, uy) from the antenna. */
function patternLossDb(radio: Radio, slot: number, ux: number, uy: number): number {
  const perBeamwidth = radio.perBeamwidth[slot] as number;
  if (perBeamwidth === 0) return 0;
  const cosine = ux * (radio.beamX[slot] as number) + uy * (radio.beamY[slot] as number);
  const step = ((cosine + 1) * ANGLE_STEPS + 0.5) | 0;
  const loss = 12 * perBeamwidth * perBeamwidth * (ANGLE_SQUARED[Math.max(0, step)] as number);
  return Math.min(BACK_LOBE_DB, loss);
}

/** Weight of a signal over a squared distance, d^-4; only ratios of weights mean something. */
function signalWeight(distanceSquared: number): number {
  const path = distanceSquared + HEIGHT_SQUARED;
  return 1 / (path * path);
}

/** Weight of a mast at a point: that of its best cell there. */
function mastWeight(radio: Radio, mast: number, x: number, y: number): number {
  const { masts } = radio;
  const dx = x - (masts.x[mast] as number);
  const dy = y - (masts.y[mast] as number);
  const distanceSquared = dx * dx + dy * dy;
  const weight = signalWeight(distanceSquared);
  const start = masts.start[mast] as number;
  // Half of the time of loading a plan is spent here, and most masts of plain plans need no direction.
  if (radio.perBeamwidth[start] === 0 || distanceSquared === 0) return weight;
  const perDistance = 1 / Math.sqrt(distanceSquared);
  const end = masts.start[mast + 1] as number;
  let best = BACK_LOBE_DB;
  for (let i = start; i < end; i++) {
    const loss = patternLossDb(radio, i, dx * perDistance, dy * perDistance);
    if (loss < best) best = loss;
  }
  return weight * Math.exp(-best / MAST_SCALE_DB);
}

/** Sum of the weights of a mast's rivals at a point. */
function rivalWeight(radio: Radio, mast: number, x: number, y: number): number {
  const { rivals, x: mastX, y: mastY } = radio.masts;
  const stretch = (radio.spread[mast] as number) - 1;
  const fromX = x + stretch * (mastX[mast] as number);
  const fromY = y + stretch * (mastY[mast] as number);
  let sum = 0;
  for (let i = mast * RIVALS; i < (mast + 1) * RIVALS; i++) {
    const rival = rivals[i] as number;
    if (rival === NONE) break;
    // A rival moved away from the mast sees the point as the rival in its place sees the point moved the other way.
    sum += mastWeight(
      radio,
      rival,
      fromX - stretch * (mastX[rival] as number),
      fromY - stretch * (mastY[rival] as number),
    );
  }
  return sum;
}

/**
 * Writes into `shares`, for each cell of a mast in the order of `masts.rows`, the probability that it serves a phone at the point.
 * `shares` must hold as many numbers as the mast has cells.
 */
export function mastShares(radio: Radio, mast: number, x: number, y: number, shares: Float64Array): void {
  const { masts } = radio;
  const start = masts.start[mast] as number;
  const cells = (masts.start[mast + 1] as number) - start;
  const dx = x - (masts.x[mast] as number);
  const dy = y - (masts.y[mast] as number);
  const distance = Math.sqrt(dx * dx + dy * dy) || 1;
  let best = BACK_LOBE_DB;
  let sum = 0;
  for (let i = 0; i < cells; i++) {
    const loss = patternLossDb(radio, start + i, dx / distance, dy / distance);
    const part = Math.exp(-loss / SECTOR_SCALE_DB);
    shares[i] = part;
    sum += part;
    if (loss < best) best = loss;
  }
  const distanceSquared = dx * dx + dy * dy;
  const own = signalWeight(distanceSquared) * Math.exp(-best / MAST_SCALE_DB);
  const served = own + rivalWeight(radio, mast, x, y) + crowdWeight(radio, mast, distanceSquared);
  for (let i = 0; i < cells; i++) {
    const reach = radio.reach[start + i] as number;
    shares[i] = ((shares[i] as number) / sum) * (own / (served + signalWeight(reach * reach)));
  }
}

/** Decay of the likelihood of an indoor cell outside its venue, metres: walls and a doorway. */
const INDOOR_DECAY_M = 50;

/**
 * Natural logarithm of the probability that a phone at (x, y) is served by the cell of `row`, up to a constant that the rows
 * share. Add those of the distinct cells seen at one place to compare positions; do not add the same cell once an event, since shadowing
 * stays the same from event to event. Costs half a microsecond.
 */
export function affinity(cells: RadioCells, row: number, x: number, y: number): number {
  const { radio } = cells;
  const mast = radio.masts.mast[row] as number;
  if (mast === NONE) {
    const distance = straightLine(x - (cells.x[row] as number), y - (cells.y[row] as number));
    const outside = Math.max(0, distance - 2 * (cells.sigma[row] as number)) / INDOOR_DECAY_M;
    return -0.5 * outside * outside;
  }
  const { masts } = radio;
  const dx = x - (masts.x[mast] as number);
  const dy = y - (masts.y[mast] as number);
  const end = masts.start[mast + 1] as number;
  const distance = Math.sqrt(dx * dx + dy * dy) || 1;
  const ux = dx / distance;
  const uy = dy / distance;
  // Parts lie between 1 and exp(-20 / 3), so that their quotient is safe.
  let best = BACK_LOBE_DB;
  let sum = 0;
  let wanted = 0;
  let reach = 0;
  for (let i = masts.start[mast] as number; i < end; i++) {
    const loss = patternLossDb(radio, i, ux, uy);
    const weight = Math.exp(-loss / SECTOR_SCALE_DB);
    sum += weight;
    if (loss < best) best = loss;
    if (masts.rows[i] !== row) continue;
    wanted = weight;
    reach = radio.reach[i] as number;
  }
  const distanceSquared = dx * dx + dy * dy;
  const own = signalWeight(distanceSquared) * Math.exp(-best / MAST_SCALE_DB);
  const served = own + rivalWeight(radio, mast, x, y) + crowdWeight(radio, mast, distanceSquared);
  return Math.log(((wanted / sum) * own) / (served + signalWeight(reach * reach)));
}
