import type { CellIndex } from "./cell-index.js";
import type { CellRows } from "./cell-rows.js";
import { NONE, type Plane, toX, toY, type VenueTable } from "./city.js";
import { measureFootprints } from "./footprint.js";
import { buildMasts, type Masts } from "./masts.js";
import { createNearestRegion } from "./nearest-region.js";
import { type Radio, type RadioCells, reachOf, rivalCircle, spreadOf } from "./radio.js";
import type { PolygonLocator } from "./regions.js";

/** Least standard deviation of an indoor cell, metres, and that of one whose venue is not known (a building of 100 m). */
const SIGMA_INDOOR_MIN_M = 25;

/** Makes the table of the engine from checked rows; `index` is over the same rows. */
export function buildCells(
  rows: CellRows,
  index: CellIndex,
  plane: Plane,
  venues: VenueTable,
): Omit<RadioCells, "region"> {
  const { count } = rows;
  const siteX = new Float32Array(count);
  const siteY = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    siteX[row] = toX(plane, rows.lon[row] as number);
    siteY[row] = toY(plane, rows.lat[row] as number);
  }
  const { keyHi, indoor } = rows;
  const radio = buildRadio(rows, buildMasts({ count, keyHi, siteX, siteY, indoor }));
  const footprint = { x: siteX.slice(), y: siteY.slice(), sigma: new Float32Array(count) };
  measureFootprints(radio, footprint);
  for (let row = 0; row < count; row++) {
    if (indoor[row] !== 1) continue;
    const venue = rows.venue[row] as number;
    footprint.sigma[row] = SIGMA_INDOOR_MIN_M;
    if (venue === NONE) continue;
    footprint.x[row] = venues.x[venue] as number;
    footprint.y[row] = venues.y[venue] as number;
    // An even disc of radius r spreads by r / 2 along each axis.
    footprint.sigma[row] = Math.max(SIGMA_INDOOR_MIN_M, (venues.radius[venue] as number) / 2);
  }
  return {
    count,
    ...index,
    keyHi: rows.keyHi.slice(0, count),
    keyLo: rows.keyLo.slice(0, count),
    validFromMs: rows.validFromMs.slice(0, count),
    validToMs: rows.validToMs.slice(0, count),
    site: rows.site.slice(0, count),
    siteX,
    siteY,
    ...footprint,
    indoorVenue: rows.venue.slice(0, count),
    radio,
  };
}

function buildRadio(rows: CellRows, masts: Masts): Radio {
  const slots = masts.rows.length;
  const beam = {
    beamX: new Float32Array(slots),
    beamY: new Float32Array(slots),
    perBeamwidth: new Float32Array(slots),
  };
  const reach = new Float32Array(slots);
  const degree = Math.PI / 180;
  for (let slot = 0; slot < slots; slot++) {
    const row = masts.rows[slot] as number;
    const mast = masts.mast[row] as number;
    const listFull = rivalCircle(masts, mast) !== Number.POSITIVE_INFINITY;
    reach[slot] = reachOf(rows.range[row] as number, masts.surround[mast] as number, listFull);
    const azimuth = rows.azimuth[row] as number;
    if (Number.isNaN(azimuth)) continue;
    beam.beamX[slot] = Math.sin(azimuth * degree);
    beam.beamY[slot] = Math.cos(azimuth * degree);
    beam.perBeamwidth[slot] = 1 / ((rows.beamwidth[row] as number) * degree);
  }
  const spread = new Float32Array(masts.x.length).fill(1);
  if (!beam.perBeamwidth.some((perBeamwidth) => perBeamwidth > 0)) {
    for (let mast = 0; mast < spread.length; mast++) spread[mast] = spreadOf(rivalCircle(masts, mast));
  }
  return { masts, ...beam, reach, spread };
}

/** Where cells stand, for the regions that polygons and nearness tell. */
export interface PlacedCells {
  readonly count: number;
  readonly siteX: Float32Array;
  readonly siteY: Float32Array;
}

/**
 * Finest region of each cell: the one it names, else that of the polygon it stands in, else that of the nearest cell which has one.
 * Also gives the locator of the nearest cell's region, for points that no polygon holds.
 */
export function assignRegions(
  cells: PlacedCells,
  named: Int32Array,
  polygons: PolygonLocator,
): { region: Int32Array; nearest: PolygonLocator } {
  const { count, siteX, siteY } = cells;
  const region = named.slice(0, count);
  const known: number[] = [];
  for (let row = 0; row < count; row++) {
    if (region[row] === NONE) region[row] = polygons(siteX[row] as number, siteY[row] as number);
    if (region[row] !== NONE) known.push(row);
  }
  const nearest = createNearestRegion(cells, known, region);
  for (let row = 0; row < count; row++) {
    if (region[row] === NONE) region[row] = nearest(siteX[row] as number, siteY[row] as number);
  }
  return { region, nearest };
}
