/**
 * The opt-out list: a text file of subscribers whose events are not taken, one a line. A line is a raw id as in the signalling, or
 * `pseudonym:` and the decimal pseudonym; empty lines and those that begin with # say nothing.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Excluded } from "../signal/exclusion.js";
import { UserError } from "../signal/user-error.js";
import { makeFolder } from "./make-folder.js";
import { IDENTITY_BYTES_MAX, type Pseudonymiser } from "./pseudonym.js";

const PSEUDONYM = /^pseudonym:\s*(\d{1,20})$/;
const PSEUDONYM_MAX = 2n ** 64n - 1n;

/** The two words of a decimal pseudonym; null for what is none. */
export function parsePseudonym(text: string): { readonly hi: number; readonly lo: number } | null {
  if (!/^\d{1,20}$/.test(text)) return null;
  const value = BigInt(text);
  return value > PSEUDONYM_MAX ? null : { hi: Number(value >> 32n), lo: Number(value & 0xffff_ffffn) };
}

/**
 * The subscribers of the text of a list.
 *
 * @throws UserError naming every line that is neither an id nor a pseudonym, and never its text
 */
export function parseOptOut(text: string, path: string, pseudonymiser: Pseudonymiser): Excluded[] {
  const listed: Excluded[] = [];
  const faults: number[] = [];
  for (const [number, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const words = line.startsWith("pseudonym:")
      ? parsePseudonym(PSEUDONYM.exec(line)?.[1] ?? "")
      : pseudonymOf(line, pseudonymiser);
    if (words === null) faults.push(number + 1);
    else listed.push({ ...words, sentUntilMs: Number.POSITIVE_INFINITY });
  }
  if (faults.length > 0)
    throw new UserError(
      `${path}: no subscriber in line${faults.length > 1 ? "s" : ""} ${faults.slice(0, 20).join(", ")}`,
      `give one a line: the id as in the signalling (at most ${IDENTITY_BYTES_MAX} bytes), or pseudonym: and a number below 2^64`,
    );
  return listed;
}

function pseudonymOf(identity: string, pseudonymiser: Pseudonymiser): { hi: number; lo: number } | null {
  if (Buffer.byteLength(identity) > IDENTITY_BYTES_MAX) return null;
  pseudonymiser.pseudonymiseText(identity);
  return { hi: pseudonymiser.hi, lo: pseudonymiser.lo };
}

/** The text of a list. @throws UserError when it cannot be read */
export function readOptOut(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(
      `the opt-out list ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`,
      "name a file that this user may read; an empty one excludes nobody",
    );
  }
}

/** Adds a pseudonym to a list, which is made where there is none. @throws UserError when it cannot be written */
export function addToOptOut(path: string, pseudonym: string): void {
  const line = `pseudonym:${pseudonym}`;
  try {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (text.split(/\r?\n/).some((other) => other.trim() === line)) return;
    makeFolder(dirname(path));
    appendFileSync(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UserError(
      `the opt-out list ${path} cannot be written: ${(error as Error).message}`,
      "make it writable for this user, or add the pseudonym by hand",
    );
  }
}
