import { formatCell } from "../signal/identity.js";
import type { City } from "./city.js";

const NAMES = new WeakMap<City, (string | undefined)[]>();

/** Text name of a row of the cell table, made when it is first asked for: the rows that are told name the same cells over and over. */
export function cellName(city: City, row: number): string {
  let names = NAMES.get(city);
  if (names === undefined) {
    names = new Array<string | undefined>(city.cells.count);
    NAMES.set(city, names);
  }
  names[row] ??= formatCell(city.cells.keyHi[row] as number, city.cells.keyLo[row] as number) ?? "";
  return names[row] as string;
}
