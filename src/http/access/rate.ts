/** How often somebody may ask. */
export interface RateOptions {
  readonly perSecondMax: number;
  /** Questions that somebody who was silent may ask at once. */
  readonly burstMax: number;
}

const PRINCIPALS_MAX = 10_000;

/** A token bucket for each principal. */
export class RateLimiter {
  private readonly options: RateOptions;
  private readonly buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(options: RateOptions) {
    this.options = options;
  }

  /** Takes a token: 0, or the seconds after which there is one. */
  take(id: string, nowMs: number): number {
    const { perSecondMax, burstMax } = this.options;
    const known = this.buckets.get(id) ?? { tokens: burstMax, atMs: nowMs };
    const tokens = Math.min(burstMax, known.tokens + (Math.max(0, nowMs - known.atMs) / 1000) * perSecondMax);
    this.buckets.delete(id);
    // Who has not asked for longest has a full bucket, which is the same as none.
    if (this.buckets.size >= PRINCIPALS_MAX) this.buckets.delete(this.buckets.keys().next().value as string);
    this.buckets.set(id, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perSecondMax);
  }
}

/** So many at once; the others are turned away. */
export class Places {
  private free: number;

  constructor(most: number) {
    this.free = most;
  }

  /** What gives the place back; null where there is none. */
  enter(): (() => void) | null {
    if (this.free === 0) return null;
    this.free--;
    let isOver = false;
    return () => {
      if (!isOver) this.free++;
      isOver = true;
    };
  }
}
