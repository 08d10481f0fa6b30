/** The rows of a city's tables by their names, as a snapshot keeps them: a state says cells, regions and venues by row. */
import { createHash } from "node:crypto";
import { type City, NONE, type Plane } from "../geo/city.js";
import type { LoadedCity } from "../geo/load.js";
import { UserError } from "../signal/user-error.js";
import { planeShift, type RowMap } from "../stay/row-map.js";

/** The rows as bytes, and what tells two of them apart. */
export interface CityRows {
  readonly fingerprint: string;
  readonly bytes: Buffer;
}

/** The rows as they were when a state was saved. */
export interface NamedRows {
  readonly timeZone: string;
  readonly plane: Plane;
  readonly regions: {
    readonly id: readonly string[];
    readonly level: readonly number[];
    readonly parent: readonly number[];
  };
  readonly venues: readonly string[];
  readonly keyHi: Uint32Array;
  readonly keyLo: Uint32Array;
  readonly validFromMs: Float64Array;
}

type Lead = Omit<NamedRows, "keyHi" | "keyLo" | "validFromMs"> & { readonly cells: number };

const OF_CITY = new WeakMap<City, CityRows>();

export function cityRowsOf(city: LoadedCity): CityRows {
  const known = OF_CITY.get(city);
  if (known !== undefined) return known;
  const bytes = encode(city);
  const rows = { bytes, fingerprint: fingerprintOf(bytes) };
  OF_CITY.set(city, rows);
  return rows;
}

function fingerprintOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

function encode({ timeZone, plane, regions, venues, cells }: LoadedCity): Buffer {
  const { id, level, parent } = regions;
  const lead: Lead = {
    timeZone,
    plane,
    regions: { id, level: [...level], parent: [...parent] },
    venues: venues.id,
    cells: cells.count,
  };
  const text = Buffer.from(JSON.stringify(lead));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const columns = [cells.keyHi, cells.keyLo, cells.validFromMs].map(
    (column) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
  );
  return Buffer.concat([length, text, ...columns]);
}

/**
 * The rows that states of this fingerprint speak of.
 *
 * @throws UserError when the bytes are not they: all states of those data are whole but for their names
 */
export function checkedCityRows(bytes: Buffer, fingerprint: string): NamedRows {
  if (fingerprintOf(bytes) === fingerprint) return decodeCityRows(bytes);
  throw new UserError(
    `the state is of other reference data, and the file that names their rows, city-${fingerprint}, is torn`,
    "start with the reference data of before, which needs no such file, and change them while it runs; or remove the checkpoints and replay",
  );
}

export function decodeCityRows(bytes: Buffer): NamedRows {
  const end = 4 + bytes.readUInt32LE(0);
  const { cells, ...lead } = JSON.parse(bytes.toString("utf8", 4, end)) as Lead;
  const section = (from: number, length: number) => new Uint8Array(bytes.subarray(from, from + length)).buffer;
  return {
    ...lead,
    keyHi: new Uint32Array(section(end, cells * 4)),
    keyLo: new Uint32Array(section(end + cells * 4, cells * 4)),
    validFromMs: new Float64Array(section(end + cells * 8, cells * 8)),
  };
}

/** The way from saved rows to a city's; a cell whose validity was redrawn goes to its earliest one. */
export function rowMapTo(saved: NamedRows, city: LoadedCity): RowMap {
  const byId = (now: readonly string[], before: readonly string[]) => {
    const rows = new Map(now.map((id, row) => [id, row]));
    return Int32Array.from(before, (id) => rows.get(id) ?? NONE);
  };
  const cell = Int32Array.from(saved.keyHi, (hi, row) => {
    const first = city.cells.find(hi, saved.keyLo[row] as number);
    let at = first;
    while (at !== NONE && city.cells.validFromMs[at] !== saved.validFromMs[row]) at = city.cells.next[at] as number;
    return at === NONE ? first : at;
  });
  return {
    cell,
    region: byId(city.regions.id, saved.regions.id),
    venue: byId(city.venues.id, saved.venues),
    ...planeShift(saved.plane, city.plane),
  };
}
