import { NONE, toLat, toLon } from "../../src/geo/city.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { planeOf } from "../../src/geo/plane.js";
import { affinity } from "../../src/geo/radio.js";
import { createCalendar } from "../../src/time/calendar.js";
import { lattice } from "../geo/antennas.js";
import { loadSound } from "../geo/city-files.js";

const PLANE = planeOf({ west: 120, south: 30.1, east: 120.3, north: 30.4 });

/** A venue of the test city: a square of half side `half` about (x, y), metres on the plane. */
export interface TestVenue {
  readonly venue: string;
  readonly category: string;
  readonly x: number;
  readonly y: number;
  readonly half: number;
  readonly tier?: string;
  /** Has an indoor cell. */
  readonly indoor?: boolean;
}

/** A city of three-sector masts 600 m apart, in 4G, with these venues and events (rows of events.csv). */
export function venueCity(venues: readonly TestVenue[], events: readonly string[] = []): LoadedCity {
  const lonLat = (x: number, y: number) => `${toLon(PLANE, x).toFixed(7)},${toLat(PLANE, y).toFixed(7)}`;
  const masts = lattice([0, 120, 240]).map(
    ({ x, y, azimuth }, i) => `ecgi:460-00-${i + 1},${lonLat(x, y)},${azimuth},65,500,outdoor,`,
  );
  const indoor = venues
    .filter((one) => one.indoor === true)
    .map(({ venue, x, y }, i) => `ecgi:460-00-${i + 5001},${lonLat(x, y)},,,100,indoor,${venue}`);
  const features = venues.map(({ venue, category, x, y, half, tier }) => {
    const ring = [
      [-half, -half],
      [half, -half],
      [half, half],
      [-half, half],
      [-half, -half],
    ].map(([dx = 0, dy = 0]) => [toLon(PLANE, x + dx), toLat(PLANE, y + dy)]);
    const properties = { venue, name: venue, category, ...(tier === undefined ? {} : { tier }) };
    return { type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring] } };
  });
  return loadSound({
    "cells.csv": ["cell,lon,lat,azimuth,beamwidth,range_m,placement,venue", ...masts, ...indoor].join("\n"),
    "venues.geojson": JSON.stringify({ type: "FeatureCollection", features }),
    "events.csv": ["event,venue,category,genre,start,end,title", ...events].join("\n"),
    "regions.geojson": null,
  });
}

/** Index of a venue by its id. */
export function venueNamed(city: LoadedCity, id: string): number {
  return city.venues.id.indexOf(id);
}

/** Row of the indoor cell of a venue. */
export function indoorCellOf(city: LoadedCity, id: string): number {
  return city.cells.indoorVenue.indexOf(venueNamed(city, id));
}

/** Rows of the outdoor cells that serve best at a point, best first. */
export function bestCells(city: LoadedCity, x: number, y: number, count: number): number[] {
  const rows = Array.from({ length: city.cells.count }, (_, row) => row).filter(
    (row) => city.cells.radio.masts.mast[row] !== NONE,
  );
  return rows.sort((a, b) => affinity(city.cells, b, x, y) - affinity(city.cells, a, x, y)).slice(0, count);
}

export function calendarOf(city: LoadedCity) {
  return createCalendar(city.timeZone, city.holidays);
}

/** Epoch seconds of a local time `2026-03-02T19:30` of the test city. */
export function at(local: string): number {
  return Date.parse(`${local}:00+08:00`) / 1000;
}
