import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** Longest identity that is taken, in bytes of UTF-8: an IMSI has 15, a hashed id of an operator 64. */
export const IDENTITY_BYTES_MAX = 128;

/** Identities remembered by default: 64 MB when they are full. */
const CACHE_ENTRIES_MAX = 2 ** 20;
const CACHE_ENTRIES_MIN = 2 ** 12;
/** A slot number is taken from 24 bits of hash. */
const CACHE_ENTRIES_LIMIT = 2 ** 23;
/** Room for the bytes of the identities, an entry on the average. */
const CACHE_BYTES_PER_ENTRY = 24;

/** Words of an entry: 24 bits of hash and 8 of length; where its bytes begin; the pseudonym, low and high. */
const ENTRY_WORDS = 4;
const TAG = 0;
const START = 1;
const LOW = 2;
const HIGH = 3;

export interface PseudonymiserOptions {
  /** Identities whose pseudonym is remembered, rounded up to a power of two, at most 2^23; when they are full, all are forgotten. */
  readonly cacheEntriesMax?: number;
}

/**
 * Makes the 64-bit pseudonym of an identity: the first 8 bytes, little-endian, of HMAC-SHA-256 (RFC 2104) over its UTF-8 text.
 * A signalling stream names the same people over and over, so pseudonyms are remembered by the bytes of the identity, in one
 * table without a string or an object a row. The table grows with the identities it sees, up to its limit.
 */
export class Pseudonymiser {
  /** Words of the pseudonym made last. */
  hi = 0;
  lo = 0;

  readonly #key: KeyObject;
  readonly #entriesMax: number;
  /** Open addressing: 0 for a free slot, else the entry plus 1. Twice as many slots as entries. */
  #slots = new Int32Array(0);
  #entries = new Int32Array(0);
  #bytes = new DataView(new ArrayBuffer(0));
  #entryCount = 0;
  #byteCount = 0;

  constructor(key: Uint8Array, options: PseudonymiserOptions = {}) {
    this.#key = createSecretKey(key);
    const entriesMax = Math.min(options.cacheEntriesMax ?? CACHE_ENTRIES_MAX, CACHE_ENTRIES_LIMIT);
    this.#entriesMax = 2 ** Math.ceil(Math.log2(entriesMax));
    this.#resize(Math.min(this.#entriesMax, CACHE_ENTRIES_MIN));
  }

  /** Leaves the pseudonym of the bytes from `start` to before `end` in `hi` and `lo`. */
  pseudonymise(bytes: DataView, start: number, end: number): void {
    if (end - start > IDENTITY_BYTES_MAX) {
      this.#compute(bytes, start, end);
      return;
    }
    const tag = tagOf(bytes, start, end);
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (tag >>> 8) & mask;
    for (;;) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) break;
      const at = ENTRY_WORDS * entry;
      if (entries[at + TAG] === tag && this.#isAt(entries[at + START] as number, bytes, start, end)) {
        this.lo = (entries[at + LOW] as number) >>> 0;
        this.hi = (entries[at + HIGH] as number) >>> 0;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#compute(bytes, start, end);
    this.#remember(tag, bytes, start, end);
  }

  /** Leaves the pseudonym of a text in `hi` and `lo`. */
  pseudonymiseText(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.pseudonymise(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }

  #compute(bytes: DataView, start: number, end: number): void {
    const text = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    const digest = createHmac("sha256", this.#key).update(text).digest();
    this.lo = digest.readUInt32LE(0);
    this.hi = digest.readUInt32LE(4);
  }

  /** Whether the identity kept at `from` is this one; their lengths are the same, since their tags are. */
  #isAt(from: number, bytes: DataView, start: number, end: number): boolean {
    const kept = this.#bytes;
    let i = start;
    let k = from;
    for (; i + 4 <= end; i += 4, k += 4) if (bytes.getInt32(i, true) !== kept.getInt32(k, true)) return false;
    for (; i < end; i++, k++) if (bytes.getUint8(i) !== kept.getUint8(k)) return false;
    return true;
  }

  #remember(tag: number, bytes: DataView, start: number, end: number): void {
    const capacity = this.#entries.length / ENTRY_WORDS;
    if (this.#entryCount === capacity || this.#byteCount + end - start > this.#bytes.byteLength) {
      if (capacity < this.#entriesMax) this.#resize(2 * capacity);
      else this.#forgetAll();
    }
    const entry = this.#entryCount++;
    this.#entries.set([tag, this.#byteCount, this.lo, this.hi], ENTRY_WORDS * entry);
    for (let i = start; i < end; i++) this.#bytes.setUint8(this.#byteCount++, bytes.getUint8(i));
    this.#occupy(tag, entry);
  }

  #occupy(tag: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (tag >>> 8) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #resize(entries: number): void {
    const oldEntries = this.#entries;
    const oldBytes = new Uint8Array(this.#bytes.buffer);
    this.#slots = new Int32Array(2 * entries);
    this.#entries = new Int32Array(ENTRY_WORDS * entries);
    this.#entries.set(oldEntries);
    const bytes = new Uint8Array(CACHE_BYTES_PER_ENTRY * entries + IDENTITY_BYTES_MAX);
    bytes.set(oldBytes);
    this.#bytes = new DataView(bytes.buffer);
    for (let entry = 0; entry < this.#entryCount; entry++)
      this.#occupy(this.#entries[ENTRY_WORDS * entry] as number, entry);
  }

  #forgetAll(): void {
    this.#slots.fill(0);
    this.#entryCount = 0;
    this.#byteCount = 0;
  }
}

/** 24 bits of hash, four bytes at a step as in MurmurHash3, over 8 bits of length. */
function tagOf(bytes: DataView, start: number, end: number): number {
  let hash = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) hash = mixed(hash, bytes.getInt32(i, true));
  for (; i < end; i++) hash = mixed(hash, bytes.getUint8(i));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return ((hash ^ (hash >>> 16)) & 0xffff_ff00) | (end - start);
}

function mixed(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e_2d51);
  const rotated = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b87_3593);
  return (Math.imul((rotated << 13) | (rotated >>> 19), 5) + 0xe654_6b64) | 0;
}
