/** `lifecircle key`: makes, lists, rotates and revokes API keys. */
import { dirname } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { whileHeld } from "../checkpoint/hold-folder.js";
import type { Config } from "../config/schema.js";
import { type ApiKey, createKey, keysPath, readKeys, revokeKey, rotateKey } from "../http/access/keys.js";
import { ROLES } from "../http/access/principal.js";
import { makeFolder } from "../source/make-folder.js";
import { purpose } from "./purpose-option.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

type Configure = (options: { config?: string; data?: string }) => Config;

/** Gives the command its subcommands; a running API takes a change within a second. */
export function keyCommand(command: Command, configure: Configure): void {
  command.description("API keys: who may ask, as what, about which regions and why");
  const sub = (name: string, says: string) =>
    command
      .command(name)
      .description(says)
      .option("--config <file>", "YAML file that overrides config/default.yaml")
      .option("--data <dir>", "data folder (default: data.dir of the configuration)")
      .option("--json", "print one JSON object for machines", false);
  sub("create", "makes a key and prints it; it is shown this once")
    .requiredOption("--name <text>", "whose it is")
    .addOption(new Option("--role <role>", "what it may ask").choices(ROLES).makeOptionMandatory())
    .option("--region <id...>", "regions whose people it may ask about, with those below; all without it")
    .option(
      "--purpose <text...>",
      "purposes that it may give; any without it",
      (text, before: string[] | undefined) => [...(before ?? []), purpose(text)],
    )
    .option("--days <n>", "days until it expires", positive, 90)
    .action((options) => create(keysPath(configure(options).data.dir), options));
  sub("list", "the keys without their secrets").action((options) =>
    list(readKeys(keysPath(configure(options).data.dir)), options.json),
  );
  sub("rotate", "gives a key a new secret and prints it")
    .argument("<id>", "of the key, as `key list` shows it")
    .option("--overlap-hours <n>", "hours that the old secret still counts", positive, 24)
    .action(async (id, options) => {
      const path = keysPath(configure(options).data.dir);
      const text = await alone(path, () => rotateKey(path, id, Date.now() + options.overlapHours * HOUR_MS));
      print(options.json, { id, key: text }, text);
    });
  sub("revoke", "from now on it opens nothing")
    .argument("<id>", "of the key, as `key list` shows it")
    .action(async (id, options) => {
      const path = keysPath(configure(options).data.dir);
      await alone(path, () => revokeKey(path, id, Date.now()));
      print(options.json, { id, revoked: true }, `the key ${id} is revoked`);
    });
}

/** One command after another: of two that read and write at once the later would bring back a key that the other has revoked. */
async function alone<T>(path: string, work: () => T): Promise<T> {
  makeFolder(dirname(path));
  return whileHeld(dirname(path), "keys", work);
}

interface CreateOptions {
  readonly name: string;
  readonly role: ApiKey["role"];
  readonly region?: string[];
  readonly purpose?: string[];
  readonly days: number;
  readonly json: boolean;
}

async function create(path: string, options: CreateOptions): Promise<void> {
  const nowMs = Date.now();
  const wanted = {
    name: options.name,
    role: options.role,
    regions: options.region ?? null,
    purposes: options.purpose ?? null,
    expiresMs: nowMs + options.days * DAY_MS,
  };
  const { key, text } = await alone(path, () => createKey(path, wanted, nowMs));
  process.stderr.write(
    `${key.role} key ${key.id} for ${key.name}, until ${key.expires.slice(0, 10)}; keep it, it is shown this once\n`,
  );
  print(options.json, { id: key.id, key: text, expires: key.expires }, text);
}

function list(keys: readonly ApiKey[], json: boolean): void {
  const shown = keys.map(({ hash: _hash, previous: _previous, ...key }) => key);
  const line = (key: (typeof shown)[number]) =>
    [
      key.id,
      key.role.padEnd(8),
      key.revoked === null ? `until ${key.expires.slice(0, 10)}` : "revoked         ",
      key.name,
      key.regions === null ? "all regions" : key.regions.join(","),
      key.purposes === null ? "any purpose" : key.purposes.join(","),
    ].join("  ");
  print(json, { keys: shown }, shown.length === 0 ? "no keys" : shown.map(line).join("\n"));
}

function print(json: boolean, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 36_500) return value;
  throw new InvalidArgumentError("It is a number above 0.");
}
