import { parseArgs } from "node:util";

/** The flags of a benchmark: `--per-day N` for each key `perDay` of the defaults, and `--json`. */
export function numberOptions<Key extends string>(
  defaults: Readonly<Record<Key, number>>,
): { options: Record<Key, number>; json: boolean } {
  const flag = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const keys = Object.keys(defaults) as Key[];
  const numbers = Object.fromEntries(keys.map((key) => [flag(key), { type: "string" as const }]));
  const { values } = parseArgs({ options: { ...numbers, json: { type: "boolean" } } });
  const given: Readonly<Record<string, unknown>> = values;
  const options: Record<Key, number> = { ...defaults };
  for (const key of keys) {
    const value = Number(given[flag(key)] ?? defaults[key]);
    if (!(value >= 0)) throw new Error(`--${flag(key)} takes a number, not ${given[flag(key)]}`);
    options[key] = value;
  }
  return { options, json: given.json === true };
}
