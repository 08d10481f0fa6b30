import { formatCell } from "../signal/identity.js";
import { assignRegions, buildCells } from "./build-cells.js";
import { buildCellIndex, type CellIndex } from "./cell-index.js";
import type { CellRows } from "./cell-rows.js";
import { type City, NONE } from "./city.js";
import { createTimeReader } from "./city-time.js";
import { readEvents } from "./events.js";
import { type Fault, FaultList, FileFaults } from "./fault.js";
import { type Feature, readFeatures } from "./geojson.js";
import { readHolidays } from "./holidays.js";
import { planeOf } from "./plane.js";
import type { RadioCells } from "./radio.js";
import { readCells } from "./read-cells.js";
import {
  buildRegions,
  createPolygonLocator,
  matchRegionFeatures,
  NO_REGIONS,
  type RegionFeature,
  type RegionRows,
  readRegions,
} from "./regions.js";
import { NO_SETTINGS, readSettings, type Settings } from "./settings.js";
import { decodeText } from "./text.js";
import { buildVenues, readVenues, type VenueRows } from "./venues.js";

/** The files of a city folder; the first two are required, the others where the city has what they tell. */
export const CITY_FILES = [
  "city.yaml",
  "cells.csv",
  "regions.csv",
  "regions.geojson",
  "venues.geojson",
  "events.csv",
  "holidays.csv",
] as const;
const REQUIRED: readonly string[] = ["city.yaml", "cells.csv"];

/** Name to content of the files of CITY_FILES that the folder has. */
export type CityFiles = ReadonlyMap<string, Uint8Array>;

/** A city whose cells also carry the radio model, for affinities and H3 footprints. */
export interface LoadedCity extends City {
  readonly cells: RadioCells;
}

export interface LoadResult {
  /** Null where any fault is an error: reference data is taken whole or not at all. */
  readonly city: LoadedCity | null;
  readonly faults: Fault[];
}

/**
 * Reads a city folder's files (CONTRACTS.md section 2) into the tables of the engine. All faults of all files are told at once.
 * Most of its time goes into the footprints: some 30 to 45 microseconds a cell (bench/geo-load.ts).
 */
export function loadCity(files: CityFiles): LoadResult {
  const faults = new FaultList();
  const parts = readParts(files, faults);
  const { settings, cells, index } = parts;
  const { name, timeZone, bounds } = settings;
  if (faults.errors > 0 || name === null || timeZone === null || bounds === null || cells === null || index === null) {
    return { city: null, faults: faults.list() };
  }
  const plane = planeOf(bounds);
  const venues = buildVenues(parts.venues, plane);
  const table = buildCells(cells, index, plane, venues);
  const polygons = createPolygonLocator(parts.regionFeatures, parts.regions.level, plane);
  const { region, nearest } = assignRegions(table, cells.region, polygons);
  const city: LoadedCity = {
    name,
    timeZone,
    holidays: parts.holidays,
    homePlmns: settings.homePlmns,
    plane,
    cells: { ...table, region },
    regions: buildRegions(parts.regions, polygons, nearest),
    venues,
    events: parts.events,
  };
  return { city, faults: faults.list() };
}

interface Parts {
  readonly settings: Settings;
  readonly regions: RegionRows;
  readonly regionFeatures: RegionFeature[];
  readonly venues: VenueRows;
  readonly cells: CellRows | null;
  readonly index: CellIndex | null;
  readonly events: City["events"];
  readonly holidays: City["holidays"];
}

/** Reads each file against those before it; a file that is absent or unreadable counts as empty for the rest. */
function readParts(files: CityFiles, list: FaultList): Parts {
  const read = new FileReader(files, list);
  const settings =
    read.text("city.yaml", (text, faults) => readSettings(text, new Set(files.keys()), faults)) ?? NO_SETTINGS;
  const { bounds, homePlmns } = settings;
  const features = (file: string, points: boolean): Feature[] =>
    read.text(file, (text, faults) => readFeatures(text, { crs: settings.crsOf(file), bounds, points }, faults)) ?? [];
  const regions = read.text("regions.csv", readRegions) ?? NO_REGIONS;
  const regionFeatures = matchRegionFeatures(
    features("regions.geojson", false),
    regions,
    read.faults("regions.geojson"),
  );
  const venues = readVenues(features("venues.geojson", true), read.faults("venues.geojson"));
  const readTime = createTimeReader(settings.timeZone ?? "UTC");
  const crs = settings.crsOf("cells.csv");
  const context = { crs, bounds, homePlmns, regions: regions.index, venues: venues.index, readTime };
  const cells = read.text("cells.csv", (text, faults) => readCells(text, context, faults));
  return {
    settings,
    regions,
    regionFeatures,
    venues,
    cells,
    index: cells === null ? null : indexCells(cells, read.faults("cells.csv")),
    events: read.text("events.csv", (text, faults) => readEvents(text, venues.index, readTime, faults)) ?? [],
    holidays: read.text("holidays.csv", readHolidays) ?? new Map(),
  };
}

class FileReader {
  readonly #files: CityFiles;
  readonly #list: FaultList;

  constructor(files: CityFiles, list: FaultList) {
    this.#files = files;
    this.#list = list;
  }

  faults(file: string): FileFaults {
    return new FileFaults(file, this.#list);
  }

  /** What `parse` makes of the text of a file; null where the file is absent or no text, reported where it is required. */
  text<T>(file: string, parse: (text: string, faults: FileFaults) => T): T | null {
    const faults = this.faults(file);
    const bytes = this.#files.get(file);
    if (bytes === undefined) {
      if (REQUIRED.includes(file))
        faults.error(null, "missing file", "the file is missing", `put a ${file} into the city folder`);
      return null;
    }
    const text = decodeText(bytes, faults);
    return text === null ? null : parse(text, faults);
  }
}

function indexCells(cells: CellRows, faults: FileFaults): CellIndex {
  const { find, next } = buildCellIndex(cells, (row, other) => {
    const name = formatCell(cells.keyHi[row] as number, cells.keyLo[row] as number);
    const message = `cell ${name} is in service at the same time as on line ${cells.line[other]}`;
    faults.error(
      cells.line[row] as number,
      "duplicate",
      message,
      "remove one row, or make valid_from and valid_to disjoint",
    );
  });
  const findNamed = (hi: number, lo: number): number => {
    const row = find(hi, lo);
    return row === NONE ? cells.aliases.find(hi, lo) : row;
  };
  return { find: findNamed, next };
}
