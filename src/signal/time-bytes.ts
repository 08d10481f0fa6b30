import { parseDigits, twoDigits } from "./field-bytes.js";
import { utcDayMs } from "./time-text.js";

const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
const T = 0x54;
const Z = 0x5a;
const ZERO = 0x30;

const EPOCH_DIGITS_MAX = 15;
/** Lengths of `2012-08-16T02:00`, `2012-08-16T02:00:00` and `+08:00`. */
const MINUTE_LENGTH = 16;
const SECOND_LENGTH = 19;
const OFFSET_LENGTH = 6;

/** Reads times from their bytes; remembers the minute, since neighbouring rows mostly share it. */
export class TimeBytes {
  /** The bytes up to the minute of the time read last, and its epoch ms without the offset. */
  readonly #minute = new Int32Array(MINUTE_LENGTH / 4);
  #minuteMs = Number.NaN;

  /** Epoch ms of what stands from `start` to before `end`; NaN where it is not a plain epoch or `YYYY-MM-DDTHH:MM:SS[.fff](Z|+HH:MM)`. */
  parse(bytes: DataView, start: number, end: number): number {
    if (end - start <= SECOND_LENGTH) {
      const epochMs = end - start > EPOCH_DIGITS_MAX ? -1 : parseDigits(bytes, start, end);
      return epochMs < 0 ? Number.NaN : epochMs;
    }
    if (!this.#isSameMinute(bytes, start)) this.#minuteMs = this.#readMinute(bytes, start);
    const second = twoDigits(bytes, start + MINUTE_LENGTH + 1);
    if (second >>> 0 > 59 || bytes.getUint8(start + MINUTE_LENGTH) !== COLON) return Number.NaN;
    const isUtc = bytes.getUint8(end - 1) === Z;
    const zone = isUtc ? end - 1 : end - OFFSET_LENGTH;
    const offsetMs = isUtc ? 0 : offsetOf(bytes, zone);
    return this.#minuteMs + second * 1000 + fractionOf(bytes, start + SECOND_LENGTH, zone) - offsetMs;
  }

  #isSameMinute(bytes: DataView, start: number): boolean {
    const minute = this.#minute;
    return (
      bytes.getInt32(start + 12, true) === minute[3] &&
      bytes.getInt32(start + 8, true) === minute[2] &&
      bytes.getInt32(start + 4, true) === minute[1] &&
      bytes.getInt32(start, true) === minute[0]
    );
  }

  #readMinute(bytes: DataView, start: number): number {
    for (let i = 0; i < this.#minute.length; i++) this.#minute[i] = bytes.getInt32(start + 4 * i, true);
    const separators = [4, 7, 10, 13].map((i) => bytes.getUint8(start + i));
    if (separators.join() !== [DASH, DASH, T, COLON].join()) return Number.NaN;
    const year = parseDigits(bytes, start, start + 4);
    const hour = twoDigits(bytes, start + 11);
    const minute = twoDigits(bytes, start + 14);
    if (year < 0 || hour >>> 0 > 23 || minute >>> 0 > 59) return Number.NaN;
    const dayMs = utcDayMs(year, twoDigits(bytes, start + 5), twoDigits(bytes, start + 8));
    return dayMs + hour * 3_600_000 + minute * 60_000;
  }
}

/** Milliseconds of a fraction as `.831`, 0 where it is empty, NaN where it is none of one to nine digits or would end before it begins. */
function fractionOf(bytes: DataView, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  if (bytes.getUint8(start) !== DOT || length < 2 || length > 10) return Number.NaN;
  let ms = 0;
  for (let i = 1; i < length; i++) {
    const digit = bytes.getUint8(start + i) - ZERO;
    if (digit >>> 0 > 9) return Number.NaN;
    if (i <= 3) ms = ms * 10 + digit;
  }
  return length === 2 ? ms * 100 : length === 3 ? ms * 10 : ms;
}

/** Milliseconds of `+08:00` or `-03:30`, NaN where it is neither. */
function offsetOf(bytes: DataView, start: number): number {
  const byte = bytes.getUint8(start);
  const sign = byte === PLUS ? 1 : byte === DASH ? -1 : Number.NaN;
  const hour = twoDigits(bytes, start + 1);
  const minute = twoDigits(bytes, start + 4);
  if (bytes.getUint8(start + 3) !== COLON || hour >>> 0 > 23 || minute >>> 0 > 59) return Number.NaN;
  return sign * (hour * 3_600_000 + minute * 60_000);
}
