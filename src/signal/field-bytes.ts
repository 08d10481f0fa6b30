/**
 * Fields of a signalling row read from their bytes, for the loop that reads files. These know the plain spellings only and say so
 * when they meet another; the text parsers (`parseTime`, `parseCell`, `parsePlmn`) are the definition and have the last word on what
 * is wrong. Bytes come as a DataView, because four of them are compared or searched at once.
 */
import { KINDS } from "./batch.js";

const ZERO = 0x30;
const DASH = 0x2d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Where the field that begins at `start` ends: at the next comma, carriage return or line feed. -1 where it has a quote. The view must
 * hold one of these, as a block of whole lines does; `length` is its length, which is slow to ask of a view for every field.
 */
export function fieldEnd(bytes: DataView, start: number, length: number): number {
  let at = start;
  for (;;) {
    if (at + 4 <= length) {
      const word = bytes.getInt32(at, true);
      // Sets the top bit of every byte up to the comma (44); a borrow may set it in bytes after the first such one, never before.
      const low = (word - 0x2d2d2d2d) & ~word & 0x80808080;
      if (low === 0) {
        at += 4;
        continue;
      }
      at += (31 - Math.clz32(low & -low)) >>> 3;
    }
    const byte = bytes.getUint8(at);
    if (byte === COMMA || byte === LINE_FEED || byte === CARRIAGE_RETURN) return at;
    if (byte === QUOTE) return -1;
    at++;
  }
}

/** Value of the digits from `start` to before `end`, or -1 where one is none or there are none. Exact to 15 digits. */
export function parseDigits(bytes: DataView, start: number, end: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes.getUint8(i) - ZERO;
    if (digit >>> 0 > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Value of the two digits at `i`, or a very negative number where one is none. */
export function twoDigits(bytes: DataView, i: number): number {
  const tens = bytes.getUint8(i) - ZERO;
  const ones = bytes.getUint8(i + 1) - ZERO;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -10_000 : tens * 10 + ones;
}

const KIND_BYTES = KINDS.map((kind) => Uint8Array.from(kind, (letter) => letter.charCodeAt(0)));

/** Index in KINDS of the name from `start` to before `end`, -1 where it is none. */
export function parseKindBytes(bytes: DataView, start: number, end: number): number {
  for (let kind = KIND_BYTES.length - 1; kind >= 0; kind--) {
    const name = KIND_BYTES[kind] as Uint8Array;
    if (name.length !== end - start) continue;
    let i = 0;
    while (i < name.length && name[i] === bytes.getUint8(start + i)) i++;
    if (i === name.length) return kind;
  }
  return -1;
}

/** `460-00`; a three-digit MNC makes it one longer. */
const PLMN_LENGTH = 6;

/** The packed PLMN from `start` to before `end`, as `parsePlmn` packs it, 0 where it is none. */
export function parsePlmnBytes(bytes: DataView, start: number, end: number): number {
  const length = end - start;
  if ((length !== PLMN_LENGTH && length !== PLMN_LENGTH + 1) || bytes.getUint8(start + 3) !== DASH) return 0;
  const mcc = parseDigits(bytes, start, start + 3);
  const mnc = parseDigits(bytes, start + 4, end);
  if (mcc < 0 || mnc < 0) return 0;
  return mcc * 1100 + (length === PLMN_LENGTH ? mnc : 100 + mnc) + 1;
}
