import type { Subscriber } from "../rows.js";
import type { Trigger } from "./trigger.js";

/** That somebody set off a trigger. Depends only on the events and the trigger, so that what is derived again is the same notice. */
export interface TriggerNotice extends Subscriber {
  /** Names the trigger for good; see `triggerKey`. */
  readonly key: string;
  readonly trigger: Trigger;
  readonly change: "entered" | "left";
  /** Event time. */
  readonly timeMs: number;
  /** Since when inside, or a member; epoch seconds. */
  readonly sinceSec: number;
  /** First event outside, epoch seconds; 0 for an entry and for a circle. */
  readonly outsideSec: number;
  /** Probability of being inside when it was noticed, or the score of a membership, 0..1. */
  readonly probability: number;
}

/** Takes what triggers tell of on its way. */
export interface NoticeSink {
  /** Takes notices over, in their order. */
  tell(notices: readonly TriggerNotice[]): void;
  /** Resolves when there is room for more; throws what cannot be got over. */
  room(): Promise<void>;
  /** Resolves when all that was taken over is where it cannot be lost. */
  told(): Promise<void>;
}
