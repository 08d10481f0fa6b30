interface Entry<T> {
  /** Until then it is given again; Infinity while it is under way. */
  untilMs: number;
  readonly value: Promise<T>;
}

export interface KeptOptions<T> {
  readonly secondsMax: number;
  readonly entriesMax: number;
  /** What is too large is given to those who wait for it, and not kept. */
  readonly isKept: (value: T) => boolean;
}

/** Answers that are given again for a while; who asks while one is under way waits for that one. What fails is not kept. */
export class Kept<T> {
  private readonly options: KeptOptions<T>;
  private readonly entries = new Map<string, Entry<T>>();

  constructor(options: KeptOptions<T>) {
    this.options = options;
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.entries.get(key);
    if (known !== undefined && known.untilMs > Date.now()) return known.value;
    const entry: Entry<T> = { untilMs: Number.POSITIVE_INFINITY, value: make() };
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size > this.options.entriesMax) this.entries.delete(this.entries.keys().next().value as string);
    const forget = () => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    };
    entry.value.then((value) => {
      entry.untilMs = Date.now() + this.options.secondsMax * 1000;
      if (!this.options.isKept(value)) forget();
    }, forget);
    return entry.value;
  }
}
