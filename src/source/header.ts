import { UserError } from "../signal/user-error.js";
import { COLUMNS, REQUIRED_COLUMNS } from "./row.js";

const EXPECTED = `${COLUMNS.slice(0, REQUIRED_COLUMNS).join(", ")} and optionally ${COLUMNS.slice(REQUIRED_COLUMNS).join(", ")}`;

const NAMES_SHOWN_MAX = 12;

/**
 * Index in COLUMNS of each name of a file.
 *
 * @throws UserError when a required column is missing, a name is unknown or there twice. An unknown name is refused because it may be
 * a misspelt optional one, whose data would be lost in silence. `show` makes the text of an unknown name in the message.
 */
export function columnsOfHeader(
  names: readonly string[],
  path: string,
  show: (name: string) => string = JSON.stringify,
): Uint8Array {
  const known: readonly string[] = COLUMNS;
  const trimmed = names.map((name) => name.trim());
  const missing = COLUMNS.slice(0, REQUIRED_COLUMNS).filter((column) => !trimmed.includes(column));
  const unknown = trimmed.filter((name) => !known.includes(name));
  const twice = known.filter((column) => trimmed.indexOf(column) !== trimmed.lastIndexOf(column));
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(", ")}`]),
    ...(unknown.length === 0 ? [] : [`unknown: ${unknown.slice(0, NAMES_SHOWN_MAX).map(show).join(", ")}`]),
    ...(twice.length === 0 ? [] : [`twice: ${twice.join(", ")}`]),
  ];
  if (faults.length > 0) {
    throw new UserError(
      `${path}: wrong columns (${faults.join("; ")})`,
      `name the columns ${EXPECTED}, in any order${unknown.length > 0 ? ", and leave others out" : ""}`,
    );
  }
  return Uint8Array.from(trimmed, (name) => known.indexOf(name));
}

/** Shows what stood in the first line of a text file, which may be a row that names a subscriber, since the header was forgotten. */
export function showCautiously(name: string): string {
  const isWord = /^[A-Za-z][A-Za-z_ .-]{0,39}$/.test(name);
  return isWord ? JSON.stringify(name) : `(${name.length} characters that are no column name)`;
}
