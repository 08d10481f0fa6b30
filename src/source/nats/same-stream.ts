import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { UserError } from "../../signal/user-error.js";

/** A server of a cluster that has just become the leader, or has just started, may for a moment not know the last messages. */
const CATCH_UP_MS_MAX = 5000;

/** Up to where a stream was read. */
export interface ReadUpTo {
  /** Who has read it, for messages: `partition 3`. */
  readonly label: string;
  /** 0 for nothing. */
  readonly sequence: number;
  /** When the stream took the message of that sequence, epoch ms; null where nobody knows. */
  readonly sentMs: number | null;
}

/**
 * That a stream is the one that was read so far. One that was made anew, or that came back as an older copy, counts on from a lower number:
 * who went on after the last number read would pass over what is new, and would not know.
 */
export class SameStream {
  readonly #manager: JetStreamManager;
  readonly #name: string;
  readonly #mend: string;
  #created: string | null = null;
  #amissSinceMs: number | null = null;

  /** @param mend what a person does when it is another stream */
  constructor(manager: JetStreamManager, name: string, mend: string) {
    this.#manager = manager;
    this.#name = name;
    this.#mend = mend;
  }

  /**
   * @param patienceMs for so long it may be away, or shorter than what was read
   * @throws UserError when it is another one, or patience is over; Error while it is not
   */
  async check(read: ReadUpTo, patienceMs = CATCH_UP_MS_MAX): Promise<void> {
    const info = await this.#info();
    if (info === null) return this.#amiss(`the stream ${this.#name} is not on the server any more`, patienceMs);
    this.#created ??= info.created;
    if (info.created !== this.#created) throw this.#another(read, info);
    if (read.sequence > info.state.last_seq) return this.#amiss(this.#anotherText(read, info), patienceMs);
    this.#amissSinceMs = null;
    if (read.sequence === 0 || read.sentMs === null) return;
    const message = await this.#manager.streams.getMessage(this.#name, { seq: read.sequence });
    if (message !== null && message.time.getTime() !== read.sentMs) throw this.#another(read, info);
  }

  #another(read: ReadUpTo, info: StreamInfo): UserError {
    return new UserError(this.#anotherText(read, info), this.#mend);
  }

  #anotherText({ label, sequence }: ReadUpTo, { created, state }: StreamInfo): string {
    return (
      `the stream ${this.#name} is not the one that was read so far: it was made ${created} and ends at sequence ${state.last_seq}, ` +
      `${label} was read up to ${sequence}`
    );
  }

  async #info(): Promise<StreamInfo | null> {
    try {
      return await this.#manager.streams.info(this.#name);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
      throw error;
    }
  }

  #amiss(says: string, patienceMs: number): never {
    this.#amissSinceMs ??= performance.now();
    if (performance.now() - this.#amissSinceMs < patienceMs) throw new Error(says);
    throw new UserError(says, this.#mend);
  }
}
