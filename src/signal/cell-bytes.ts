import type { SignalEvent } from "./event.js";
import { parseDigits, parsePlmnBytes } from "./field-bytes.js";

const DASH = 0x2d;
const COLON = 0x3a;
const C = 0x63;
const E = 0x65;
const G = 0x67;
const I = 0x69;
const N = 0x6e;

const LONG_CGI = 0;
const CGI = 1;
const ECGI = 2;
const NCGI = 3;

const CI_MAX = 0xffff;
const LONG_CI_SPAN = 2 ** 25;
const TWO_POW_32 = 4294967296;
const PLMN_SHIFT = 9;
const PLMN_LENGTH = 6;
/** Length of the shortest name, `ecgi:460-00-0`, and of the longest prefix, `ecgi:460-000-`. */
const NAME_LENGTH_MIN = 13;
const PREFIX_LENGTH_MAX = 13;
const LAC_DIGITS_MAX = 5;
const CI_DIGITS_MAX = 8;
const LOCAL_DIGITS_MAX = 11;
const ECI_MAX = 2 ** 28 - 1;
const NCI_MAX = 2 ** 36 - 1;

/** Reads names of cells from their bytes; remembers the generation and network, since the cells of a file mostly share them. */
export class CellBytes {
  /** The name read last up to its network, as `ecgi:460-00-`. */
  readonly #prefix = new Uint8Array(PREFIX_LENGTH_MAX);
  #prefixLength = 0;
  #generation = 0;
  /** PLMN in its place of the high word. */
  #plmn = 0;

  /**
   * Puts the key of the cell named from `start` to before `end` into `event.cellHi` and `cellLo`, as `parseCell` packs it. False where it
   * is no name of a cell.
   */
  parse(bytes: DataView, start: number, end: number, event: SignalEvent): boolean {
    if (end - start < NAME_LENGTH_MIN) return false;
    if (!this.#isSamePrefix(bytes, start, end) && !this.#readPrefix(bytes, start, end)) return false;
    const localStart = start + this.#prefixLength;
    if (this.#generation === CGI) return this.#parseLacCi(bytes, localStart, end, event);
    const local = end - localStart > LOCAL_DIGITS_MAX ? -1 : parseDigits(bytes, localStart, end);
    if (local < 0 || local > (this.#generation === ECGI ? ECI_MAX : NCI_MAX)) return false;
    this.#fill(event, this.#generation, local);
    return true;
  }

  /** LAC and CI of `22553-25175`. */
  #parseLacCi(bytes: DataView, start: number, end: number, event: SignalEvent): boolean {
    let dash = start;
    while (dash < end && bytes.getUint8(dash) !== DASH) dash++;
    if (dash - start > LAC_DIGITS_MAX || end - dash - 1 > CI_DIGITS_MAX) return false;
    const lac = parseDigits(bytes, start, dash);
    const ci = parseDigits(bytes, dash + 1, end);
    if (lac < 0 || ci < 0 || lac > 0xffff || ci >= LONG_CI_SPAN) return false;
    if (ci > CI_MAX) this.#fill(event, LONG_CGI, lac * LONG_CI_SPAN + ci);
    else this.#fill(event, CGI, lac * (CI_MAX + 1) + ci);
    return true;
  }

  #fill(event: SignalEvent, generation: number, local: number): void {
    event.cellHi = ((generation << 30) | this.#plmn | Math.floor(local / TWO_POW_32)) >>> 0;
    event.cellLo = local % TWO_POW_32;
  }

  #isSamePrefix(bytes: DataView, start: number, end: number): boolean {
    const length = this.#prefixLength;
    if (length === 0 || end - start <= length) return false;
    for (let i = length - 1; i >= 0; i--) if (this.#prefix[i] !== bytes.getUint8(start + i)) return false;
    return true;
  }

  #readPrefix(bytes: DataView, start: number, end: number): boolean {
    const first = bytes.getUint8(start);
    const generation = first === C ? CGI : first === E ? ECGI : first === N ? NCGI : 0;
    const name = generation === CGI ? start : start + 1;
    if (generation === 0 || bytes.getUint8(name) !== C || bytes.getUint8(name + 1) !== G) return false;
    if (bytes.getUint8(name + 2) !== I || bytes.getUint8(name + 3) !== COLON) return false;
    const plmnStart = name + 4;
    const plmnEnd = plmnStart + PLMN_LENGTH + (bytes.getUint8(plmnStart + PLMN_LENGTH) === DASH ? 0 : 1);
    if (plmnEnd >= end || bytes.getUint8(plmnEnd) !== DASH) return false;
    const plmn = parsePlmnBytes(bytes, plmnStart, plmnEnd);
    if (plmn === 0) return false;
    this.#generation = generation;
    this.#plmn = (plmn - 1) << PLMN_SHIFT;
    this.#prefixLength = plmnEnd + 1 - start;
    for (let i = 0; i < this.#prefixLength; i++) this.#prefix[i] = bytes.getUint8(start + i);
    return true;
  }
}
