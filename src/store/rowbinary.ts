/**
 * ClickHouse's RowBinary, written into one growing buffer: little-endian numbers, strings as a varint length and UTF-8. A 64-bit
 * number is two words, so no row costs a BigInt.
 */
export interface RowBuffer {
  bytes: Buffer;
  length: number;
  /** The long text written last and where it is, with its length: rows beside each other often share one. */
  text: string;
  textStart: number;
  textEnd: number;
}

/** Room for the numbers of any row; strings ask for their own. */
const ROW_BYTES = 128;
/** Room for the numbers of an item of an array. */
const ITEM_BYTES = 64;
const BYTES_START = 64 * 1024;
/** Up to this length characters are copied one by one, which for short ASCII is faster than a call into the runtime. */
const SHORT_STRING = 40;

export function createRowBuffer(): RowBuffer {
  return { bytes: Buffer.allocUnsafe(BYTES_START), length: 0, text: "", textStart: 0, textEnd: 0 };
}

/** Begins again from nothing. */
export function clear(buffer: RowBuffer): void {
  buffer.length = 0;
  forgetText(buffer);
}

/** What was written is no longer where it was. */
export function forgetText(buffer: RowBuffer): void {
  buffer.text = "";
}

export function written(buffer: RowBuffer): Uint8Array {
  return buffer.bytes.subarray(0, buffer.length);
}

/** Makes room for a row's numbers; called once a row. */
export function beginRow(buffer: RowBuffer): void {
  if (buffer.length + ROW_BYTES > buffer.bytes.length) grow(buffer, ROW_BYTES);
}

function grow(buffer: RowBuffer, more: number): void {
  const next = Buffer.allocUnsafe(Math.max(buffer.bytes.length * 2, buffer.length + more + ROW_BYTES));
  buffer.bytes.copy(next, 0, 0, buffer.length);
  buffer.bytes = next;
}

export function putUInt8(buffer: RowBuffer, value: number): void {
  buffer.bytes[buffer.length++] = value;
}

export function putUInt16(buffer: RowBuffer, value: number): void {
  const { bytes, length } = buffer;
  bytes[length] = value;
  bytes[length + 1] = value >>> 8;
  buffer.length = length + 2;
}

export function putUInt32(buffer: RowBuffer, value: number): void {
  const { bytes, length } = buffer;
  bytes[length] = value;
  bytes[length + 1] = value >>> 8;
  bytes[length + 2] = value >>> 16;
  bytes[length + 3] = value >>> 24;
  buffer.length = length + 4;
}

export function putUInt64(buffer: RowBuffer, hi: number, lo: number): void {
  putUInt32(buffer, lo);
  putUInt32(buffer, hi);
}

/** A DateTime: whole seconds of an instant in epoch ms, held within the type's range. */
export function putDateTime(buffer: RowBuffer, epochMs: number): void {
  putUInt32(buffer, Math.min(Math.max(Math.floor(epochMs / 1000), 0), 0xffffffff));
}

/** An instant in epoch ms as UInt64, for versions. */
export function putEpochMs(buffer: RowBuffer, epochMs: number): void {
  const whole = Math.max(0, Math.floor(epochMs));
  putUInt64(buffer, Math.floor(whole / 4294967296), whole % 4294967296);
}

export function putFloat32(buffer: RowBuffer, value: number): void {
  buffer.length = buffer.bytes.writeFloatLE(value, buffer.length);
}

export function putFloat64(buffer: RowBuffer, value: number): void {
  buffer.length = buffer.bytes.writeDoubleLE(value, buffer.length);
}

export function putString(buffer: RowBuffer, text: string): void {
  const room = text.length * 3 + 5 + ROW_BYTES;
  if (buffer.length + room > buffer.bytes.length) grow(buffer, room);
  if (text.length <= SHORT_STRING && putAscii(buffer, text)) return;
  if (text === buffer.text) {
    buffer.bytes.copyWithin(buffer.length, buffer.textStart, buffer.textEnd);
    buffer.length += buffer.textEnd - buffer.textStart;
    return;
  }
  const start = buffer.length;
  putVarint(buffer, Buffer.byteLength(text));
  buffer.length += buffer.bytes.write(text, buffer.length);
  buffer.text = text;
  buffer.textStart = start;
  buffer.textEnd = buffer.length;
}

function putAscii(buffer: RowBuffer, text: string): boolean {
  const { bytes, length } = buffer;
  bytes[length] = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    bytes[length + 1 + i] = code;
  }
  buffer.length = length + 1 + text.length;
  return true;
}

/** The number of items of an array, which follow it. Makes room for so many numbers. */
export function putLength(buffer: RowBuffer, items: number): void {
  const room = items * ITEM_BYTES + ROW_BYTES;
  if (buffer.length + room > buffer.bytes.length) grow(buffer, room);
  putVarint(buffer, items);
}

function putVarint(buffer: RowBuffer, value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    buffer.bytes[buffer.length++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer.bytes[buffer.length++] = rest;
}
