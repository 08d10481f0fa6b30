import { readFileSync, statSync } from "node:fs";
import { dirname, relative } from "node:path";
import { isAlias, isMap, isScalar, type Node, type YAMLMap } from "yaml";
import { z } from "zod";
import { readYaml } from "../geo/yaml.js";
import { nearestName } from "../signal/nearest-name.js";
import { UserError } from "../signal/user-error.js";
import type { Fault } from "./faults.js";
import { ENVIRONMENT_PREFIX, KEYS, KEYS_BY_ENVIRONMENT } from "./keys.js";
import { CONFIG_SCHEMA, type FlagSettings } from "./schema.js";

/** One key set by one layer. */
export interface Setting {
  readonly path: string;
  readonly value: unknown;
  readonly place: string;
  /** Folder from which a relative path is taken. */
  readonly folder: string;
}

/** What one layer sets, and what is wrong with its form. A later layer overrides an earlier one key by key. */
export interface Layer {
  readonly settings: readonly Setting[];
  readonly faults: readonly Fault[];
}

const CONFIG_BYTES_MAX = 1_000_000;

/** The layer of a YAML file. Throws UserError when it cannot be read or is no YAML; unknown keys are faults of the layer. */
export function fileLayer(path: string): Layer {
  const text = readConfigFile(path);
  const { document, lines, faults: broken } = readYaml(text);
  const name = shortName(path);
  const lineOf = (node: unknown) => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line;
  const faults: Fault[] = broken.map(({ line, says }) => ({
    place: `${name}:${line}`,
    path: "",
    value: null,
    says: `not YAML: ${says}`,
    mend: "see the indentation, quotes and colons there",
  }));
  if (document === null) return { settings: [], faults };
  const settings: Setting[] = [];
  const folder = dirname(path);

  const walk = (map: YAMLMap, schema: z.ZodObject, prefix: string) => {
    for (const pair of map.items) {
      const key = keyText(pair.key);
      const at = `${prefix}${key}`;
      const place = `${name}:${lineOf(pair.key)}`;
      const node = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
      const below = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
      if (below === undefined) faults.push(unknownKey(place, at));
      else if (node === undefined) faults.push(noAnchor(place, at));
      else if (!(below instanceof z.ZodObject)) settings.push({ path: at, value: leafValue(node), place, folder });
      else if (isMap(node)) walk(node, below, `${at}.`);
      // A section whose keys are all commented out reads as null and sets nothing.
      else if (node !== null && !(isScalar(node) && node.value === null)) faults.push(noSection(place, at, below));
    }
  };
  if (isMap(document.contents)) walk(document.contents, CONFIG_SCHEMA, "");
  else if (document.contents !== null) faults.push(noSection(`${name}:1`, "", CONFIG_SCHEMA));
  return { settings, faults };
}

/** The layer of the variables that start with LIFECIRCLE_; texts are read as what the key asks for. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>, folder: string): Layer {
  const settings: Setting[] = [];
  const faults: Fault[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || text === undefined) continue;
    const key = KEYS_BY_ENVIRONMENT.get(name);
    if (key !== undefined) {
      settings.push({ path: key.path, value: readText(text, key.schema), place: name, folder });
      continue;
    }
    const nearest = nearestName(name, [...KEYS_BY_ENVIRONMENT.keys()]);
    faults.push({
      place: "environment",
      path: name,
      value: null,
      says: "unknown key",
      mend: nearest === null ? "unset it, or see config/default.yaml for the keys" : `did you mean ${nearest}?`,
    });
  }
  return { settings, faults };
}

/** The layer of the command line. Its paths are checked by the compiler. */
export function flagLayer(flags: FlagSettings, folder: string): Layer {
  const settings: Setting[] = [];
  for (const [path, value] of Object.entries(flags)) {
    if (value !== undefined) settings.push({ path, value, place: "flag", folder });
  }
  return { settings, faults: [] };
}

function readConfigFile(path: string): string {
  try {
    if (statSync(path).size > CONFIG_BYTES_MAX) throw new Error(`it has more than ${CONFIG_BYTES_MAX} bytes`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`config file ${path}: ${reasonOf(error)}`, "give --config the path of a readable YAML file");
  }
}

/** Why a file could not be read, without the parts of Node's message that repeat the path. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "it may not be read";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

/** What is no name may be a secret whose line lost its colon or its quotes, so it is not repeated. */
function keyText(key: unknown): string {
  const text = isScalar(key) ? String(key.value) : "";
  return /^[A-Za-z_][\w.]{0,63}$/.test(text)
    ? text
    : `(${isScalar(key) ? `${text.length} characters` : "a list or section"})`;
}

/** Numbers and booleans in the environment are texts; what is none of them stays text, and the check then says what it wants. */
function readText(text: string, schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodNumber && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (schema instanceof z.ZodBoolean && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** A leaf is a scalar; for a list or section the check of the type needs no more than what it is. */
function leafValue(node: unknown): unknown {
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  return isMap(node) ? {} : [];
}

/** The name of the anchor may be half a password that lacks its quotes, so it is not repeated. */
function noAnchor(place: string, path: string): Fault {
  return {
    place,
    path,
    value: null,
    says: "names an anchor that is not there",
    mend: "text that starts with * needs quotes",
  };
}

function unknownKey(place: string, path: string): Fault {
  const names = [...KEYS.keys()];
  const leaf = path.slice(path.lastIndexOf(".") + 1);
  const nearest =
    nearestName(path, [...names, ...sectionNames()]) ?? names.find((name) => name.endsWith(`.${leaf}`)) ?? null;
  const mend = nearest === null ? "take it out, or see config/default.yaml for the keys" : `did you mean ${nearest}?`;
  return { place, path, value: null, says: "unknown key", mend };
}

function sectionNames(): Set<string> {
  const names = new Set<string>();
  for (const path of KEYS.keys()) {
    for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1)) names.add(path.slice(0, dot));
  }
  return names;
}

function noSection(place: string, path: string, schema: z.ZodObject): Fault {
  const keys = Object.keys(schema.shape).join(", ");
  return { place, path, value: null, says: "must be a section, not a value", mend: `its keys are ${keys}` };
}

/** The path as a person would write it from here. */
function shortName(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" || near.startsWith("..") ? path : near;
}
