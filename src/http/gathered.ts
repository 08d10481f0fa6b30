export interface GatheredOptions<T> {
  /** What is known of each of these; nothing of those of whom nothing is. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;
  /** Between the beginnings of two readings, ms. */
  readonly apartMs: number;
  /** Keys of one reading. */
  readonly keysMax: number;
}

/**
 * Reads together what is asked for at the same time, one reading after the other. A question to the store costs nearly the same for one person as
 * for twenty, so under load the readings grow, and not their number: two at once would each take twice as long, and take it from the engine.
 */
export class Gathered<T> {
  private readonly options: GatheredOptions<T>;
  private readonly waiting: ((taken: Promise<ReadonlyMap<string, T>>) => void)[] = [];
  private keys: string[] = [];
  private begunMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;
  private isReading = false;

  constructor(options: GatheredOptions<T>) {
    this.options = options;
  }

  /** @returns null where nothing is known. Errors are those of the reading */
  async get(key: string): Promise<T | null> {
    const reading = await new Promise<{ of: Promise<ReadonlyMap<string, T>> }>((resolve) => {
      this.waiting.push((of) => resolve({ of }));
      this.keys.push(key);
      this.schedule();
    });
    return (await reading.of).get(key) ?? null;
  }

  private schedule(): void {
    if (this.timer !== null || this.isReading || this.keys.length === 0) return;
    const waitMs = Math.max(0, this.begunMs + this.options.apartMs - performance.now());
    this.timer = setTimeout(() => this.begin(), waitMs);
  }

  private begin(): void {
    this.timer = null;
    this.begunMs = performance.now();
    const keys = [...new Set(this.keys.splice(0, this.options.keysMax))];
    const taken = this.options.read(keys);
    this.isReading = true;
    const goOn = () => {
      this.isReading = false;
      this.schedule();
    };
    // Each of those who wait is told of a failure; nobody may wait any more.
    taken.then(goOn, goOn);
    for (const take of this.waiting.splice(0, this.options.keysMax)) take(taken);
  }
}
