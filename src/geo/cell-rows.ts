import { CellAliases } from "./cell-aliases.js";
import { NONE } from "./city.js";

/** The columns of `cells.csv` while they are read and checked; `build-cells.ts` makes the table of the engine from them. */
export class CellRows {
  count = 0;
  readonly keyHi: Uint32Array;
  readonly keyLo: Uint32Array;
  /** Antenna position, degrees of WGS 84. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly site: Int32Array;
  /** Degrees clockwise from north; NaN = omnidirectional. */
  readonly azimuth: Float32Array;
  readonly beamwidth: Float32Array;
  /** Metres; NaN = not told. */
  readonly range: Float32Array;
  /** 1 where the cell serves the inside of a building only. */
  readonly indoor: Uint8Array;
  readonly venue: Int32Array;
  readonly region: Int32Array;
  readonly validFromMs: Float64Array;
  readonly validToMs: Float64Array;
  /** Line of the file, for faults found later. */
  readonly line: Uint32Array;
  readonly aliases = new CellAliases();

  constructor(capacity: number) {
    this.keyHi = new Uint32Array(capacity);
    this.keyLo = new Uint32Array(capacity);
    this.lon = new Float64Array(capacity);
    this.lat = new Float64Array(capacity);
    this.site = new Int32Array(capacity).fill(NONE);
    this.azimuth = new Float32Array(capacity).fill(Number.NaN);
    this.beamwidth = new Float32Array(capacity).fill(Number.NaN);
    this.range = new Float32Array(capacity).fill(Number.NaN);
    this.indoor = new Uint8Array(capacity);
    this.venue = new Int32Array(capacity).fill(NONE);
    this.region = new Int32Array(capacity).fill(NONE);
    this.validFromMs = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
    this.validToMs = new Float64Array(capacity).fill(Number.POSITIVE_INFINITY);
    this.line = new Uint32Array(capacity);
  }
}

/** An upper bound of the rows of a text, so that columns are allocated once. */
export function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Numbers antenna sites: by their name where one is given, else by position (to 1e-5 degree, about a metre). */
export class SiteNumbers {
  readonly #numbers = new Map<string | number, number>();

  of(name: string, lon: number, lat: number): number {
    const key =
      name === "" ? (Math.round(lon * 1e5) + 18_000_000) * 18_000_001 + Math.round(lat * 1e5) + 9_000_000 : name;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}
