import { formatPseudonym } from "../signal/identity.js";
import { Pseudonymiser } from "../source/pseudonym.js";
import { loadPseudonymKey, type PseudonymKeyOptions } from "../source/pseudonym-key.js";

/**
 * The 64-bit pseudonym of a raw identity in decimal, as the store shows it, for who holds the key.
 *
 * @throws UserError when the key cannot be read.
 */
export async function pseudonymOf(identity: string, keyOptions: PseudonymKeyOptions): Promise<string> {
  const pseudonymiser = new Pseudonymiser(await loadPseudonymKey(keyOptions), { cacheEntriesMax: 1 });
  pseudonymiser.pseudonymiseText(identity);
  return formatPseudonym(pseudonymiser.hi, pseudonymiser.lo);
}
