import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { nearestName } from "../signal/nearest-name.js";
import { type Fault, faultsError, hidden, shown } from "./faults.js";
import { KEYS, type Key } from "./keys.js";
import { environmentLayer, fileLayer, flagLayer, type Layer, reasonOf, type Setting } from "./layers.js";
import { CONFIG_SCHEMA, type Config, type FlagSettings, NOT_BELOW } from "./schema.js";

/** What may override the defaults, the later ones first. */
export interface ConfigSources {
  readonly flags?: FlagSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of a YAML file. */
  readonly file?: string | undefined;
}

const DEFAULT_FILE = fileURLToPath(new URL("../../config/default.yaml", import.meta.url));

/**
 * The configuration: `config/default.yaml`, overridden by a file, the environment, and flags. Frozen; paths are absolute; secrets
 * named by a file are filled in. Throws one UserError with all faults, each with place, path, value (secrets hidden) and mend.
 */
export function loadConfig(sources: ConfigSources): Config {
  const here = process.cwd();
  const layers = [
    fileLayer(DEFAULT_FILE),
    ...(sources.file === undefined ? [] : [fileLayer(resolve(sources.file))]),
    environmentLayer(sources.env, here),
    flagLayer(sources.flags ?? {}, here),
  ];
  const faults: Fault[] = layers.flatMap((layer) => layer.faults);
  const settings = merge(layers, faults);
  resolvePaths(settings, faults);
  fillSecrets(settings);
  const parsed = CONFIG_SCHEMA.safeParse(nest(settings), { reportInput: true });
  for (const issue of parsed.error?.issues ?? []) faults.push(faultOf(issue, settings));
  checkOrder(settings, faults);
  if (!parsed.success || faults.length > 0) throw faultsError(faults);
  return deepFreeze(parsed.data);
}

/** The configuration as it may be printed or logged: secrets and logins in URLs are `***`. */
export function redacted(config: Config): Config {
  const settings = new Map<string, Setting>();
  for (const { path, secret } of KEYS.values()) {
    const value = hidden(valueAt(config, path), secret !== undefined);
    settings.set(path, { path, value, place: "", folder: "" });
  }
  return CONFIG_SCHEMA.parse(nest(settings));
}

function valueAt(config: object, path: string): unknown {
  let at: unknown = config;
  for (const name of path.split(".")) at = (at as Record<string, unknown>)[name];
  return at;
}

/** Later layers win key by key. A secret and the key of its file are two ways to say one thing, so setting one unsets the other. */
function merge(layers: readonly Layer[], faults: Fault[]): Map<string, Setting> {
  const merged = new Map<string, Setting>();
  for (const layer of layers) {
    const own = new Map(layer.settings.map((setting) => [setting.path, setting]));
    for (const setting of own.values()) merged.set(setting.path, setting);
    for (const { path, secret } of KEYS.values()) {
      if (secret === undefined) continue;
      const direct = own.get(path);
      const fromFile = own.get(`${path}File`);
      const both = isSet(direct) && isSet(fromFile);
      if (both) faults.push(bothSet(fromFile, path));
      else if (isSet(direct)) merged.set(`${path}File`, { ...direct, path: `${path}File`, value: "" });
      else if (isSet(fromFile)) merged.set(path, { ...fromFile, path, value: "" });
    }
  }
  return merged;
}

function isSet(setting: Setting | undefined): setting is Setting {
  return setting !== undefined && setting.value !== "";
}

function bothSet(setting: Setting, path: string): Fault {
  const says = `${path} is set as well`;
  return { place: setting.place, path: setting.path, value: shown(setting.value, false), says, mend: "keep one" };
}

/** Makes paths absolute from the folder of the layer that said them; a file that is named must be one that can be read. */
function resolvePaths(settings: Map<string, Setting>, faults: Fault[]): void {
  for (const key of KEYS.values()) {
    const setting = settings.get(key.path);
    if (key.names === undefined || !isSet(setting) || typeof setting.value !== "string") continue;
    const absolute = resolve(setting.folder, setting.value);
    settings.set(key.path, { ...setting, value: absolute });
    const says = key.names === "file" ? unreadable(absolute) : null;
    if (says === null) continue;
    const mend = "name a readable file, or leave it empty";
    faults.push({ place: setting.place, path: key.path, value: shown(absolute, false), says, mend });
  }
}

function unreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory() ? "it is a folder" : null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Fills secrets in from their files. A file that cannot be read has its fault already. */
function fillSecrets(settings: Map<string, Setting>): void {
  for (const { path, secret } of KEYS.values()) {
    const file = settings.get(`${path}File`);
    if (secret !== "text" || !isSet(file) || unreadable(String(file.value)) !== null) continue;
    const value = readFileSync(String(file.value), "utf8").replace(/\r?\n$/, "");
    settings.set(path, { ...file, path, value });
  }
}

function nest(settings: ReadonlyMap<string, Setting>): object {
  const root: Record<string, unknown> = {};
  for (const { path, value } of settings.values()) {
    const names = path.split(".");
    const leaf = names.pop() ?? "";
    let section = root;
    for (const name of names) {
      section[name] ??= {};
      section = section[name] as Record<string, unknown>;
    }
    section[leaf] = value;
  }
  return root;
}

function faultOf(issue: z.core.$ZodIssue, settings: ReadonlyMap<string, Setting>): Fault {
  const path = issue.path.join(".");
  const key = KEYS.get(path);
  const setting = settings.get(path);
  return {
    place: setting?.place ?? "config/default.yaml",
    path,
    value: setting === undefined ? null : shown(setting.value, key?.secret !== undefined),
    ...explain(issue, key),
  };
}

/** What an issue says and how to mend it, in words for whoever wrote the file. */
function explain(issue: z.core.$ZodIssue, key: Key | undefined): { says: string; mend: string } {
  if (issue.input === undefined) return { says: "is missing", mend: "every key needs its line in config/default.yaml" };
  switch (issue.code) {
    case "too_small":
      return { says: "is too small", mend: `give ${issue.minimum} or more` };
    case "too_big":
      return { says: "is too big", mend: `give ${issue.maximum} or less` };
    case "invalid_value": {
      const names = issue.values.map(String);
      const nearest = nearestName(String(issue.input), names);
      const meant = nearest === null ? "" : `; did you mean ${nearest}?`;
      return { says: "is not one of its values", mend: `give one of ${names.join(", ")}${meant}` };
    }
    case "invalid_format":
      return { says: "has the wrong form", mend: `give ${key?.form ?? issue.format}` };
    case "invalid_type":
      return { says: "is of the wrong type", mend: TYPE_MENDS[issue.expected] ?? `give a ${issue.expected}` };
    default:
      return { says: issue.message, mend: "see config/default.yaml" };
  }
}

const TYPE_MENDS: Readonly<Record<string, string>> = {
  string: 'give text; digits and words like true need quotes: "007"',
  number: "give a number, without unit and quotes",
  int: "give a whole number",
  boolean: "give true or false",
};

/** Limits that depend on each other. Values that are no numbers have their own fault already. */
function checkOrder(settings: ReadonlyMap<string, Setting>, faults: Fault[]): void {
  for (const [high, low, why] of NOT_BELOW) {
    const setting = settings.get(high);
    const bound = settings.get(low)?.value;
    if (typeof setting?.value !== "number" || typeof bound !== "number" || setting.value >= bound) continue;
    faults.push({
      place: setting.place,
      path: high,
      value: shown(setting.value, false),
      says: `lies below ${low} = ${bound}, ${why}`,
      mend: `give ${bound} or more, or lower ${low}`,
    });
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
