import type { Config } from "../config/schema.js";
import { formatPseudonym } from "../signal/identity.js";
import { UserError } from "../signal/user-error.js";
import { IDENTITY_BYTES_MAX, Pseudonymiser } from "../source/pseudonym.js";
import { loadPseudonymKey } from "../source/pseudonym-key.js";

/**
 * The secret of the pseudonyms that config leads to: its text, else the bytes of its file, else the one kept in the data folder, made
 * there unless it must exist.
 */
export function pseudonymKey({ pseudonym, data }: Config, mustExist = false): Promise<Uint8Array> {
  if (pseudonym.key !== "") return Promise.resolve(Buffer.from(pseudonym.key, "utf8"));
  return loadPseudonymKey({
    keyFile: pseudonym.keyFile === "" ? null : pseudonym.keyFile,
    dataDir: data.dir,
    env: {},
    mustExist,
  });
}

/** `lifecircle pseudonym`: prints the 64-bit pseudonym of a raw identity in decimal, as the store shows it. */
export async function runPseudonym(identity: string, config: Config): Promise<void> {
  const bytes = Buffer.byteLength(identity);
  if (bytes === 0 || bytes > IDENTITY_BYTES_MAX)
    throw new UserError(
      `an identity has 1 to ${IDENTITY_BYTES_MAX} bytes, this has ${bytes}`,
      "give it as it stands in the signalling",
    );
  const pseudonymiser = new Pseudonymiser(await pseudonymKey(config), { cacheEntriesMax: 1 });
  pseudonymiser.pseudonymiseText(identity);
  process.stdout.write(`${formatPseudonym(pseudonymiser.hi, pseudonymiser.lo)}\n`);
}
