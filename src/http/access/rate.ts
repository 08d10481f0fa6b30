/** How often somebody may ask, and how many questions are at work at once. */
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

/** Part that the newest question has in what is usual. */
const USUAL_SHARE = 0.1;

/** How many questions of a kind are at work at once, how many wait, and how long. */
export interface GateOptions {
  readonly atWorkMax: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
  /** Where questions usually take longer at work than this, fewer of them are at work, and at twice the time a quarter. Not given: as many. */
  readonly workMsMax?: number;
}

/**
 * Lets some questions work at once and some wait for a short while; the others are turned away. The bound in time holds whatever the
 * questions cost: what is answered late is asked again, and then costs twice.
 */
export class Gate {
  private readonly options: GateOptions;
  private atWork = 0;
  /** What a question takes, of those lately at work, ms. */
  private usualMs = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(options: GateOptions) {
    this.options = options;
  }

  /**
   * Resolves to what ends the work when there is room; to null at once when too many wait, or so many that its turn would come too late by
   * what questions take lately, and when it has waited too long all the same.
   */
  async enter(): Promise<(() => void) | null> {
    if (this.atWork >= this.places()) {
      if (this.isHopeless() || !(await this.turn())) return null;
    } else this.atWork++;
    const startMs = performance.now();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.usualMs += (performance.now() - startMs - this.usualMs) * USUAL_SHARE;
      const next = this.waiting.shift();
      if (next === undefined) this.atWork--;
      else next();
    };
  }

  /** What is shared (a reading of many people, an insert of many rows) takes no longer for one more, until the store has no more to give. */
  private places(): number {
    const { atWorkMax, workMsMax = Number.POSITIVE_INFINITY } = this.options;
    if (this.usualMs <= workMsMax) return atWorkMax;
    return Math.max(1, Math.floor(atWorkMax * (workMsMax / this.usualMs) ** 2));
  }

  private isHopeless(): boolean {
    const { atWorkMax, waitingMax, waitMsMax } = this.options;
    const ahead = this.waiting.length;
    return ahead >= waitingMax || (ahead * this.usualMs) / atWorkMax > waitMsMax;
  }

  /** Whether its turn came in time. */
  private turn(): Promise<boolean> {
    return new Promise((resolve) => {
      const admit = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(admit), 1);
        resolve(false);
      }, this.options.waitMsMax);
      this.waiting.push(admit);
    });
  }
}
