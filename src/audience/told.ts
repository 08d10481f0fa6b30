/** Which number is told of a set of people. */
import type { Disclosure } from "../insight/disclosure.js";
import { type Bits, countBits, firstIn } from "./bitset.js";

/**
 * The number to tell of a set; null where too few. Its noise is by its people and not its words: equal sets have equal numbers, however
 * asked for.
 *
 * @param pseudonymOf the pseudonym behind a dense id
 */
export function toldOf(bits: Bits, disclosure: Disclosure, pseudonymOf: (id: number) => bigint): number | null {
  const first = firstIn(bits);
  return first < 0 ? null : disclosure.number(`audience:${pseudonymOf(first)}`, countBits(bits));
}
