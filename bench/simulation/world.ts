/**
 * The world of a simulation: one virtual time, one stream of random numbers, and processes that reach each other only by calls that take
 * time and may go wrong. Nothing here waits in real time or draws chance elsewhere, so a seed gives the same run on every machine.
 */
import { createHash } from "node:crypto";
import { type SchedulerAction, type SchedulerLike, type Subscription, VirtualTimeScheduler } from "rxjs";
import { Random } from "../../src/simulate/random.js";

/** Whoever does not answer by then has not answered. */
const TIMEOUT_MS = 1500;

/** What goes wrong, each as a probability of one call; drawn anew for every seed, so that some see none of it and some much. */
export interface Faults {
  readonly kill: number;
  readonly pause: number;
  /** The call does not arrive. */
  readonly lostCall: number;
  /** It arrives, and its answer does not. */
  readonly lostAnswer: number;
  readonly slow: number;
  /** Of a message of the stream. */
  readonly redelivered: number;
  readonly reordered: number;
  /** Of a write of diaries, and of a reading back. */
  readonly diskFull: number;
  readonly diskBroken: number;
}

export class World {
  readonly random: Random;
  readonly faults: Faults;
  readonly counts: Record<string, number> = {};
  /** Lines of what happened, when asked for. */
  readonly log: string[] | null;
  /** Until then things go wrong. */
  readonly calmFromMs: number;
  readonly #time = new VirtualTimeScheduler();
  readonly #trace = createHash("sha256");
  /** From then to then nobody answers, by the name of the service. */
  readonly #outages = new Map<string, readonly [number, number]>();

  constructor(seed: number, calmFromMs: number, isLogged: boolean) {
    this.random = new Random(seed, "simulation");
    this.log = isLogged ? [] : null;
    this.calmFromMs = calmFromMs;
    const often = (most: number) => (this.random.chance(0.5) ? this.random.next() * most : 0);
    this.faults = {
      kill: often(0.02),
      pause: often(0.015),
      lostCall: often(0.1),
      lostAnswer: often(0.1),
      slow: often(0.06),
      redelivered: often(0.3),
      reordered: often(0.2),
      diskFull: often(0.5),
      diskBroken: often(0.002),
    };
    for (const service of ["ledger", "objects", "stream", "store"]) {
      if (!this.random.chance(0.2)) continue;
      const from = this.random.range(0, calmFromMs);
      this.#outages.set(service, [from, Math.min(calmFromMs, from + this.random.range(1000, 20_000))]);
    }
  }

  get nowMs(): number {
    return this.#time.frame;
  }

  get isCalm(): boolean {
    return this.nowMs >= this.calmFromMs;
  }

  isAway(service: string): boolean {
    const [from, to] = this.#outages.get(service) ?? [0, 0];
    return this.nowMs >= from && this.nowMs < to;
  }

  /** Draws whether a fault strikes; none does once it is calm. */
  strikes(fault: keyof Faults): boolean {
    if (this.isCalm || !this.random.chance(this.faults[fault])) return false;
    this.count(fault);
    return true;
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  note(text: string): void {
    const line = `${this.nowMs.toFixed(1)} ${text}`;
    this.#trace.update(line);
    this.log?.push(line);
  }

  /** Names everything that was noted; the same for the same seed. */
  get digest(): string {
    return this.#trace.copy().digest("hex").slice(0, 16);
  }

  after(ms: number, work: () => void): Subscription {
    return this.#time.schedule(() => work(), ms);
  }

  /** A scheduler whose time begins at `offsetMs` and runs by `rate` of the world's; `wake` says when work may run. */
  clock(offsetMs: number, rate: number, wake: (work: () => void) => void): SchedulerLike {
    const time = this.#time;
    return {
      now: () => offsetMs + time.frame * rate,
      schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
        return time.schedule<T>(
          function (now) {
            wake(() => !this.closed && work.call(this, now));
          },
          delay / rate,
          state,
        );
      },
    };
  }

  /** Lets time pass, step by step, until `isOver`. @throws Error when nothing more can happen, or it takes longer than `untilMs` */
  async run(isOver: () => boolean, untilMs: number): Promise<void> {
    for (;;) {
      // Everything that promises have in hand.
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver()) return;
      const action = this.#time.actions.shift();
      if (action === undefined) throw new Error("stuck: nothing more happens");
      if (action.delay > untilMs) throw new Error(`stuck: not done after ${untilMs} ms`);
      this.#time.frame = Math.max(this.#time.frame, action.delay);
      action.execute(action.state, action.delay);
    }
  }
}

/** A process: it may be killed, or paused for a while, between any two of its calls. */
export class Process {
  readonly name: string;
  readonly world: World;
  readonly clock: SchedulerLike;
  isDead = false;
  isPaused = false;
  readonly #onDeath: () => void;
  #waiting: (() => void)[] = [];

  constructor(world: World, name: string, onDeath: () => void) {
    this.world = world;
    this.name = name;
    this.#onDeath = onDeath;
    // Clocks agree neither on the time nor quite on its pace.
    this.clock = world.clock(world.random.range(0, 1e6), world.random.range(0.99, 1.01), (work) => this.wake(work));
  }

  /** Runs something of this process: at once, when it wakes, or never. */
  wake(work: () => void): void {
    if (this.isDead) return;
    if (this.isPaused) this.#waiting.push(work);
    else work();
  }

  /**
   * Asks a service. The call arrives a little later, whatever has become of this process by then.
   *
   * @throws what `apply` throws, and an Error when no answer came
   */
  call<T>(service: string, what: string, apply: () => T): Promise<T> {
    this.#mayFail(what);
    return new Promise((resolve, reject) => {
      const { world } = this;
      const travel = () => (world.strikes("slow") ? world.random.range(100, 15_000) : world.random.range(0.1, 20));
      const silent = () =>
        this.world.after(TIMEOUT_MS, () => this.wake(() => reject(new Error(`${service}: timeout`))));
      if (this.isDead) return;
      world.after(travel(), () => {
        if (world.isAway(service) || world.strikes("lostCall")) {
          world.note(`${this.name} ${what}: does not arrive`);
          silent();
          return;
        }
        let answer: () => void;
        try {
          const value = apply();
          world.note(`${this.name} ${what}`);
          answer = () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
        if (world.strikes("lostAnswer")) silent();
        else world.after(travel(), () => this.wake(answer));
      });
    });
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.after(ms, () => this.wake(resolve));
    });
  }

  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.#waiting = [];
    this.world.note(`${this.name} is dead`);
    this.#onDeath();
  }

  #mayFail(what: string): void {
    const { world } = this;
    if (world.strikes("kill")) {
      world.note(`${this.name} is killed at ${what}`);
      this.kill();
    } else if (!this.isPaused && world.strikes("pause")) {
      const ms = world.random.range(500, 25_000);
      world.note(`${this.name} is paused at ${what} for ${ms.toFixed(0)}`);
      this.isPaused = true;
      world.after(ms, () => this.#resume());
    }
  }

  #resume(): void {
    this.isPaused = false;
    if (this.isDead) return;
    this.world.note(`${this.name} wakes`);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) this.wake(work);
  }
}
