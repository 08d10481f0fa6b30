import KDBush from "kdbush";
import type { CityPlan, PlannedCell } from "./guangzhou/plan.js";
import type { RadioOptions } from "./options.js";
import { mix, normalOf, type Random } from "./random.js";
import { Shadowing } from "./shadowing.js";

/** Side of a square within which the mean power of a cell counts as constant, metres. */
const TILE_M = 60;
const TILES_WIDE = 4096;
/** Tiles kept; when there are more, all are forgotten and made again as they are needed. */
const TILES_MAX = 300_000;
/** Cells that a phone in a tile can be served by. */
const CANDIDATES_MAX = 10;

/** The search for sites widens until it finds enough of them. */
const REACHES_M = [750, 1500, 4000, 9000];
const SITES_MIN = 25;

/** Transmitted power with antenna gain less the loss at 1 km (128.1 dB at 2 GHz, 3GPP TR 36.942), dBm. */
const MACRO_DBM_AT_1_KM = 61 - 128.1;
const MICRO_DBM_AT_1_KM = 44 - 128.1;
/** Least distance of an antenna to a phone on the ground, metres. */
const HEIGHT_M = 28;
/** Power of an indoor cell in the middle of its venue, dBm. */
const INDOOR_DBM = -28;
/** Walls keep an indoor cell in: from outside it is weaker by this and by so much a metre, dB. */
const INDOOR_LEAK_DB = 24;
const INDOOR_LEAK_DB_A_METRE = 0.35;
const INDOOR_SHADOW_SHARE = 0.4;
/** Walls of a venue with cells of its own keep the outdoor cells out, and the ground above a metro station all the more, dB. */
const VENUE_WALL_DB = 20;
const UNDERGROUND_DB = 50;
const SIDE_LOBE_DB = 22;
/** Phones prefer 4G and 5G where they have a choice. */
const CGI_BIAS_DB = -9;

/** The candidates of one tile: cell indices and mean power in dBm, best first. */
export interface Candidates {
  count: number;
  readonly cells: Int32Array;
  readonly powerDbm: Float32Array;
}

/** What else than the place decides which cell serves. */
export interface Reception {
  /** Number of the room, which keeps its own offsets. */
  readonly room: number;
  /** Running number of the hour, for the drift. */
  readonly hour: number;
  /** Bit mask over GENERATIONS of what the phone can use. */
  readonly generations: number;
  /** Cell that served last, or -1, and how long ago. */
  readonly last: number;
  readonly lastAgeSeconds: number;
}

interface Site {
  readonly site: number;
  readonly x: number;
  readonly y: number;
  /** Cell indices. */
  readonly cells: number[];
  readonly venue: number;
}

/** Mean received power everywhere, and the choice of the serving cell at an event. */
export class Radio {
  readonly #plan: CityPlan;
  readonly #cells: readonly PlannedCell[];
  readonly #options: RadioOptions;
  readonly #shadowing: Shadowing;
  readonly #sites: readonly Site[];
  readonly #index: KDBush;
  /** Sites with high antennas, which are heard from far, and sites inside a venue. */
  readonly #tall: readonly Site[];
  readonly #inside = new Map<number, Site[]>();
  #tiles = new Map<number, Candidates>();

  /** `siteShare` of the outdoor sites are on air. */
  constructor(plan: CityPlan, options: RadioOptions, siteShare: number) {
    this.#plan = plan;
    this.#cells = plan.cells;
    this.#options = options;
    this.#shadowing = new Shadowing(options);
    this.#sites = sitesOf(plan, siteShare);
    this.#tall = this.#sites.filter((site) => site.cells.some((cell) => plan.cells[cell]?.tall));
    for (const site of this.#sites) {
      if (site.venue < 0) continue;
      const list = this.#inside.get(site.venue);
      if (list === undefined) this.#inside.set(site.venue, [site]);
      else list.push(site);
    }
    this.#index = new KDBush(this.#sites.length);
    for (const { x, y } of this.#sites) this.#index.add(x, y);
    this.#index.finish();
  }

  /** Candidates at a point; `venue` is the venue whose indoor coverage holds there, or -1. */
  candidates(x: number, y: number, venue: number): Candidates {
    const column = Math.floor(x / TILE_M) + TILES_WIDE / 2;
    const row = Math.floor(y / TILE_M) + TILES_WIDE / 2;
    const inside = venue >= 0 && this.#inside.has(venue) ? venue : -1;
    const key = ((inside + 1) * TILES_WIDE + row) * TILES_WIDE + column;
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const middleX = (column - TILES_WIDE / 2 + 0.5) * TILE_M;
    const middleY = (row - TILES_WIDE / 2 + 0.5) * TILE_M;
    const built = this.#build(middleX, middleY, inside);
    if (this.#tiles.size >= TILES_MAX) this.#tiles = new Map();
    this.#tiles.set(key, built);
    return built;
  }

  #build(x: number, y: number, venue: number): Candidates {
    let near: number[] = [];
    let reachM = 0;
    for (reachM of REACHES_M) {
      near = this.#index.within(x, y, reachM);
      if (near.length >= SITES_MIN) break;
    }
    const best: Candidates = {
      count: 0,
      cells: new Int32Array(CANDIDATES_MAX),
      powerDbm: new Float32Array(CANDIDATES_MAX),
    };
    const shared = this.#shadowing.sharedDb(x, y);
    for (const site of near) this.#offerSite(best, this.#sites[site] as Site, x, y, venue, shared);
    for (const site of this.#tall) {
      if (Math.hypot(site.x - x, site.y - y) > reachM) this.#offerSite(best, site, x, y, venue, shared);
    }
    for (const site of this.#inside.get(venue) ?? []) {
      if (Math.hypot(site.x - x, site.y - y) > reachM) this.#offerSite(best, site, x, y, venue, shared);
    }
    return best;
  }

  /** Adds the cells of a site that belong to the best so far. A site too weak even in the luckiest shadow is passed over early. */
  #offerSite(best: Candidates, site: Site, x: number, y: number, venue: number, shared: number): void {
    const away = Math.hypot(x - site.x, y - site.y);
    const power = this.#sitePowerDbm(site, away, venue);
    const weakest =
      best.count < CANDIDATES_MAX ? Number.NEGATIVE_INFINITY : (best.powerDbm[CANDIDATES_MAX - 1] as number);
    if (power + shared + this.#shadowing.siteMaxDb < weakest) return;
    const shadow = shared + this.#shadowing.siteDb(site.site, x, y);
    for (const index of site.cells) {
      const cell = this.#cells[index] as PlannedCell;
      const indoor = cell.venue >= 0;
      const bias = cell.generation === 0 ? CGI_BIAS_DB : 0;
      const loss = indoor ? 0 : patternDb(cell, x, y) + tiltDb(cell, away);
      insert(best, index, power + (indoor ? INDOOR_SHADOW_SHARE : 1) * shadow - loss + bias);
    }
  }

  /** Power of a site's strongest direction at a distance, without shadowing, dBm. */
  #sitePowerDbm(site: Site, away: number, venue: number): number {
    if (site.venue >= 0)
      return INDOOR_DBM - (venue === site.venue ? 0.05 * away : INDOOR_LEAK_DB + INDOOR_LEAK_DB_A_METRE * away);
    const sector = (this.#cells[site.cells[0] as number] as PlannedCell).azimuthDeg >= 0;
    const level = sector ? MACRO_DBM_AT_1_KM : MICRO_DBM_AT_1_KM;
    const kilometres = Math.hypot(away, HEIGHT_M) / 1000;
    return level - this.#options.pathLossSlopeDb * Math.log10(kilometres) - this.#wallDb(venue);
  }

  #wallDb(venue: number): number {
    if (venue < 0) return 0;
    return this.#plan.venues[venue]?.category === "metro_station" ? UNDERGROUND_DB : VENUE_WALL_DB;
  }

  /**
   * The serving cell at an event: the best of the candidates by mean power, the offset of the room and its drift from hour to hour, fading,
   * and the advantage of the cell that served last. Returns -1 without coverage.
   */
  serve(place: Candidates, reception: Reception, random: Random): number {
    const { fadingSigmaDb, driftSigmaDb, hysteresisDb, hysteresisHalfLifeSeconds, pingPongShare } = this.#options;
    const { room, hour, generations, last } = reception;
    const advantage = hysteresisDb * 0.5 ** (reception.lastAgeSeconds / hysteresisHalfLifeSeconds);
    let best = -1;
    let second = -1;
    let bestPower = Number.NEGATIVE_INFINITY;
    let secondPower = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < place.count; i++) {
      const cell = place.cells[i] as number;
      if (((1 << (this.#cells[cell] as PlannedCell).generation) & generations) === 0) continue;
      let power = this.#roomPowerDbm(place, i, room) + fadingSigmaDb * random.normal();
      power += driftSigmaDb * normalOf(room, cell, hour, 1);
      if (cell === last) power += advantage;
      if (power > bestPower) {
        second = best;
        secondPower = bestPower;
        bestPower = power;
        best = cell;
      } else if (power > secondPower) {
        second = cell;
        secondPower = power;
      }
    }
    return second >= 0 && pingPongShare > 0 && random.chance(pingPongShare) ? second : best;
  }

  #roomPowerDbm(place: Candidates, i: number, room: number): number {
    return (place.powerDbm[i] as number) + this.#options.roomSigmaDb * normalOf(room, place.cells[i] as number, 5, 0);
  }

  /** The cell that serves a room most of the time, or -1 without coverage. */
  usualServer(at: { x: number; y: number; venue: number }, room: number, generations: number): number {
    const place = this.candidates(at.x, at.y, at.venue);
    let best = -1;
    let bestPower = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < place.count; i++) {
      const cell = place.cells[i] as number;
      const power = this.#roomPowerDbm(place, i, room);
      if (power > bestPower && ((1 << (this.#cells[cell] as PlannedCell).generation) & generations) !== 0) {
        bestPower = power;
        best = cell;
      }
    }
    return best;
  }
}

/** Groups the cells by site; of the outdoor sites only the given share, picked by number. */
function sitesOf(plan: CityPlan, share: number): Site[] {
  const sites = new Map<number, Site>();
  plan.cells.forEach((cell, index) => {
    const { site, x, y, venue } = cell;
    if (venue < 0 && mix(site, 77, 0, 0) / 4294967296 >= share) return;
    const known = sites.get(site);
    if (known === undefined) sites.set(site, { site, x, y, venue, cells: [index] });
    else known.cells.push(index);
  });
  return [...sites.values()];
}

/** Keeps the best candidates in order, best first. */
function insert(best: Candidates, cell: number, power: number): void {
  if (best.count === CANDIDATES_MAX) {
    if (power <= (best.powerDbm[CANDIDATES_MAX - 1] as number)) return;
  } else best.count++;
  let at = best.count - 1;
  while (at > 0 && (best.powerDbm[at - 1] as number) < power) {
    best.cells[at] = best.cells[at - 1] as number;
    best.powerDbm[at] = best.powerDbm[at - 1] as number;
    at--;
  }
  best.cells[at] = cell;
  best.powerDbm[at] = power;
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
