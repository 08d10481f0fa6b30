import type { Config } from "../config/schema.js";
import { formatPseudonym } from "../signal/identity.js";
import { UserError } from "../signal/user-error.js";
import { IDENTITY_BYTES_MAX, Pseudonymiser } from "../source/pseudonym.js";
import { loadPseudonymKey, requireKeyOfFolder } from "../source/pseudonym-key.js";

/**
 * The secret of the pseudonyms that config leads to: its text, else the bytes of its file, else the one kept in the data folder, made
 * there unless it must exist.
 *
 * @throws UserError when the data folder belongs to another key
 */
export async function pseudonymKey(config: Config, mustExist = false): Promise<Uint8Array> {
  const { pseudonym, data } = config;
  const key =
    pseudonym.key !== ""
      ? Buffer.from(pseudonym.key, "utf8")
      : await loadPseudonymKey({
          keyFile: pseudonym.keyFile === "" ? null : pseudonym.keyFile,
          dataDir: data.dir,
          env: {},
          mustExist,
        });
  await requireKeyOfFolder(data.dir, key, false);
  return key;
}

/** The same for who writes people into the data folder: from then on it belongs to this key. @throws UserError for another one */
export async function pseudonymKeyForWriting(config: Config): Promise<Uint8Array> {
  const key = await pseudonymKey(config);
  await requireKeyOfFolder(config.data.dir, key, true);
  return key;
}

/**
 * The decimal pseudonym of a raw identity.
 *
 * @throws UserError when it is empty or too long, and without a key that must exist
 */
export async function pseudonymOf(identity: string, config: Config, mustExist = false): Promise<string> {
  const bytes = Buffer.byteLength(identity);
  if (bytes === 0 || bytes > IDENTITY_BYTES_MAX)
    throw new UserError(
      `an identity has 1 to ${IDENTITY_BYTES_MAX} bytes, this has ${bytes}`,
      "give it as it stands in the signalling",
    );
  const pseudonymiser = new Pseudonymiser(await pseudonymKey(config, mustExist), { cacheEntriesMax: 1 });
  pseudonymiser.pseudonymiseText(identity);
  return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
}

/** `lifecircle pseudonym`: prints the 64-bit pseudonym of a raw identity in decimal, as the store shows it. */
export async function runPseudonym(identity: string, config: Config): Promise<void> {
  process.stdout.write(`${await pseudonymOf(identity, config)}\n`);
}
