/** Which number is told of a set of people, and what tells that two sets are nearly the same. */
import type { Disclosure } from "../insight/disclosure.js";
import { type Bits, countBits } from "./bitset.js";
import type { DenseIds } from "./dense-ids.js";

/** A set as it is told of. */
export interface ToldSet {
  /** Distinct people; never told. */
  readonly people: number;
  /** Null where too few. */
  readonly told: number | null;
  /** Equal sets have equal ones; sets that differ by d people differ in d words at most, and those of strangers in nearly all. */
  readonly fingerprint: Uint32Array;
}

/** Words of a fingerprint: so many that sets which differ by several times k are seldom taken for near. A power of two. */
export function fingerprintWords(peopleMin: number): number {
  return 2 ** Math.ceil(Math.log2(4 * peopleMin));
}

/**
 * What is told of a set. Its noise is by all of its people and not by its words: equal sets have equal numbers, however asked for, in all
 * processes, and of two sets that differ the noise of the one says nothing of that of the other. Noise by some of the people, as the first of
 * them, is that of most sets which overlap, and is gone from sums and differences of them. The fingerprint adds each person's keyed hash to one of its words by exclusive or (a sketch that is linear, as those of Gilbert and
 * others, 2002), so it names nobody to who has not the key.
 */
export function toldOf(bits: Bits, ids: Pick<DenseIds, "hiOf" | "loOf">, disclosure: Disclosure): ToldSet {
  const { peopleMin, seed } = disclosure;
  const fingerprint = new Uint32Array(fingerprintWords(peopleMin));
  const mask = fingerprint.length - 1;
  for (let i = 0; i < bits.length; i++) {
    for (let word = bits[i] as number; word !== 0; word &= word - 1) {
      const id = i * 32 + 31 - Math.clz32(word & -word);
      const hash = mixed(ids.hiOf(id), ids.loOf(id), seed);
      fingerprint[hash & mask] = (fingerprint[hash & mask] as number) ^ hash;
    }
  }
  const people = countBits(bits);
  const told = people === 0 ? null : disclosure.number(`audience:${fingerprint}`, people);
  return { people, told, fingerprint };
}

/** The finalizer of MurmurHash3 (Appleby, 2011) over both halves. */
function mixed(hi: number, lo: number, seed: number): number {
  let hash = Math.imul(lo ^ seed, 0x9e37_79b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ hi, 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
