/** How many questions are at work at once: as many as are answered in time. */
export interface AdmissionOptions {
  /** So many are let in whatever they take, as a page asks them when it opens, unless others were turned away just now. */
  readonly leastMax: number;
  /** More are never let in. */
  readonly mostMax: number;
  /** Within which 99 of 100 are to be answered, ms. */
  readonly answerMsMax: number;
}

/** A look at the times of the answers, and a new limit, so often. */
const LOOK_MS = 500;
/** Part of the answers that were slower than the time by which the limit is set; those that needed no work are not among them. */
const SLOW_SHARE = 0.03;
/** Parts of the time promised: at which fewer are let in, since what is let in then is slower; and up to which more are. */
const LATE = 0.65;
const SOON = 0.45;
/** What is left of the limit where answers are late. */
const FEWER = 0.75;
/** The least that it falls to where many ask and are turned away. */
const LEAST = 2;

/**
 * Lets in as many questions as are answered in time, and turns away the others at once. How many those are nobody can say beforehand: it
 * hangs on what is asked, and on how much of the machine the engine leaves. So the limit grows by one while answers are quick and it was
 * reached, and falls by a part when they are slow; and while one of those that were let in waits already for too long, nobody is added. Beneath
 * a few it falls only while others are turned away: on a machine that has nothing else to do a slow question turns nobody away.
 */
export class Admission {
  private readonly options: AdmissionOptions;
  private limit: number;
  /** When those at work came, the first of them first. */
  private readonly came = new Set<{ readonly ms: number }>();
  private times: number[] = [];
  private lookedMs = performance.now();
  private hasTurnedAway = false;

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.limit = (options.leastMax + options.mostMax) / 2;
  }

  /** How many would be let in now. */
  get most(): number {
    return Math.floor(this.limit);
  }

  /** What ends the work; null where there is no room. */
  enter(): (() => void) | null {
    const nowMs = performance.now();
    if (!this.hasRoom(nowMs)) {
      this.hasTurnedAway = true;
      return null;
    }
    const own = { ms: nowMs };
    this.came.add(own);
    return () => {
      if (!this.came.delete(own)) return;
      const endMs = performance.now();
      this.times.push(endMs - own.ms);
      if (endMs >= this.lookedMs + LOOK_MS) this.look(endMs);
    };
  }

  private hasRoom(nowMs: number): boolean {
    if (this.came.size >= this.most) return false;
    if (this.came.size < this.options.leastMax) return true;
    const [first] = this.came;
    return first === undefined || nowMs - first.ms <= this.options.answerMsMax * LATE;
  }

  private look(nowMs: number): void {
    const { leastMax, mostMax, answerMsMax } = this.options;
    const slowest = this.times.sort((a, b) => b - a)[Math.floor(this.times.length * SLOW_SHARE)] ?? 0;
    if (slowest > answerMsMax * LATE) this.limit = Math.max(LEAST, this.limit * FEWER);
    else if (slowest < answerMsMax * SOON && this.hasTurnedAway) this.limit = Math.min(mostMax, this.limit + 1);
    if (!this.hasTurnedAway) this.limit = Math.max(this.limit, leastMax);
    this.times = [];
    this.hasTurnedAway = false;
    this.lookedMs = nowMs;
  }
}
