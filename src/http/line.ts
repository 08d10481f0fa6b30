/**
 * So many at work at once, the others in the order in which they came. ClickHouse answers no faster for being asked more at once, and what it has at
 * work takes the cores from the engine.
 */
export class Line {
  private readonly atWorkMax: number;
  private atWork = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(atWorkMax: number) {
    this.atWorkMax = atWorkMax;
  }

  /** Whether others are at work beside the one that asks. */
  get isBusy(): boolean {
    return this.atWork > 1;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.atWork < this.atWorkMax) this.atWork++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.atWork--;
      else next();
    }
  }
}
