import { type Category, toX, toY } from "../../geo/city.js";
import { Random } from "../random.js";
import { GENERATIONS, PLANE, type PlannedCell, type PlannedRegion, type PlannedVenue, roundX, roundY } from "./plan.js";
import { nearestHall } from "./regions.js";
import { type Density, SITE_SPACING_M, STREETS, type Street } from "./streets.js";

export const SITE_COUNT = 4317;
export const CELL_COUNT = 10_012;
const MACRO_SITES = 2500;

const CGI = 0;
const ECGI = 1;
const NCGI = 2;

/** Sites in a venue of a category, and cells at each of them; venues of other categories are served from outside. */
const INDOOR: Partial<Record<Category, readonly [sites: number, cells: number]>> = {
  metro_station: [1, 1],
  mall: [1, 2],
  stadium: [2, 2],
  concert_hall: [1, 1],
  exhibition: [3, 2],
  airport: [8, 2],
  rail_station: [2, 2],
  hospital: [1, 1],
};

/** Relative number of macro sites of a street, and how far they spread from its middle. */
const STREET_SITES: Record<Density, number> = { c: 13, u: 19, s: 22, t: 18, r: 10 };
const STREET_SPREAD_M: Record<Density, number> = { c: 480, u: 850, s: 1500, t: 2600, r: 4800 };

/** The network: 4,317 sites and 10,012 cells; macro sectors, omnidirectional micro cells, indoor cells. */
export function planCells(regions: readonly PlannedRegion[], venues: readonly PlannedVenue[]): PlannedCell[] {
  const network = new Network(regions);
  const indoor = venues.flatMap((venue, index) => (hasIndoorCells(venue) ? [index] : []));
  for (const index of indoor) network.addIndoor(venues[index] as PlannedVenue, index);
  network.addMacros(MACRO_SITES);
  network.addMicros(SITE_COUNT - network.sites, venues);
  network.addSecondCarriers(CELL_COUNT - network.cells.length);
  return network.cells;
}

function hasIndoorCells(venue: PlannedVenue): boolean {
  if (venue.category === "hospital") return venue.radiusM >= 60;
  if (venue.category === "office") return venue.tier === "high";
  return INDOOR[venue.category] !== undefined;
}

class Network {
  readonly cells: PlannedCell[] = [];
  sites = 0;
  readonly #random = new Random(2024, "cells");
  readonly #regions: readonly PlannedRegion[];
  readonly #macros: { x: number; y: number; site: number; rangeM: number; azimuthDeg: number; generation: number }[] =
    [];
  /** Macro sites by square of 1 km, for the distance to the nearest. */
  readonly #squares = new Map<string, { x: number; y: number }[]>();

  constructor(regions: readonly PlannedRegion[]) {
    this.#regions = regions;
  }

  addIndoor(venue: PlannedVenue, index: number): void {
    const [sites, cells] = INDOOR[venue.category] ?? [1, 1];
    for (let i = 0; i < sites; i++) {
      const bearing = (2 * Math.PI * i) / sites;
      const away = sites === 1 ? 0 : venue.radiusM * 0.5;
      const x = roundX(venue.x + away * Math.cos(bearing));
      const y = roundY(venue.y + away * Math.sin(bearing));
      const site = this.sites++;
      for (let sector = 0; sector < cells; sector++) {
        const generation = sector === 1 || this.#random.chance(0.25) ? NCGI : ECGI;
        const rangeM = Math.max(60, Math.round(venue.radiusM * (sites === 1 ? 1 : 0.7)));
        this.#add(site, sector, generation, x, y, { azimuthDeg: -1, beamwidthDeg: 0, rangeM, venue: index });
      }
    }
  }

  addMacros(count: number): void {
    const weights = STREETS.map((street) => STREET_SITES[street.density]);
    let tries = 0;
    while (this.#macros.length < count) {
      if (++tries > 3_000_000) throw new RangeError(`only ${this.#macros.length} of ${count} macro sites find room`);
      const street = STREETS[this.#random.weighted(weights)] as Street;
      const spread = STREET_SPREAD_M[street.density];
      const x = roundX(toX(PLANE, street.lon) + spread * this.#random.normal());
      const y = roundY(toY(PLANE, street.lat) + spread * this.#random.normal());
      const spacing = spacingAt(x, y);
      if (this.#nearestMacro(x, y) >= 0.72 * spacing) this.#addMacro(x, y, spacing);
    }
  }

  #addMacro(x: number, y: number, spacing: number): void {
    const draw = this.#random.next();
    const generation = draw < 0.62 ? ECGI : draw < 0.95 ? NCGI : CGI;
    const tall = this.#random.chance(0.03);
    const rangeM = Math.round((tall ? 2.6 : 1) * spacing * this.#random.range(0.8, 1.15));
    const azimuthDeg = this.#random.int(120);
    const site = this.sites++;
    for (let sector = 0; sector < 3; sector++) {
      this.#addSector(site, sector, generation, x, y, (azimuthDeg + sector * 120) % 360, rangeM, tall);
    }
    this.#macros.push({ x, y, site, rangeM, azimuthDeg, generation });
    const key = squareKey(x, y);
    const square = this.#squares.get(key);
    if (square === undefined) this.#squares.set(key, [{ x, y }]);
    else square.push({ x, y });
  }

  /** Micro cells fill in where people are: along the streets and beside venues. */
  addMicros(count: number, venues: readonly PlannedVenue[]): void {
    const weights = venues.map((venue) => MICRO_WEIGHT[venue.category] ?? 1);
    for (let i = 0; i < count; i++) {
      const venue = venues[this.#random.weighted(weights)] as PlannedVenue;
      const away = venue.radiusM * this.#random.range(0.4, 1.2) + 40;
      const bearing = this.#random.range(0, 2 * Math.PI);
      const x = roundX(venue.x + away * Math.cos(bearing));
      const y = roundY(venue.y + away * Math.sin(bearing));
      const generation = this.#random.chance(0.7) ? ECGI : NCGI;
      const rangeM = 80 + this.#random.int(140);
      this.#add(this.sites++, 0, generation, x, y, { azimuthDeg: -1, beamwidthDeg: 0, rangeM, venue: -1 });
    }
  }

  /** 5G sectors beside the 4G ones of the sites with the shortest range, until the number of cells is reached. */
  addSecondCarriers(count: number): void {
    const dense = this.#macros
      .filter((macro) => macro.generation === ECGI)
      .sort((a, b) => a.rangeM - b.rangeM || a.site - b.site);
    if (count < 0 || count > dense.length * 3) throw new RangeError(`${count} second carriers do not fit`);
    for (let i = 0; i < count; i++) {
      const macro = dense[Math.floor(i / 3)];
      if (macro === undefined) return;
      const azimuthDeg = (macro.azimuthDeg + (i % 3) * 120) % 360;
      this.#addSector(macro.site, 3 + (i % 3), NCGI, macro.x, macro.y, azimuthDeg, macro.rangeM, false);
    }
  }

  #addSector(
    site: number,
    sector: number,
    generation: number,
    x: number,
    y: number,
    azimuthDeg: number,
    rangeM: number,
    tall: boolean,
  ): void {
    this.#add(site, sector, generation, x, y, { azimuthDeg, beamwidthDeg: 65, rangeM, tall, venue: -1 });
  }

  #add(site: number, sector: number, generation: number, x: number, y: number, antenna: Antenna): void {
    const region = nearestHall(this.#regions, x, y);
    const name = cellName(generation, site, sector, region, antenna.venue >= 0 && site % 23 === 7);
    this.cells.push({ name, site, x, y, generation, region, tall: false, ...antenna });
  }

  #nearestMacro(x: number, y: number): number {
    let best = Number.POSITIVE_INFINITY;
    for (let i = -2; i <= 2; i++) {
      for (let j = -2; j <= 2; j++) {
        for (const other of this.#squares.get(squareKey(x + i * 1000, y + j * 1000)) ?? []) {
          best = Math.min(best, Math.hypot(other.x - x, other.y - y));
        }
      }
    }
    return best;
  }
}

type Antenna = Pick<PlannedCell, "azimuthDeg" | "beamwidthDeg" | "rangeM" | "venue"> & { readonly tall?: boolean };

const MICRO_WEIGHT: Partial<Record<Category, number>> = {
  residential: 2,
  university: 3,
  dormitory: 2,
  office: 3,
  mall: 4,
  factory: 2,
  hospital: 2,
  restaurant: 0.6,
  bus_station: 0.5,
  metro_station: 2,
  kindergarten: 0.3,
};

function squareKey(x: number, y: number): string {
  return `${Math.floor(x / 1000)}/${Math.floor(y / 1000)}`;
}

/** Usual distance between macro sites: that of the nearest streets, wider with the distance from them. */
function spacingAt(x: number, y: number): number {
  let best = 3600;
  for (const street of STREETS) {
    const own = SITE_SPACING_M[street.density];
    const away = Math.hypot(toX(PLANE, street.lon) - x, toY(PLANE, street.lat) - y);
    best = Math.min(best, Math.max(own, own + (away - 2.4 * own) * 0.4));
  }
  return best;
}

/** TS 23.003 name. A few indoor cells belong to a shared network with a three-digit MNC, and every NCI needs 36 bits. */
function cellName(generation: number, site: number, sector: number, region: number, shared: boolean): string {
  const plmn = shared ? "460-015" : "460-00";
  const prefix = `${GENERATIONS[generation]}:${plmn}`;
  if (generation === CGI) return `${prefix}-${9300 + region}-${(site * 8 + sector) % 65_536}`;
  if (generation === ECGI) return `${prefix}-${(520_000 + site) * 256 + sector + 1}`;
  return `${prefix}-${(8_400_000 + site) * 4096 + sector + 1}`;
}
