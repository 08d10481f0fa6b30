interface Entry<T> {
  /** Until then it is given again without a look; Infinity while it is under way. */
  untilMs: number;
  weight: number;
  readonly value: Promise<T>;
  /** What it was made from. */
  readonly version: Promise<string>;
  /** What comes after it, while that is under way. */
  next: Promise<T> | null;
}

export interface KeptOptions<T> {
  readonly secondsMax: number;
  /** After that, seconds for which it is still given while another is made. */
  readonly meanwhileSecondsMax: number;
  /** All that is kept together, by `weightOf`; what was kept the longest goes first. */
  readonly weightMax: number;
  /** The most that one may weigh: it is given to those who wait for it, and not kept. */
  readonly oneWeightMax: number;
  readonly weightOf: (value: T) => number;
}

/** A version that nothing else has: what was made from it is made anew. */
const ALWAYS_ANOTHER = async () => `${Math.random()}`;

/**
 * Answers that are given again for a while; who asks while the first one is under way waits for it. After that while, one that would be made
 * from the same version as before is given again all the same, and one that would not is made anew: beside it the former one is given for
 * another while, so that nobody waits for what many ask for. What fails is not kept.
 */
export class Kept<T> {
  private readonly options: KeptOptions<T>;
  private readonly entries = new Map<string, Entry<T>>();
  private weight = 0;

  constructor(options: KeptOptions<T>) {
    this.options = options;
  }

  /**
   * @param make told whether somebody waits for what it makes, or the former one is given meanwhile
   * @param versionNow of what the answer is made from; absent where nobody knows it
   */
  async get(
    key: string,
    make: (isAwaited: boolean) => Promise<T>,
    versionNow: () => Promise<string> = ALWAYS_ANOTHER,
  ): Promise<T> {
    const known = this.entries.get(key);
    if (known === undefined) return this.begin(key, () => make(true), versionNow());
    const nowMs = Date.now();
    if (known.untilMs > nowMs) return known.value;
    const isAwaited = nowMs >= known.untilMs + this.options.meanwhileSecondsMax * 1000;
    known.next ??= this.renew(key, known, () => make(isAwaited), versionNow);
    if (isAwaited) return known.next;
    // Who gets the former one is not told that the next has failed; who asks next is.
    known.next.catch(() => undefined);
    return known.value;
  }

  private async renew(
    key: string,
    known: Entry<T>,
    make: () => Promise<T>,
    versionNow: () => Promise<string>,
  ): Promise<T> {
    const version = versionNow();
    try {
      if ((await known.version) !== (await version)) {
        const made = await make();
        this.keep(key, { ...known, next: null, value: Promise.resolve(made), version }, made);
        return made;
      }
      known.untilMs = this.untilMs();
      known.next = null;
      return known.value;
    } catch (error) {
      if (this.entries.get(key) === known) this.drop(key);
      throw error;
    }
  }

  private begin(key: string, make: () => Promise<T>, version: Promise<string>): Promise<T> {
    // The version is known before the answer is begun, so that the answer is of it or of a later one.
    const value = version.then(make);
    const entry: Entry<T> = { untilMs: Number.POSITIVE_INFINITY, weight: 0, value, version, next: null };
    this.entries.set(key, entry);
    value.then(
      (made) => this.entries.get(key) === entry && this.keep(key, entry, made),
      () => this.entries.get(key) === entry && this.drop(key),
    );
    return value;
  }

  private untilMs(): number {
    return Date.now() + this.options.secondsMax * 1000;
  }

  private keep(key: string, entry: Entry<T>, made: T): void {
    this.drop(key);
    const weight = this.options.weightOf(made);
    if (weight > this.options.oneWeightMax) return;
    this.entries.set(key, Object.assign(entry, { weight, untilMs: this.untilMs() }));
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
