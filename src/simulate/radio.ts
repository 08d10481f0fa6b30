import KDBush from "kdbush";
import type { CityPlan, PlannedCell } from "./guangzhou/plan.js";
import type { RadioOptions } from "./options.js";
import { mix, normalOf, type Random } from "./random.js";

/** Side of a square within which the mean power of a cell counts as constant, metres. */
const TILE_M = 60;
const TILES_WIDE = 4096;
/** Cells that a phone in a tile can be served by. */
export const CANDIDATES_MAX = 10;

const NEAR_M = 1500;
const FAR_M = 9000;
/** Fewer sites than this within reach, and the search goes on to the far radius. */
const NEAR_SITES_MIN = 25;

/** Transmitted power with antenna gain less the loss at 1 km (128.1 dB at 2 GHz, TR 36.942), dB. */
const MACRO_DBM_AT_1_KM = 61 - 128.1;
const MICRO_DBM_AT_1_KM = 44 - 128.1;
/** Least distance of an antenna to a phone on the ground, metres. */
const HEIGHT_M = 28;
const INDOOR_DBM = -62;
/** Walls keep an indoor cell in: from outside it is weaker by this and by so much a metre, dB. */
const INDOOR_LEAK_DB = 24;
const INDOOR_LEAK_DB_A_METRE = 0.35;
/** Walls of a venue with cells of its own keep the outdoor cells out, dB. */
const VENUE_WALL_DB = 14;
const SIDE_LOBE_DB = 22;
const CGI_BIAS_DB = -9;

/** The candidates of one place: cell indices and mean power in dBm, best first. */
export interface Candidates {
  readonly cells: Int32Array;
  readonly powerDbm: Float32Array;
  readonly count: number;
}

/** Mean received power everywhere, and the choice of the serving cell at an event. */
export class Radio {
  readonly #plan: CityPlan;
  readonly #options: RadioOptions;
  readonly #index: KDBush;
  /** Cells of the on-air outdoor sites, as the index numbers them; and the high antennas, which are heard from far. */
  readonly #siteCells: number[][] = [];
  readonly #tallCells: number[] = [];
  readonly #indoorCells = new Map<number, number[]>();
  readonly #tiles = new Map<number, Candidates>();

  constructor(plan: CityPlan, options: RadioOptions, siteShare: number) {
    this.#plan = plan;
    this.#options = options;
    const bySite = new Map<number, number[]>();
    plan.cells.forEach((cell, index) => {
      if (cell.venue < 0 && mix(cell.site, 77, 0, 0) / 4294967296 >= siteShare) return;
      const group = cell.venue >= 0 ? this.#indoorCells : bySite;
      const key = cell.venue >= 0 ? cell.venue : cell.site;
      const list = group.get(key);
      if (list === undefined) group.set(key, [index]);
      else list.push(index);
      if (cell.tall) this.#tallCells.push(index);
    });
    const near: number[][] = [...bySite.values(), ...this.#indoorCells.values()];
    this.#siteCells = near;
    this.#index = new KDBush(near.length);
    for (const list of near) {
      const cell = plan.cells[list[0] as number] as PlannedCell;
      this.#index.add(cell.x, cell.y);
    }
    this.#index.finish();
  }

  /** Candidates at a point; `venue` is the venue whose indoor coverage holds there, or -1. */
  candidates(x: number, y: number, venue: number): Candidates {
    const column = Math.floor(x / TILE_M) + TILES_WIDE / 2;
    const row = Math.floor(y / TILE_M) + TILES_WIDE / 2;
    const inside = venue >= 0 && this.#indoorCells.has(venue) ? venue + 1 : 0;
    const key = (inside * TILES_WIDE + row) * TILES_WIDE + column;
    let found = this.#tiles.get(key);
    if (found === undefined) {
      found = this.#build((column - TILES_WIDE / 2 + 0.5) * TILE_M, (row - TILES_WIDE / 2 + 0.5) * TILE_M, inside - 1);
      this.#tiles.set(key, found);
    }
    return found;
  }

  #build(x: number, y: number, venue: number): Candidates {
    let sites = this.#index.within(x, y, NEAR_M);
    if (sites.length < NEAR_SITES_MIN) sites = this.#index.within(x, y, FAR_M);
    const cells = Array.from(this.#tallCells);
    for (const site of sites) cells.push(...(this.#siteCells[site] as number[]));
    if (venue >= 0) cells.push(...(this.#indoorCells.get(venue) ?? []));
    const unique = [...new Set(cells)];
    const ranked = unique.map((cell) => ({ cell, power: this.meanPowerDbm(cell, x, y, venue) }));
    ranked.sort((a, b) => b.power - a.power || a.cell - b.cell);
    const best = ranked.slice(0, CANDIDATES_MAX);
    return {
      cells: Int32Array.from(best, (one) => one.cell),
      powerDbm: Float32Array.from(best, (one) => one.power),
      count: best.length,
    };
  }

  /** Mean received power of a cell at a point, dBm, with shadowing but without fading. */
  meanPowerDbm(index: number, x: number, y: number, venue: number): number {
    const cell = this.#plan.cells[index] as PlannedCell;
    const away = Math.hypot(x - cell.x, y - cell.y);
    const shadow = this.#shadowDb(cell.site, x, y);
    if (cell.venue >= 0) {
      const leak = venue === cell.venue ? 0.05 * away : INDOOR_LEAK_DB + INDOOR_LEAK_DB_A_METRE * away;
      return INDOOR_DBM - leak + 0.4 * shadow;
    }
    const distance = Math.hypot(away, HEIGHT_M);
    const level = cell.azimuthDeg < 0 ? MICRO_DBM_AT_1_KM : MACRO_DBM_AT_1_KM;
    const power = level - this.#options.pathLossSlopeDb * Math.log10(distance / 1000);
    const wall = venue >= 0 ? VENUE_WALL_DB : 0;
    const generation = cell.generation === 0 ? CGI_BIAS_DB : 0;
    return power - patternDb(cell, x, y) - tiltDb(cell, away) - wall + shadow + generation;
  }

  /** Shadowing: a part that all sites share at a place, and a part of the site; both smooth over the correlation distance. */
  #shadowDb(site: number, x: number, y: number): number {
    const { shadowingSigmaDb, siteCorrelation, shadowingCorrelationM } = this.#options;
    const u = x / shadowingCorrelationM;
    const v = y / shadowingCorrelationM;
    const own = smoothNoise(site + 1, u, v);
    const shared = smoothNoise(0, u, v);
    return shadowingSigmaDb * (Math.sqrt(siteCorrelation) * shared + Math.sqrt(1 - siteCorrelation) * own);
  }

  /**
   * The serving cell at an event: the best of the candidates by mean power, the room's own offset, fading, and the advantage of the cell
   * that served last. `generations` is a bit mask of what the phone can use. Returns -1 without coverage.
   */
  serve(
    place: Candidates,
    room: number,
    generations: number,
    last: number,
    lastAgeSeconds: number,
    random: Random,
  ): number {
    const { fadingSigmaDb, roomSigmaDb, hysteresisDb, hysteresisHalfLifeSeconds } = this.#options;
    const advantage = hysteresisDb * 0.5 ** (lastAgeSeconds / hysteresisHalfLifeSeconds);
    let best = -1;
    let bestPower = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < place.count; i++) {
      const cell = place.cells[i] as number;
      if (((1 << (this.#plan.cells[cell] as PlannedCell).generation) & generations) === 0) continue;
      let power = (place.powerDbm[i] as number) + fadingSigmaDb * random.normal();
      power += roomSigmaDb * normalOf(room, cell, 5, 0);
      if (cell === last) power += advantage;
      if (power > bestPower) {
        bestPower = power;
        best = cell;
      }
    }
    return best;
  }

  /** The cell that serves a room most of the time, or -1 without coverage. */
  usualServer(at: { x: number; y: number; venue: number }, room: number, generations: number): number {
    const place = this.candidates(at.x, at.y, at.venue);
    let best = -1;
    let bestPower = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < place.count; i++) {
      const cell = place.cells[i] as number;
      const power = (place.powerDbm[i] as number) + this.#options.roomSigmaDb * normalOf(room, cell, 5, 0);
      if (power > bestPower && ((1 << (this.#plan.cells[cell] as PlannedCell).generation) & generations) !== 0) {
        bestPower = power;
        best = cell;
      }
    }
    return best;
  }
}

/** Horizontal pattern of TR 36.942: 12 (angle / beamwidth)^2, at most the side-lobe level. */
function patternDb(cell: PlannedCell, x: number, y: number): number {
  if (cell.azimuthDeg < 0) return 0;
  const bearing = (Math.atan2(x - cell.x, y - cell.y) * 180) / Math.PI;
  const off = ((bearing - cell.azimuthDeg + 540) % 360) - 180;
  return Math.min(SIDE_LOBE_DB, 12 * (off / cell.beamwidthDeg) ** 2);
}

/** Down-tilt: beyond the planned range the beam passes overhead, 9 dB a doubling; high antennas are not tilted. */
function tiltDb(cell: PlannedCell, away: number): number {
  const limit = 1.2 * cell.rangeM;
  return cell.tall || away <= limit ? 0 : Math.min(24, 9 * Math.log2(away / limit));
}

/** Bilinear interpolation of normals on a grid, scaled back to variance one. */
function smoothNoise(layer: number, u: number, v: number): number {
  const i = Math.floor(u);
  const j = Math.floor(v);
  const fu = u - i;
  const fv = v - j;
  const a = (1 - fu) * (1 - fv);
  const b = fu * (1 - fv);
  const c = (1 - fu) * fv;
  const d = fu * fv;
  const sum =
    a * normalOf(layer, i, j, 9) +
    b * normalOf(layer, i + 1, j, 9) +
    c * normalOf(layer, i, j + 1, 9) +
    d * normalOf(layer, i + 1, j + 1, 9);
  return sum / Math.sqrt(a * a + b * b + c * c + d * d);
}
