import type { Visit } from "./person.js";

export interface TrueStay {
  readonly startMs: number;
  readonly endMs: number;
  /** Plane, metres: where most of the time was spent. */
  readonly x: number;
  readonly y: number;
}

const PART_MIN_MS = 10 * 60_000;
const GAP_MAX_MS = 15 * 60_000;
const SAME_PLACE_M = 300;

/**
 * Joins the rests of one person to true stays: 10 minutes or more, and those within 300 m or on the same premises with less than 15
 * minutes between them are one.
 */
export class StayJoiner {
  readonly #emit: (stay: TrueStay) => void;
  #startMs = 0;
  #endMs = Number.NEGATIVE_INFINITY;
  #x = 0;
  #y = 0;
  #venue = -1;
  #longestMs = 0;

  constructor(emit: (stay: TrueStay) => void) {
    this.#emit = emit;
  }

  add(visit: Visit, startMs: number, endMs: number): void {
    if (endMs - startMs < PART_MIN_MS) return;
    const { x, y, venue } = visit.place;
    const near = Math.hypot(x - this.#x, y - this.#y) <= SAME_PLACE_M || (venue >= 0 && venue === this.#venue);
    if (!near || startMs - this.#endMs >= GAP_MAX_MS) {
      this.flush();
      this.#startMs = startMs;
      this.#longestMs = 0;
    }
    this.#endMs = endMs;
    if (endMs - startMs > this.#longestMs) {
      this.#longestMs = endMs - startMs;
      this.#x = x;
      this.#y = y;
      this.#venue = venue;
    }
  }

  /** Gives out the stay in hand. */
  flush(): void {
    if (this.#longestMs === 0) return;
    this.#emit({ startMs: this.#startMs, endMs: this.#endMs, x: this.#x, y: this.#y });
    this.#longestMs = 0;
    this.#endMs = Number.NEGATIVE_INFINITY;
  }
}
