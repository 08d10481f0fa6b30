interface Entry<T> {
  /** Until then it is given again without a look; Infinity while it is under way. */
  untilMs: number;
  weight: number;
  readonly value: Promise<T>;
  /** What it was made from. */
  readonly version: Promise<string>;
}

export interface KeptOptions<T> {
  readonly secondsMax: number;
  /** All that is kept together, by `weightOf`; what was kept the longest goes first. */
  readonly weightMax: number;
  /** The most that one may weigh: it is given to those who wait for it, and not kept. */
  readonly oneWeightMax: number;
  readonly weightOf: (value: T) => number;
}

/** A version that nothing else has: what was made from it is made anew. */
const ALWAYS_ANOTHER = async () => `${Math.random()}`;

/**
 * Answers that are given again for a while; who asks while one is under way waits for that one. After that while, one that would be made from
 * the same version as before is given again all the same. What fails is not kept.
 */
export class Kept<T> {
  private readonly options: KeptOptions<T>;
  private readonly entries = new Map<string, Entry<T>>();
  private weight = 0;

  constructor(options: KeptOptions<T>) {
    this.options = options;
  }

  /** @param versionNow of what the answer is made from; absent where nobody knows it */
  async get(key: string, make: () => Promise<T>, versionNow: () => Promise<string> = ALWAYS_ANOTHER): Promise<T> {
    const known = this.entries.get(key);
    if (known !== undefined && known.untilMs > Date.now()) return known.value;
    const version = versionNow();
    if (known !== undefined && (await known.version) === (await version) && this.entries.get(key) === known) {
      known.untilMs = Date.now() + this.options.secondsMax * 1000;
      return known.value;
    }
    const begun = this.entries.get(key);
    // Somebody else began it while the version was looked at.
    if (begun !== undefined && begun.untilMs === Number.POSITIVE_INFINITY) return begun.value;
    return this.begin(key, make, version);
  }

  private begin(key: string, make: () => Promise<T>, version: Promise<string>): Promise<T> {
    this.drop(key);
    // The version is known before the answer is begun, so that the answer is of it or of a later one.
    const value = version.then(make);
    const entry: Entry<T> = { untilMs: Number.POSITIVE_INFINITY, weight: 0, value, version };
    this.entries.set(key, entry);
    value.then(
      (made) => {
        if (this.entries.get(key) !== entry) return;
        entry.untilMs = Date.now() + this.options.secondsMax * 1000;
        this.weigh(key, entry, this.options.weightOf(made));
      },
      () => this.entries.get(key) === entry && this.drop(key),
    );
    return value;
  }

  private weigh(key: string, entry: Entry<T>, weight: number): void {
    if (weight > this.options.oneWeightMax) {
      this.drop(key);
      return;
    }
    entry.weight = weight;
    this.weight += weight;
    for (const [oldest, { untilMs }] of this.entries) {
      if (this.weight <= this.options.weightMax) return;
      if (untilMs !== Number.POSITIVE_INFINITY) this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.weight -= this.entries.get(key)?.weight ?? 0;
    this.entries.delete(key);
  }
}
