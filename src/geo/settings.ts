import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { parsePlmn } from "../signal/identity.js";
import { CRS_NAMES, type Crs } from "./crs.js";
import type { FileFaults } from "./fault.js";
import type { Bounds } from "./plane.js";
import { readYaml } from "./yaml.js";

/** What `city.yaml` says. A part that is missing or wrong is null (and reported), so that the other files can still be checked. */
export interface Settings {
  readonly name: string | null;
  readonly timeZone: string | null;
  readonly bounds: Bounds | null;
  readonly homePlmns: ReadonlySet<number>;
  crsOf(file: string): Crs;
}

/** What is known of a city without a readable `city.yaml`. */
export const NO_SETTINGS: Settings = {
  name: null,
  timeZone: null,
  bounds: null,
  homePlmns: new Set(),
  crsOf: () => "wgs84",
};

const KEYS = ["name", "time_zone", "crs", "home_plmns", "bounds"];

/** Reads `city.yaml`; every missing key and wrong value is reported with its line. */
export function readSettings(text: string, files: ReadonlySet<string>, faults: FileFaults): Settings {
  const { document, lines, faults: broken } = readYaml(text);
  for (const { line, says } of broken) faults.error(line, "yaml", `not YAML: ${says}`, "mend the syntax");
  const at = (node: Node | null): number => (node?.range ? lines.linePos(node.range[0]).line : 1);
  const root = document?.contents;
  // Keys that a syntax error swallowed are not missing.
  if (!isMap(root)) {
    if (document !== null) faults.error(1, "yaml", "no keys", `write ${KEYS.join(", ")} as key: value`);
    return NO_SETTINGS;
  }
  const yaml = new YamlReader(root as YAMLMap, at, faults);
  yaml.reportUnknownKeys();
  return {
    name: yaml.text("name", "the city's name"),
    timeZone: readTimeZone(yaml),
    bounds: readBounds(yaml),
    homePlmns: readPlmns(yaml),
    crsOf: readCrs(yaml, files),
  };
}

class YamlReader {
  readonly at: (node: Node | null) => number;
  readonly faults: FileFaults;
  readonly #root: YAMLMap;

  constructor(root: YAMLMap, at: (node: Node | null) => number, faults: FileFaults) {
    this.#root = root;
    this.at = at;
    this.faults = faults;
  }

  node(key: string): Node | null {
    return (this.#root.get(key, true) as Node | undefined) ?? null;
  }

  /** The node of a key that must be there. */
  required(key: string, what: string): Node | null {
    const node = this.node(key);
    if (node !== null && !(isScalar(node) && node.value === null)) return node;
    this.faults.error(node === null ? null : this.at(node), "missing key", `${key} is missing`, `add ${key}: ${what}`);
    return null;
  }

  text(key: string, what: string): string | null {
    const node = this.required(key, what);
    if (node === null) return null;
    if (isScalar(node) && typeof node.value === "string" && node.value !== "") return node.value;
    this.faults.error(this.at(node), key, `${key} is not a text`, `write ${key}: ${what}`);
    return null;
  }

  reportUnknownKeys(): void {
    for (const { key } of this.#root.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (KEYS.includes(name)) continue;
      this.faults.warning(
        this.at(key as Node),
        "unknown key",
        `key ${name} is not known and not read`,
        `known: ${KEYS.join(", ")}`,
      );
    }
  }
}

function readTimeZone(yaml: YamlReader): string | null {
  const zone = yaml.text("time_zone", "an IANA time zone such as Asia/Shanghai");
  if (zone === null) return null;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return zone;
  } catch {
    const mend = "write an IANA name such as Asia/Shanghai (https://www.iana.org/time-zones)";
    yaml.faults.error(yaml.at(yaml.node("time_zone")), "time_zone", `no time zone is called ${zone}`, mend);
    return null;
  }
}

const SIDES = ["west", "south", "east", "north"] as const;
const BOUNDS_FORM = "[west, south, east, north] in degrees of wgs84";

function readBounds(yaml: YamlReader): Bounds | null {
  const node = yaml.required("bounds", BOUNDS_FORM);
  if (node === null) return null;
  const value: unknown = isSeq(node) ? node.toJSON() : isMap(node) ? SIDES.map((side) => node.get(side)) : [];
  const [west, south, east, north] = value as number[];
  const numbers = [west, south, east, north].every((side) => typeof side === "number" && Number.isFinite(side));
  if (!numbers || (value as number[]).length !== 4) {
    yaml.faults.error(yaml.at(node), "bounds", "bounds are not four numbers", `write ${BOUNDS_FORM}`);
    return null;
  }
  const bounds = { west, south, east, north } as Bounds;
  const ordered = bounds.west < bounds.east && bounds.south < bounds.north;
  if (ordered && bounds.west >= -180 && bounds.east <= 180 && bounds.south > -90 && bounds.north < 90) return bounds;
  yaml.faults.error(
    yaml.at(node),
    "bounds",
    `bounds ${value} do not enclose an area of the earth`,
    `write ${BOUNDS_FORM}`,
  );
  return null;
}

function readPlmns(yaml: YamlReader): ReadonlySet<number> {
  const form = 'a list of MCC-MNC texts such as ["460-00"]';
  const node = yaml.required("home_plmns", form);
  const plmns = new Set<number>();
  if (node === null) return plmns;
  if (!isSeq(node)) {
    yaml.faults.error(yaml.at(node), "home_plmns", "home_plmns is not a list", `write ${form}`);
    return plmns;
  }
  for (const item of node.items as Node[]) {
    const value = isScalar(item) ? item.value : null;
    const plmn = typeof value === "string" ? parsePlmn(value) : 0;
    if (plmn !== 0) plmns.add(plmn);
    else
      yaml.faults.error(
        yaml.at(item),
        "home_plmns",
        `${String(value)} is no PLMN`,
        `write ${form}; MCC has 3 digits, MNC 2 or 3`,
      );
  }
  return plmns;
}

function readCrs(yaml: YamlReader, files: ReadonlySet<string>): (file: string) => Crs {
  const node = yaml.node("crs");
  const check = (value: unknown, line: number): Crs => {
    const found = CRS_NAMES.find((name) => name === value);
    if (found === undefined) {
      yaml.faults.error(line, "crs", `crs ${String(value)} is not known`, `write one of ${CRS_NAMES.join(", ")}`);
    }
    return found ?? "wgs84";
  };
  if (node === null) return () => "wgs84";
  if (!isMap(node)) {
    const crs = check(isScalar(node) ? node.value : node.toJSON(), yaml.at(node));
    return () => crs;
  }
  const byFile = new Map<string, Crs>();
  for (const { key, value } of node.items) {
    const file = String(isScalar(key) ? key.value : key);
    const line = yaml.at(key as Node);
    byFile.set(file, check(isScalar(value) ? value.value : value, line));
    if (files.has(file)) continue;
    yaml.faults.warning(
      line,
      "crs",
      `crs names ${file}, which the folder does not have`,
      "mend the file's name, or remove it",
    );
  }
  return (file) => byFile.get(file) ?? "wgs84";
}
