import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Pseudonymiser } from "../../src/source/pseudonym.js";

/** What the simulator says about a person, by pseudonym; positions in WGS 84, times in epoch ms. */
export interface TrueAnchor {
  readonly subscriber: string;
  readonly kind: string;
  readonly lon: number;
  readonly lat: number;
}

export interface TrueStay {
  readonly subscriber: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly lon: number;
  readonly lat: number;
}

/** Reads `truth_anchors.csv` (CONTRACTS, section 7) of a folder. */
export async function trueAnchors(dir: string, pseudonymiser: Pseudonymiser): Promise<TrueAnchor[]> {
  const rows = await rowsOf(join(dir, "truth_anchors.csv"), ["subscriber", "kind", "lon", "lat"]);
  const pseudonymOf = pseudonymsOf(pseudonymiser);
  return rows.map(([subscriber = "", kind = "", lon, lat]) => ({
    subscriber: pseudonymOf(subscriber),
    kind,
    lon: Number(lon),
    lat: Number(lat),
  }));
}

/** Reads `truth_stays.csv` of a folder. */
export async function trueStays(dir: string, pseudonymiser: Pseudonymiser): Promise<TrueStay[]> {
  const rows = await rowsOf(join(dir, "truth_stays.csv"), ["subscriber", "start", "end", "lon", "lat"]);
  const pseudonymOf = pseudonymsOf(pseudonymiser);
  return rows.map(([subscriber = "", start = "", end = "", lon, lat]) => ({
    subscriber: pseudonymOf(subscriber),
    startMs: Date.parse(start),
    endMs: Date.parse(end),
    lon: Number(lon),
    lat: Number(lat),
  }));
}

/** Fields of the named columns, in that order. These files are our own and quote nothing. */
async function rowsOf(path: string, columns: readonly string[]): Promise<string[][]> {
  const [header = "", ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
  const names = header.split(",");
  const at = columns.map((column) => names.indexOf(column));
  if (at.includes(-1)) throw new Error(`${path}: got columns ${header}, expected ${columns.join()}`);
  return lines.map((line) => {
    const fields = line.split(",");
    return at.map((index) => fields[index] ?? "");
  });
}

/** Pseudonyms by raw id, each made once. */
function pseudonymsOf(pseudonymiser: Pseudonymiser): (subscriber: string) => string {
  const known = new Map<string, string>();
  return (subscriber) => {
    let name = known.get(subscriber);
    if (name === undefined) {
      pseudonymiser.pseudonymiseText(subscriber);
      name = formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
      known.set(subscriber, name);
    }
    return name;
  };
}
