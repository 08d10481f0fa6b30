import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** Longest identity that is taken, in bytes of UTF-8: an IMSI has 15, a hashed id of an operator 64. */
export const IDENTITY_BYTES_MAX = 128;

/** Identities remembered by default: about 50 MB. */
const CACHE_ENTRIES_MAX = 2 ** 20;
/** Room for the identities themselves, an entry at the mean. */
const CACHE_KEY_BYTES = 24;

export interface PseudonymiserOptions {
  /** Identities whose pseudonym is remembered, rounded up to a power of two; when they are full, all are forgotten. */
  readonly cacheEntriesMax?: number;
}

/**
 * Makes the 64-bit pseudonym of an identity: the first 8 bytes, little-endian, of HMAC-SHA-256 (RFC 2104) over its UTF-8 text.
 * A signalling stream names the same people over and over, so pseudonyms are remembered by the bytes of the identity, in one
 * table without a string or an object a row.
 */
export class Pseudonymiser {
  /** Words of the pseudonym made last. */
  hi = 0;
  lo = 0;

  readonly #key: KeyObject;
  readonly #entriesMax: number;
  /** Open addressing: 0 for a free slot, else the entry plus 1. */
  readonly #slots: Uint32Array;
  /** Four words an entry: hash, start of its bytes in `#bytes`, pseudonym low, pseudonym high. */
  readonly #entries: Uint32Array;
  readonly #bytes: Uint8Array;
  #entryCount = 0;
  #byteCount = 0;

  constructor(key: Uint8Array, options: PseudonymiserOptions = {}) {
    this.#key = createSecretKey(key);
    this.#entriesMax = 2 ** Math.ceil(Math.log2(options.cacheEntriesMax ?? CACHE_ENTRIES_MAX));
    this.#slots = new Uint32Array(2 * this.#entriesMax);
    this.#entries = new Uint32Array(4 * this.#entriesMax);
    this.#bytes = new Uint8Array(CACHE_KEY_BYTES * this.#entriesMax + IDENTITY_BYTES_MAX);
  }

  /** Leaves the pseudonym of `bytes[start..end)` in `hi` and `lo`. */
  pseudonymise(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > IDENTITY_BYTES_MAX) {
      this.#compute(bytes, start, end);
      return;
    }
    const hash = hashOf(bytes, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0) break;
      if (this.#entries[4 * entry] === hash && this.#isKey(entry, bytes, start, end)) {
        this.lo = this.#entries[4 * entry + 2] as number;
        this.hi = this.#entries[4 * entry + 3] as number;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#compute(bytes, start, end);
    this.#remember(hash, bytes, start, end);
  }

  /** Leaves the pseudonym of a text in `hi` and `lo`. */
  pseudonymiseText(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.pseudonymise(bytes, 0, bytes.length);
  }

  #compute(bytes: Uint8Array, start: number, end: number): void {
    const digest = createHmac("sha256", this.#key).update(bytes.subarray(start, end)).digest();
    this.lo = digest.readUInt32LE(0);
    this.hi = digest.readUInt32LE(4);
  }

  /** The bytes of an entry reach to where those of the next begin. */
  #isKey(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#entries[4 * entry + 1] as number;
    const to = entry + 1 === this.#entryCount ? this.#byteCount : (this.#entries[4 * entry + 5] as number);
    if (to - from !== end - start) return false;
    for (let i = start, k = from; i < end; i++, k++) if (bytes[i] !== this.#bytes[k]) return false;
    return true;
  }

  #remember(hash: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#entryCount === this.#entriesMax || this.#byteCount + end - start > this.#bytes.length) this.#forgetAll();
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    const entry = this.#entryCount++;
    this.#slots[slot] = entry + 1;
    this.#entries[4 * entry] = hash;
    this.#entries[4 * entry + 1] = this.#byteCount;
    this.#entries[4 * entry + 2] = this.lo;
    this.#entries[4 * entry + 3] = this.hi;
    for (let i = start; i < end; i++) this.#bytes[this.#byteCount++] = bytes[i] as number;
  }

  #forgetAll(): void {
    this.#slots.fill(0);
    this.#entryCount = 0;
    this.#byteCount = 0;
  }
}

/** FNV-1a with a last mixing, since the low bits choose the slot and identities differ in their last digits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c_9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
