/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed pseudo-random function of short texts. Who does not know the key can tell its values
 * from random ones no better than by guessing the key. 64-bit words are pairs of 32-bit halves, low half first.
 */

/** Four unsigned 32-bit words, little-endian: the 128 bits of the key. */
export type SipKey = readonly [number, number, number, number];

/** The key of 16 bytes. */
export function sipKey(bytes: Uint8Array): SipKey {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
}

const ENCODER = new TextEncoder();

/** The 64-bit value of a text in two unsigned halves, [low, high]. */
export function sipHash(key: SipKey, text: string): [number, number] {
  const bytes = ENCODER.encode(text);
  // v0 to v3, low and high halves.
  const v = new Int32Array(8);
  v[0] = key[0] ^ 0x70736575;
  v[1] = key[1] ^ 0x736f6d65;
  v[2] = key[2] ^ 0x6e646f6d;
  v[3] = key[3] ^ 0x646f7261;
  v[4] = key[0] ^ 0x6e657261;
  v[5] = key[1] ^ 0x6c796765;
  v[6] = key[2] ^ 0x79746573;
  v[7] = key[3] ^ 0x74656462;
  const whole = bytes.length - (bytes.length % 8);
  const word = (at: number) =>
    byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
  for (let at = 0; at < whole; at += 8) compress(v, word(at), word(at + 4));
  // The last word holds what is left, and the length in its highest byte.
  compress(v, word(whole), (word(whole + 4) & 0xffffff) | ((bytes.length & 0xff) << 24));
  v[4] = (v[4] as number) ^ 0xff;
  for (let round = 0; round < 4; round++) sipRound(v);
  const at = (i: number) => v[i] as number;
  return [(at(0) ^ at(2) ^ at(4) ^ at(6)) >>> 0, (at(1) ^ at(3) ^ at(5) ^ at(7)) >>> 0];
}

function byte(bytes: Uint8Array, at: number): number {
  return at < bytes.length ? (bytes[at] as number) : 0;
}

function compress(v: Int32Array, low: number, high: number): void {
  v[6] = (v[6] as number) ^ low;
  v[7] = (v[7] as number) ^ high;
  sipRound(v);
  sipRound(v);
  v[0] = (v[0] as number) ^ low;
  v[1] = (v[1] as number) ^ high;
}

function sipRound(v: Int32Array): void {
  addRotateXor(v, 0, 2, 13);
  swapHalves(v, 0);
  addRotateXor(v, 4, 6, 16);
  addRotateXor(v, 0, 6, 21);
  addRotateXor(v, 4, 2, 17);
  swapHalves(v, 4);
}

/** a += b; b = (b rotated left by `bits`) ^ a. Words by the place of their low half; bits below 32. */
function addRotateXor(v: Int32Array, a: number, b: number, bits: number): void {
  const bLow = v[b] as number;
  const bHigh = v[b + 1] as number;
  const low = ((v[a] as number) >>> 0) + (bLow >>> 0);
  const high = (v[a + 1] as number) + bHigh + (low > 0xffffffff ? 1 : 0);
  v[a] = low;
  v[a + 1] = high;
  v[b] = ((bLow << bits) | (bHigh >>> (32 - bits))) ^ (v[a] as number);
  v[b + 1] = ((bHigh << bits) | (bLow >>> (32 - bits))) ^ (v[a + 1] as number);
}

/** A rotation by 32. */
function swapHalves(v: Int32Array, a: number): void {
  const low = v[a] as number;
  v[a] = v[a + 1] as number;
  v[a + 1] = low;
}
