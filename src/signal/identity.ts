/**
 * Cell and network identities of 3GPP TS 23.003, packed exactly.
 *
 * A cell key has 64 bits, held as two unsigned 32-bit halves (no BigInt in a loop, no 32-bit shift over a 36-bit number):
 *
 *     bits 63..62  generation: 1 CGI, 2 ECGI, 3 NCGI, 0 CGI with a long CI
 *     bits 61..41  PLMN code: MCC * 1100 + (two-digit MNC, or 100 + three-digit MNC)
 *     bits 40..0   LAC * 65536 + CI, or the ECI (28 bits), or the NCI (36 bits), or LAC * 2^25 + CI where the CI is above 65535
 *
 * TS 23.003 gives a CI 16 bits. Exports of UMTS networks write RNC-ID * 65536 + C-ID in its place (TS 25.401: up to 28 bits; RNC-IDs
 * in use stay below 512, 25 bits in all); such a name is kept whole, because its low 16 bits name other cells as well.
 */
const TWO_POW_32 = 4294967296;
const LOCAL_HIGH_BITS = 9;

const LONG_CGI = 0;
const CGI = 1;
const ECGI = 2;
const NCGI = 3;

const CI_MAX = 0xffff;
const LONG_CI_BITS = 25;
const LONG_CI_SPAN = 2 ** LONG_CI_BITS;
const ECI_MAX = 2 ** 28 - 1;
const NCI_MAX = 2 ** 36 - 1;

export interface CellKey {
  readonly hi: number;
  readonly lo: number;
}

const PLMN_PATTERN = /^(\d{3})-(\d{2,3})$/;
const CELL_PATTERN = /^(?:cgi:(\d{3}-\d{2,3})-(\d{1,5})-(\d{1,8})|(ecgi|ncgi):(\d{3}-\d{2,3})-(\d{1,11}))$/;

/** Packs `MCC-MNC` into one number above 0, or returns 0 when it is no PLMN. `460-00`, `460-000` and `046-00` all differ. */
export function parsePlmn(text: string): number {
  const match = PLMN_PATTERN.exec(text);
  if (match === null) return 0;
  const mnc = match[2] as string;
  return Number(match[1]) * 1100 + (mnc.length === 2 ? Number(mnc) : 100 + Number(mnc)) + 1;
}

/** The text of a packed PLMN. */
export function formatPlmn(plmn: number): string {
  const mcc = Math.floor((plmn - 1) / 1100);
  const mnc = (plmn - 1) % 1100;
  return `${String(mcc).padStart(3, "0")}-${mnc < 100 ? String(mnc).padStart(2, "0") : String(mnc - 100).padStart(3, "0")}`;
}

/** Packs the text name of a cell; null when it is not one (wrong digits, LAC over 16, CI over 25, ECI over 28, NCI over 36 bits). */
export function parseCell(text: string): CellKey | null {
  const match = CELL_PATTERN.exec(text);
  if (match === null) return null;
  if (match[1] !== undefined) {
    const lac = Number(match[2]);
    const ci = Number(match[3]);
    if (lac > 0xffff || ci >= LONG_CI_SPAN) return null;
    return ci > CI_MAX
      ? pack(LONG_CGI, match[1], lac * LONG_CI_SPAN + ci)
      : pack(CGI, match[1], lac * (CI_MAX + 1) + ci);
  }
  const local = Number(match[6]);
  const nr = match[4] === "ncgi";
  return local > (nr ? NCI_MAX : ECI_MAX) ? null : pack(nr ? NCGI : ECGI, match[5] as string, local);
}

function pack(generation: number, plmn: string, local: number): CellKey {
  const high = Math.floor(local / TWO_POW_32);
  return {
    hi: ((generation << 30) | ((parsePlmn(plmn) - 1) << LOCAL_HIGH_BITS) | high) >>> 0,
    lo: local % TWO_POW_32,
  };
}

/** The text name of a packed cell key; null when the bits are no key of ours. */
export function formatCell(hi: number, lo: number): string | null {
  const generation = hi >>> 30;
  const plmn = (hi >>> LOCAL_HIGH_BITS) & 0x1fffff;
  const local = (hi & 0x1ff) * TWO_POW_32 + lo;
  if (plmn >= 1_100_000) return null;
  const name = formatPlmn(plmn + 1);
  if (generation === CGI && local < TWO_POW_32) return `cgi:${name}-${lo >>> 16}-${lo & 0xffff}`;
  if (generation === LONG_CGI && local % LONG_CI_SPAN > CI_MAX)
    return `cgi:${name}-${Math.floor(local / LONG_CI_SPAN)}-${local % LONG_CI_SPAN}`;
  if (generation === ECGI && local <= ECI_MAX) return `ecgi:${name}-${local}`;
  if (generation === NCGI && local <= NCI_MAX) return `ncgi:${name}-${local}`;
  return null;
}

/** The partition of a 64-bit pseudonym: its value modulo the number of partitions (at most 65,536), exactly. */
export function partitionOf(hi: number, lo: number, partitions: number): number {
  // The higher word is a multiple of every power of two that may be meant; asked for each event.
  if ((partitions & (partitions - 1)) === 0) return lo & (partitions - 1);
  return ((hi % partitions) * (TWO_POW_32 % partitions) + (lo % partitions)) % partitions;
}

/** The decimal text of a 64-bit pseudonym, as ClickHouse prints a UInt64. */
export function formatPseudonym(hi: number, lo: number): string {
  return ((BigInt(hi) << 32n) | BigInt(lo)).toString();
}
