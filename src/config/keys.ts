import { z } from "zod";
import { CONFIG_SCHEMA, type KeyTraits, traitsOf } from "./schema.js";

/** One key of the configuration. */
export interface Key extends KeyTraits {
  /** Dotted path: `stream.tls.caFile`. */
  readonly path: string;
  /** Name in the environment: `LIFECIRCLE_STREAM_TLS_CA_FILE`. */
  readonly environment: string;
  readonly schema: z.core.$ZodType;
}

export const ENVIRONMENT_PREFIX = "LIFECIRCLE_";

/** All keys in the order of the schema, by path. */
export const KEYS: ReadonlyMap<string, Key> = new Map(keysBelow(CONFIG_SCHEMA, "").map((key) => [key.path, key]));

/** All keys by their name in the environment. Names are made from paths and never the other way, so none can be misread. */
export const KEYS_BY_ENVIRONMENT: ReadonlyMap<string, Key> = byEnvironment();

function keysBelow(section: z.ZodObject, prefix: string): Key[] {
  return Object.entries(section.shape).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    if (schema instanceof z.ZodObject) return keysBelow(schema, `${path}.`);
    return [{ path, environment: environmentName(path), schema, ...traitsOf(schema) }];
  });
}

function environmentName(path: string): string {
  const words = path.replaceAll(".", "_").replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return ENVIRONMENT_PREFIX + words.toUpperCase();
}

function byEnvironment(): Map<string, Key> {
  const names = new Map<string, Key>();
  for (const key of KEYS.values()) {
    const other = names.get(key.environment);
    if (other !== undefined) throw new Error(`${key.path} and ${other.path} are both ${key.environment}`);
    names.set(key.environment, key);
  }
  return names;
}
