import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { BoundedPull } from "./bounded-pull.js";
import { SIGNALLING_STREAM } from "./subjects.js";

/** Between two looks at how far the stream's limits have moved its first message, and at what waits. */
const LOOK_MS = 5000;

/**
 * Watches that the limits of the stream drop no messages before they were read. The sequences of a partition have gaps (the other partitions
 * lie between), so the number of messages lost is known as an upper bound only. Whether it is the stream that was read says SameStream.
 */
export class StreamWatch {
  readonly #manager: JetStreamManager;
  readonly #pulls: readonly BoundedPull[];
  readonly #onLost: (messagesMax: number, text: string) => void;
  readonly #onLooked: () => void;
  /** Up to here losses were told of, so that none is counted twice. */
  #toldFirst = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    manager: JetStreamManager,
    pulls: readonly BoundedPull[],
    onLost: (messagesMax: number, text: string) => void,
    onLooked: () => void,
  ) {
    this.#manager = manager;
    this.#pulls = pulls;
    this.#onLost = onLost;
    this.#onLooked = onLooked;
  }

  /** Tells of what was dropped since the positions were saved, and goes on looking. */
  async open(): Promise<void> {
    const info = await this.#manager.streams.info(SIGNALLING_STREAM);
    this.#tellLoss(info, (pull) => pull.lastSequence > 0);
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Tells of what was dropped since the last look. */
  async reportLoss(): Promise<void> {
    const info = await this.#manager.streams.info(SIGNALLING_STREAM);
    this.#tellLoss(info, (pull) => pull.waitingOnServer > 0);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      await this.reportLoss();
      for (const pull of this.#pulls) await pull.look();
      this.#onLooked();
    } catch {
      // The pulls meet the same trouble and deal with it.
    }
  }

  #tellLoss(info: StreamInfo, wasWaiting: (pull: BoundedPull) => boolean): void {
    const first = info.state.first_seq;
    const behind = this.#pulls.filter((pull) => wasWaiting(pull) && pull.lastSequence + 1 < first);
    if (behind.length === 0 || first <= this.#toldFirst) return;
    const from = Math.max(this.#toldFirst, Math.min(...behind.map((pull) => pull.lastSequence + 1)));
    const told = (count: number) => count.toLocaleString("en");
    this.#toldFirst = first;
    this.#onLost(
      first - from,
      `the limits of the stream ${SIGNALLING_STREAM} dropped up to ${told(first - from)} messages before they were read ` +
        `(sequences ${told(from)} to ${told(first - 1)}, ${behind.map((pull) => pull.label).join(", ")}); ` +
        "raise stream.maxBytesGb or stream.maxAgeDays, or add an engine",
    );
  }
}
