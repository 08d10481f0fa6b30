/**
 * What the encodings of a Parquet page say of their own lengths, read without making a value: runs (levels, dictionary indices, booleans)
 * and deltas. A run of two billion values takes six bytes, so the lengths are looked at before a library fills memory with them.
 */

/** A place in the bytes of a page; reading past their end throws. */
export class PageReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    if (!(at >= 0 && at <= end && end <= bytes.length)) throw new Error("a section lies outside of its page");
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Error("a page breaks off");
    return this.bytes[this.at++] as number;
  }

  skip(bytes: number): void {
    if (!(bytes >= 0 && this.at + bytes <= this.end)) throw new Error("a page breaks off");
    this.at += bytes;
  }

  uint32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  /** An unsigned number of at most 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 ** 32;
    }
    throw new Error("a number of a page has no end");
  }

  zigzag(): number {
    const value = this.varint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Past a number of at most 64 bits. */
  skipLong(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return;
    throw new Error("a number of a page has no end");
  }
}

/** Values that the last run may hold beyond what is wanted: writers fill up groups of eight, and some a whole run of 63 groups. */
const OVERHANG_MAX = 504;
const WIDTH_MAX = 32;

/**
 * Goes over the runs of `count` values of so many bits; gives back how many of them are 1 where a value is one bit.
 *
 * @throws Error when a run is longer than what there is to fill
 */
export function checkRuns(reader: PageReader, width: number, count: number): number {
  if (width > WIDTH_MAX) throw new Error(`values of ${width} bits`);
  let ones = 0;
  for (let seen = 0; seen < count; ) {
    const head = reader.varint();
    const isPacked = head % 2 === 1;
    const run = isPacked ? (head >>> 1) * 8 : head >>> 1;
    if (run > count - seen + OVERHANG_MAX) throw new Error(`a run of ${run} values where ${count - seen} are left`);
    const used = Math.min(run, count - seen);
    if (isPacked) ones += onesOf(reader, (run / 8) * width, width === 1 ? used : 0);
    else if (runValue(reader, width) === 1 && width === 1) ones += used;
    seen += run;
  }
  return ones;
}

/** Past so many bytes, of which the first `bits` bits are counted; the last group of a page may be cut short. */
function onesOf(reader: PageReader, length: number, bits: number): number {
  const { bytes, at, end } = reader;
  let ones = 0;
  for (let bit = 0; bit < bits && at + (bit >> 3) < end; bit++)
    ones += ((bytes[at + (bit >> 3)] as number) >> (bit & 7)) & 1;
  reader.skip(Math.min(length, end - at));
  return ones;
}

function runValue(reader: PageReader, width: number): number {
  let value = 0;
  for (let byte = 0; byte * 8 < width; byte++) value += reader.byte() * 2 ** (8 * byte);
  return value;
}

const BLOCK_VALUES_MAX = 2 ** 20;

/** Goes over `count` values of a delta encoding without making them. @throws Error when their blocks cannot be gone through */
export function checkDeltas(reader: PageReader, count: number): void {
  const { miniblocks, values } = deltaHead(reader);
  reader.skipLong();
  for (let seen = 1; seen < count; ) {
    reader.skipLong();
    const widths = miniblockWidths(reader, miniblocks);
    for (let i = 0; i < miniblocks && seen < count; i++) {
      reader.skip((values * (widths[i] as number)) / 8);
      seen += values;
    }
  }
}

/** The values of a delta encoding of 32 bits, which are lengths. @throws Error when one is below 0 or all come to more than `sumMax` */
export function deltaLengths(reader: PageReader, count: number, sumMax: number): Int32Array {
  const { miniblocks, values } = deltaHead(reader);
  const lengths = new Int32Array(count);
  let value = reader.zigzag();
  let sum = 0;
  const take = (at: number) => {
    sum += value;
    if (value < 0 || sum > sumMax) throw new Error(`texts of ${value < 0 ? value : sum} bytes`);
    lengths[at] = value;
  };
  if (count > 0) take(0);
  for (let seen = 1; seen < count; ) {
    const least = reader.zigzag();
    const widths = miniblockWidths(reader, miniblocks);
    for (let i = 0; i < miniblocks && seen < count; i++) {
      const width = widths[i] as number;
      const from = reader.at;
      reader.skip((values * width) / 8);
      for (let j = 0; j < values && seen < count; j++) {
        value = (value + least + bitsAt(reader.bytes, from * 8 + j * width, width)) | 0;
        take(seen++);
      }
    }
  }
  return lengths;
}

function deltaHead(reader: PageReader): { miniblocks: number; values: number } {
  const block = reader.varint();
  const miniblocks = reader.varint();
  reader.varint();
  const values = block / miniblocks;
  if (!(block > 0 && block <= BLOCK_VALUES_MAX && Number.isInteger(values) && values % 8 === 0))
    throw new Error(`blocks of ${block} deltas in ${miniblocks} parts`);
  return { miniblocks, values };
}

function miniblockWidths(reader: PageReader, miniblocks: number): Uint8Array {
  const from = reader.at;
  reader.skip(miniblocks);
  const widths = reader.bytes.subarray(from, reader.at);
  if (widths.some((width) => width > 64)) throw new Error("deltas of more than 64 bits");
  return widths;
}

/** The lowest 32 of so many bits. */
function bitsAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let bit = 0; bit < Math.min(width, 32); bit++)
    value |= (((bytes[(at + bit) >> 3] as number) >> ((at + bit) & 7)) & 1) << bit;
  return value;
}
