/** Chances of uncertain things: how long something lasted, how often it happened. */

/** Beyond it the tail is less than the error of the approximation. */
const CERTAIN = 5.4;

/** Standard normal distribution function; the error is below 1e-7 (Abramowitz and Stegun 26.2.17). */
export function normal(z: number): number {
  if (z > CERTAIN) return 1;
  if (z < -CERTAIN) return 0;
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = 0.3989422804014327 * Math.exp((-z * z) / 2);
  const tail =
    density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}

/**
 * Standard deviation of a length of time whose beginning and end are known with these, `least` beside them. Math.hypot makes an array of what it
 * is given, each time.
 */
export function lengthError(arrival: number, departure: number, least: number): number {
  return Math.sqrt(arrival * arrival + departure * departure + least * least);
}

/**
 * Counts of independent uncertain things (Poisson-binomial distribution) up to a cap: `part[k]` is the chance of exactly k, and
 * `part[cap]` of cap or more.
 */
export class Counts {
  private part = new Float64Array(64);
  private mixed = new Float64Array(64);
  private cap = 0;

  /** Begins with nothing that has happened. */
  begin(cap: number): void {
    if (cap + 1 > this.part.length) {
      this.part = new Float64Array(2 * cap + 2);
      this.mixed = new Float64Array(2 * cap + 2);
    }
    this.cap = cap;
    this.part.fill(0, 0, cap + 1);
    this.part[0] = 1;
  }

  /** One more thing that happened with probability p. */
  add(p: number): void {
    const { part, cap } = this;
    if (cap === 0) return;
    part[cap] = (part[cap] as number) + p * (part[cap - 1] as number);
    for (let k = cap - 1; k > 0; k--) part[k] = (1 - p) * (part[k] as number) + p * (part[k - 1] as number);
    part[0] = (1 - p) * (part[0] as number);
  }

  /**
   * Things that all hang on one condition of probability q, as visits hang on what the place is: with 1 - q none of them happened.
   * `chances[from..to)` are their probabilities when it holds.
   */
  addTogether(q: number, chances: ArrayLike<number>, from: number, to: number): void {
    const { part, mixed, cap } = this;
    for (let k = 0; k <= cap; k++) mixed[k] = (1 - q) * (part[k] as number);
    for (let i = from; i < to; i++) this.add(chances[i] as number);
    for (let k = 0; k <= cap; k++) part[k] = (mixed[k] as number) + q * (part[k] as number);
  }

  /** The chance of the cap or more. */
  get atLeastCap(): number {
    return Math.min(1, this.part[this.cap] as number);
  }
}

/** Chance that at least `least` of independent things happened. */
export function chanceOfAtLeast(counts: Counts, chances: ArrayLike<number>, length: number, least: number): number {
  if (least <= 0) return 1;
  if (least > length) return 0;
  counts.begin(least);
  for (let i = 0; i < length; i++) counts.add(chances[i] as number);
  return counts.atLeastCap;
}

/** No less than the chance of `least` things or more of which `expected` happen at the mean (Markov's inequality). */
export function mostOf(expected: number, least: number): number {
  return least <= 0 ? 1 : Math.min(1, (expected * (1 + 1e-9)) / least);
}
