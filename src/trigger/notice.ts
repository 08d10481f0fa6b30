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
  /** What led to it; times in ISO 8601. */
  readonly details: Readonly<Record<string, string | number>>;
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
