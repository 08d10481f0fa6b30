/**
 * Checks of packed identities without text, for loops over dictionaries. `formatCell` and `formatPlmn` of identity.ts are the
 * definition; the tests hold these against them.
 */
const PLMN_CODES = 1_100_000;
const PLMN_SHIFT = 9;
const PLMN_MASK = 0x1fffff;
const LOCAL_HIGH_MASK = 0x1ff;
const LONG_CI_MASK = 0x1ffffff;
const CI_MAX = 0xffff;
const ECI_BITS = 28;
const NCI_HIGH_MAX = 0xf;

/** Whether the two words are the key of a CGI, ECGI or NCGI: exactly where `formatCell` gives a name. */
export function isCellKey(hi: number, lo: number): boolean {
  if (((hi >>> PLMN_SHIFT) & PLMN_MASK) >= PLMN_CODES) return false;
  const localHigh = hi & LOCAL_HIGH_MASK;
  switch (hi >>> 30) {
    case 0:
      return (lo & LONG_CI_MASK) > CI_MAX;
    case 1:
      return localHigh === 0;
    case 2:
      return localHigh === 0 && lo >>> ECI_BITS === 0;
    case 3:
      return localHigh <= NCI_HIGH_MAX;
    default:
      return false;
  }
}

/** Whether a number is a packed PLMN, as `parsePlmn` makes them. */
export function isPackedPlmn(plmn: number): boolean {
  return plmn >= 1 && plmn <= PLMN_CODES;
}
