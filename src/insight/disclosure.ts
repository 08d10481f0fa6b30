/**
 * Which numbers about people may be told, and how exactly. docs/decisions/0017-privacy.md says what this guarantees and what not.
 *
 * A number is the count of distinct people n, plus noise that is drawn once for each topic with a secret key, rounded to a multiple of k.
 * Noise: two-sided geometric of scale k/3, cut at -k and k (Ghosh, Roughgarden and Sundararajan, 2009). Below 2k after noise nothing is
 * told, so that fewer than k people are never told of, and nobody can see at which count the telling begins.
 *
 * The topic names what is counted and never when: were the noise drawn anew each hour, an average over hours would remove it.
 */
import { type SipKey, sipHash } from "./siphash.js";

export interface DisclosureOptions {
  /** k: fewer people than this are never told of. A whole number of 2 or more. */
  readonly peopleMin: number;
  /** Secret of the deployment; with the same one the same question has the same answer for ever. */
  readonly key: SipKey;
}

export class Disclosure {
  readonly peopleMin: number;
  /** Most that a number told may differ from the truth, people. */
  readonly within: number;
  /** Of the fingerprints of sets. */
  readonly seed: number;
  private readonly key: SipKey;
  /** Chance of a noise of at most i - k. */
  private readonly cumulated: Float64Array;

  constructor(options: DisclosureOptions) {
    this.peopleMin = options.peopleMin;
    this.within = Math.ceil(1.5 * options.peopleMin);
    this.key = options.key;
    this.seed = sipHash(options.key, "fingerprint")[0];
    this.cumulated = cumulatedNoise(options.peopleMin);
  }

  /**
   * The number to tell, a multiple of k; null where nothing may be told.
   *
   * @param topic what is counted, without time; equal questions must have equal topics
   * @param people distinct people, before any scaling
   */
  number(topic: string, people: number): number | null {
    const k = this.peopleMin;
    if (people < k) return null;
    const noisy = people + this.noise(topic);
    return noisy < 2 * k ? null : k * Math.round(noisy / k);
  }

  private noise(topic: string): number {
    const [low, high] = sipHash(this.key, topic);
    const uniform = (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
    let at = 0;
    while (at < this.cumulated.length - 1 && uniform >= (this.cumulated[at] as number)) at++;
    return at - this.peopleMin;
  }
}

/** Chances of a noise from -k to k. */
export function noiseChances(peopleMin: number): Float64Array {
  const chances = Float64Array.from({ length: 2 * peopleMin + 1 }, (_, i) =>
    Math.exp((-3 * Math.abs(i - peopleMin)) / peopleMin),
  );
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / total);
}

function cumulatedNoise(peopleMin: number): Float64Array {
  let sum = 0;
  return noiseChances(peopleMin).map((chance) => {
    sum += chance;
    return sum;
  });
}

/**
 * Whether a condition changes a count by so few people that it may not count: with and without it, the answer would tell of them. Such a
 * condition is left out, so both questions have one answer (low-effect detection, as in Diffix).
 */
export function isLowEffect(before: number, after: number, peopleMin: number): boolean {
  const change = Math.abs(before - after);
  return change > 0 && change < peopleMin;
}
