/**
 * Fields of a signalling row read from their bytes, for the loop that reads files. These know the plain spellings only and say so
 * when they meet another; the text parsers (`parseTime`, `parseCell`) are the definition and have the last word on what is wrong.
 */
import { KINDS } from "./batch.js";
import type { SignalEvent } from "./event.js";
import { utcDayMs } from "./time-text.js";

const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
const T = 0x54;
const Z = 0x5a;
const ZERO = 0x30;

const TWO_POW_32 = 4294967296;
const EPOCH_DIGITS_MAX = 15;
/** `2012-08-16T02:00:00` */
const SECONDS_LENGTH = 19;
const OFFSET_LENGTH = 6;

/** Value of the two digits at `i`, or a negative number where one is none. */
function twoDigits(bytes: Uint8Array, i: number): number {
  const tens = (bytes[i] as number) - ZERO;
  const ones = (bytes[i + 1] as number) - ZERO;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -10_000 : tens * 10 + ones;
}

/** Value of the digits in `bytes[start..end)`, or -1 where one is none or there are none. Exact to 15 digits. */
export function parseDigits(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit >>> 0 > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Reads times; remembers the day, since neighbouring rows share it. */
export class TimeBytes {
  #date = -1;
  #dayMs = Number.NaN;

  /** Epoch ms of `bytes[start..end)`; NaN where it is not a plain epoch or `YYYY-MM-DDTHH:MM:SS[.fff](Z|+HH:MM|-HH:MM)`. */
  parse(bytes: Uint8Array, start: number, end: number): number {
    if (end - start <= SECONDS_LENGTH) {
      return end - start > EPOCH_DIGITS_MAX ? Number.NaN : negativeIsNaN(parseDigits(bytes, start, end));
    }
    if (bytes[start + 10] !== T || bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return Number.NaN;
    const dayMs = this.#day(bytes, start);
    const hour = twoDigits(bytes, start + 11);
    const minute = twoDigits(bytes, start + 14);
    const second = twoDigits(bytes, start + 17);
    if (hour >>> 0 > 23 || minute >>> 0 > 59 || second >>> 0 > 59) return Number.NaN;
    const zone = zoneStart(bytes, start, end);
    const fractionMs = fractionOf(bytes, start + SECONDS_LENGTH, zone);
    return dayMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + fractionMs - offsetOf(bytes, zone, end);
  }

  #day(bytes: Uint8Array, start: number): number {
    if (bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return Number.NaN;
    const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
    const month = twoDigits(bytes, start + 5);
    const day = twoDigits(bytes, start + 8);
    if (year < 0 || month < 0 || day < 0) return Number.NaN;
    const date = year * 10_000 + month * 100 + day;
    if (date !== this.#date) {
      this.#date = date;
      this.#dayMs = utcDayMs(year, month, day);
    }
    return this.#dayMs;
  }
}

function negativeIsNaN(value: number): number {
  return value < 0 ? Number.NaN : value;
}

/** Where the offset begins: at the last byte for `Z`, six before the end for `+08:00`. */
function zoneStart(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] === Z) return end - 1;
  return Math.max(end - OFFSET_LENGTH, start + SECONDS_LENGTH);
}

/** Milliseconds of `.831` in `bytes[start..end)`, 0 where it is empty, NaN where it is no fraction of one to nine digits. */
function fractionOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  if (bytes[start] !== DOT || length < 2 || length > 10) return Number.NaN;
  let ms = 0;
  for (let i = 1; i < length; i++) {
    const digit = (bytes[start + i] as number) - ZERO;
    if (digit >>> 0 > 9) return Number.NaN;
    if (i <= 3) ms += digit * (i === 1 ? 100 : i === 2 ? 10 : 1);
  }
  return ms;
}

/** Milliseconds of `Z`, `+08:00` or `-03:30` in `bytes[start..end)`, NaN where it is none of these. */
function offsetOf(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] === Z) return 0;
  const sign = bytes[start] === PLUS ? 1 : bytes[start] === DASH ? -1 : Number.NaN;
  if (end - start !== OFFSET_LENGTH || bytes[start + 3] !== COLON) return Number.NaN;
  const hour = twoDigits(bytes, start + 1);
  const minute = twoDigits(bytes, start + 4);
  return hour >>> 0 > 23 || minute >>> 0 > 59 ? Number.NaN : sign * (hour * 3_600_000 + minute * 60_000);
}

const KIND_BYTES = KINDS.map((kind) => Uint8Array.from(kind, (letter) => letter.charCodeAt(0)));

/** Index in KINDS of the name in `bytes[start..end)`, -1 where it is none. */
export function parseKindBytes(bytes: Uint8Array, start: number, end: number): number {
  for (let kind = 0; kind < KIND_BYTES.length; kind++) {
    const name = KIND_BYTES[kind] as Uint8Array;
    if (name.length !== end - start) continue;
    let i = 0;
    while (i < name.length && name[i] === bytes[start + i]) i++;
    if (i === name.length) return kind;
  }
  return -1;
}

const PLMN_LENGTH_MIN = 6;

/** The packed PLMN of `bytes[start..end)` as `parsePlmn` packs it, 0 where it is none. */
export function parsePlmnBytes(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if ((length !== PLMN_LENGTH_MIN && length !== PLMN_LENGTH_MIN + 1) || bytes[start + 3] !== DASH) return 0;
  const mcc = parseDigits(bytes, start, start + 3);
  const mnc = parseDigits(bytes, start + 4, end);
  if (mcc < 0 || mnc < 0) return 0;
  return mcc * 1100 + (length === PLMN_LENGTH_MIN ? mnc : 100 + mnc) + 1;
}

const C = 0x63;
const E = 0x65;
const N = 0x6e;
const G = 0x67;
const I = 0x69;
const LOCAL_HIGH_BITS = 9;

/**
 * Puts the key of the cell named in `bytes[start..end)` into `event.cellHi` and `cellLo`, as `parseCell` packs it. False where it is no
 * name of a cell.
 */
export function parseCellBytes(bytes: Uint8Array, start: number, end: number, event: SignalEvent): boolean {
  const first = bytes[start];
  const name = first === C ? start : start + 1;
  if (first !== C && first !== E && first !== N) return false;
  if (bytes[name] !== C || bytes[name + 1] !== G || bytes[name + 2] !== I || bytes[name + 3] !== COLON) return false;
  const plmnStart = name + 4;
  const plmnEnd = plmnStart + PLMN_LENGTH_MIN + (bytes[plmnStart + PLMN_LENGTH_MIN] === DASH ? 0 : 1);
  if (plmnEnd >= end || bytes[plmnEnd] !== DASH) return false;
  const plmn = parsePlmnBytes(bytes, plmnStart, plmnEnd);
  if (plmn === 0) return false;
  const plmnBits = (plmn - 1) << LOCAL_HIGH_BITS;
  return first === C
    ? parseLacCi(bytes, plmnEnd + 1, end, plmnBits, event)
    : parseLocal(bytes, plmnEnd + 1, end, plmnBits, first === N, event);
}

function parseLacCi(bytes: Uint8Array, start: number, end: number, plmnBits: number, event: SignalEvent): boolean {
  let dash = start;
  while (dash < end && bytes[dash] !== DASH) dash++;
  if (dash - start > 5 || end - dash > 6) return false;
  const lac = parseDigits(bytes, start, dash);
  const ci = parseDigits(bytes, dash + 1, end);
  if (lac < 0 || ci < 0 || lac > 0xffff || ci > 0xffff) return false;
  event.cellHi = ((1 << 30) | plmnBits) >>> 0;
  event.cellLo = lac * 65536 + ci;
  return true;
}

function parseLocal(
  bytes: Uint8Array,
  start: number,
  end: number,
  plmnBits: number,
  nr: boolean,
  event: SignalEvent,
): boolean {
  if (end - start > 11) return false;
  const local = parseDigits(bytes, start, end);
  if (local < 0 || local > (nr ? 2 ** 36 - 1 : 2 ** 28 - 1)) return false;
  event.cellHi = (((nr ? 3 : 2) << 30) | plmnBits | Math.floor(local / TWO_POW_32)) >>> 0;
  event.cellLo = local % TWO_POW_32;
  return true;
}
