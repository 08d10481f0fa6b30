import { setTimeout as sleep } from "node:timers/promises";
import {
  type ConsumerInfo,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { UserError } from "../../signal/user-error.js";

/** What a pull must know of a message. */
export interface StreamMessage {
  readonly seq: number;
  readonly info: { readonly deliverySequence: number; readonly pending: number };
}

/** A message on its way to the engine, and what it found at its receipt. */
export interface PulledMessage<Message extends StreamMessage = JsMsg> {
  readonly message: Message;
  readonly receivedMs: number;
}

/** A consumer, and the messages that waited for it when it was made. */
export interface OpenConsumer<Message extends StreamMessage> {
  readonly consumer: {
    fetch(limits: { max_messages: number; expires: number }): Promise<AsyncIterable<Message> & { stop(): void }>;
    delete(): Promise<unknown>;
  };
  readonly waiting: number;
  /** How many wait now; null when the server does not know the consumer any more. */
  stillWaiting(): Promise<number | null>;
}

export function consumerOf(manager: JetStreamManager, info: ConsumerInfo): OpenConsumer<JsMsg> {
  return {
    consumer: manager.jetstream().consumers.getConsumerFromInfo(info),
    waiting: info.num_pending,
    async stillWaiting() {
      try {
        return (await manager.consumers.info(info.stream_name, info.name)).num_pending;
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) return null;
        throw error;
      }
    },
  };
}

export interface PullOptions<Message extends StreamMessage> {
  /** What is pulled, for messages: `partition 3`. */
  readonly label: string;
  /** Stream sequence of the last message that need not come again, 0 for none. */
  readonly afterSequence: number;
  readonly messagesInFlightMax: number;
  /** Length of one long poll, at least 1,000: an idle pull asks anew this often. */
  readonly pollMs: number;
  /** Resolves when the connection is up; rejects when it is closed for good. */
  readonly connected: () => Promise<void>;
  /**
   * Makes a new consumer, whose first delivery is the first message after the pull's `lastSequence` (or before that, if it must).
   * A UserError says that no waiting will mend it.
   */
  readonly open: (pull: BoundedPull<Message>) => Promise<OpenConsumer<Message>>;
  /** A message was received. */
  readonly onMessage: (message: Message) => void;
  /** A message came that `lastSequence` covers; it is passed over. */
  readonly onRepeated: (message: Message) => void;
  readonly onFailure: (error: Error) => void;
  /** No consumer could be made, or it is lost; it tries again. */
  readonly onAway?: () => void;
  readonly warn: (message: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

const RETRY_WAIT_MSS = [100, 250, 500, 1000, 2000, 5000];

/**
 * Pulls messages in stream order into a bounded queue. It asks for no more than what there is room for and not before the queue is
 * half empty, so a slow reader holds the server back. After every outage it goes on with a new consumer where it was.
 */
export class BoundedPull<Message extends StreamMessage = JsMsg> {
  readonly label: string;
  /** Stream sequence of the newest message received. */
  lastSequence: number;
  /** Messages that wait on the server behind the newest message received, as far as was heard. */
  waitingOnServer = 0;
  readonly #options: PullOptions<Message>;
  readonly #queue: PulledMessage<Message>[] = [];
  #open: OpenConsumer<Message> | null = null;
  #fetching: { stop(): void } | null = null;
  #roomMade: (() => void) | null = null;
  #interrupted = false;
  #closed = false;

  constructor(options: PullOptions<Message>) {
    this.#options = options;
    this.label = options.label;
    this.lastSequence = options.afterSequence;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Received and not taken, or still on the server. */
  get waiting(): number {
    return this.#queue.length + this.waitingOnServer;
  }

  /** The oldest message received, undefined when there is none. */
  take(): PulledMessage<Message> | undefined {
    const message = this.#queue.shift();
    if (this.#hasRoom()) this.#roomMade?.();
    return message;
  }

  /** Runs until `close`, through every outage; a failure that no waiting mends goes to `onFailure`. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#closed; ) {
      const before = this.lastSequence;
      try {
        await this.#options.connected();
        this.#interrupted = false;
        await this.#pullFromNewConsumer();
      } catch (error) {
        if (this.#closed) return;
        if (error instanceof UserError) return this.#options.onFailure(error);
        this.#options.onAway?.();
        const text = error instanceof Error ? error.message : String(error);
        if (failures === 0) this.#options.warn(`${this.label}: the consumer is lost (${text}); making another`);
        failures = this.lastSequence > before ? 0 : failures + 1;
        await (this.#options.wait ?? sleep)(RETRY_WAIT_MSS[Math.min(failures, RETRY_WAIT_MSS.length - 1)]);
      }
    }
  }

  /**
   * Asks how many messages wait on the server. While there is no room nothing comes that would say it, and the server forgets a consumer
   * that nobody asks for messages: then another is made.
   *
   * @throws what the server or the way to it says
   */
  async look(): Promise<void> {
    if (this.#open === null || this.#fetching !== null) return;
    const { lastSequence } = this;
    const waiting = await this.#open.stillWaiting();
    if (waiting === null) this.interrupt();
    // A message that came meanwhile says more.
    else if (lastSequence === this.lastSequence) this.waitingOnServer = waiting;
  }

  /** Ends the poll under way, as when the connection was lost: what it asked for will not come. */
  interrupt(): void {
    this.#interrupted = true;
    this.#fetching?.stop();
    this.#roomMade?.();
  }

  close(): void {
    this.#closed = true;
    this.interrupt();
  }

  async #pullFromNewConsumer(): Promise<void> {
    const open = await this.#options.open(this);
    const { consumer } = open;
    this.waitingOnServer = open.waiting;
    this.#open = open;
    try {
      await this.#fetchAll(consumer);
    } finally {
      this.#open = null;
      this.#fetching = null;
      // Best effort: the server forgets an idle consumer by itself.
      if (!this.#closed) consumer.delete().catch(() => undefined);
    }
  }

  async #fetchAll(consumer: OpenConsumer<Message>["consumer"]): Promise<void> {
    let delivered = 0;
    for (;;) {
      await this.#room();
      if (this.#interrupted) return;
      const room = this.#options.messagesInFlightMax - this.#queue.length;
      const messages = await consumer.fetch({ max_messages: room, expires: this.#options.pollMs });
      this.#fetching = messages;
      for await (const message of messages) {
        const { deliverySequence } = message.info;
        if (deliverySequence !== delivered + 1) throw new Error(`delivery ${deliverySequence} came after ${delivered}`);
        delivered = deliverySequence;
        if (message.seq > this.lastSequence) this.#receive(message);
        else this.#options.onRepeated(message);
      }
      this.#fetching = null;
    }
  }

  #receive(message: Message): void {
    this.lastSequence = message.seq;
    this.waitingOnServer = message.info.pending;
    this.#queue.push({ message, receivedMs: Date.now() });
    this.#options.onMessage(message);
  }

  #hasRoom(): boolean {
    return this.#queue.length * 2 <= this.#options.messagesInFlightMax;
  }

  /** Resolves when the queue is half empty. */
  async #room(): Promise<void> {
    while (!this.#interrupted && !this.#hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
      this.#roomMade = null;
    }
  }
}
