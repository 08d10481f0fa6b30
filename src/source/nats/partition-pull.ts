import { setTimeout as sleep } from "node:timers/promises";
import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos, nuid } from "@nats-io/transport-node";
import { UserError } from "../../signal/user-error.js";
import { partitionSubject, SIGNALLING_STREAM } from "./subjects.js";

/** A message on its way to the engine, and what it found at its receipt. */
export interface PulledMessage {
  readonly message: JsMsg;
  readonly receivedMs: number;
}

export interface PullOptions {
  readonly partition: number;
  /** Stream sequence of the last message that need not come again, 0 for none. */
  readonly afterSequence: number;
  readonly messagesInFlightMax: number;
  /** Resolves when the connection is up; rejects when it is closed for good. */
  readonly connected: () => Promise<void>;
  /** Called before each (re)start with the next wanted sequence; throws when the stream can no longer serve it. */
  readonly checkStream: (pull: PartitionPull) => Promise<void>;
  readonly onMessage: () => void;
  readonly onFailure: (error: Error) => void;
  readonly warn: (message: string) => void;
}

/** One long poll; an idle partition asks anew this often. */
const POLL_MS = 10_000;
const RETRY_WAIT_MSS = [100, 250, 500, 1000, 2000, 5000];
/** The server forgets a consumer that nobody has asked for so long; a slow engine then makes a new one. */
const CONSUMER_IDLE_MS = 5 * 60_000;

/**
 * Pulls the messages of one partition in stream order into a bounded queue. It asks for no more than what there is room for and not
 * before the queue is half empty, so a slow reader holds the server back.
 *
 * The consumer is ephemeral, without acknowledgements, and starts at a sequence: the engine's checkpoint is the one place that
 * knows the position. A durable consumer would keep a second position that may disagree with it after a crash or a restored
 * snapshot, and would deliver again, out of order, what a slow engine has not acknowledged yet.
 */
export class PartitionPull {
  readonly partition: number;
  /** Stream sequence of the newest message received. */
  lastSequence: number;
  /** Messages of this partition that waited on the server behind the newest message received. */
  waitingOnServer = 0;
  readonly #options: PullOptions;
  readonly #manager: JetStreamManager;
  readonly #queue: PulledMessage[] = [];
  #fetching: ConsumerMessages | null = null;
  #roomMade: (() => void) | null = null;
  #interrupted = false;
  #closed = false;

  constructor(manager: JetStreamManager, options: PullOptions) {
    this.#manager = manager;
    this.#options = options;
    this.partition = options.partition;
    this.lastSequence = options.afterSequence;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** The oldest message received, undefined when there is none. */
  take(): PulledMessage | undefined {
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
        await this.#options.checkStream(this);
        await this.#pullFromNewConsumer();
      } catch (error) {
        if (this.#closed) return;
        if (error instanceof UserError) return this.#options.onFailure(error);
        const text = error instanceof Error ? error.message : String(error);
        if (failures === 0)
          this.#options.warn(`partition ${this.partition} lost its consumer (${text}); making another`);
        failures = this.lastSequence > before ? 0 : failures + 1;
        await sleep(RETRY_WAIT_MSS[Math.min(failures, RETRY_WAIT_MSS.length - 1)]);
      }
    }
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
    const info = await this.#manager.consumers.add(SIGNALLING_STREAM, {
      name: `engine-${this.partition}-${nuid.next()}`,
      filter_subject: partitionSubject(this.partition),
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.lastSequence + 1,
      inactive_threshold: nanos(CONSUMER_IDLE_MS),
      mem_storage: true,
    });
    this.waitingOnServer = info.num_pending;
    const consumer = this.#manager.jetstream().consumers.getConsumerFromInfo(info);
    try {
      await this.#fetchAll(consumer);
    } finally {
      // Best effort: the server forgets an idle consumer by itself.
      if (!this.#closed) consumer.delete().catch(() => undefined);
    }
  }

  async #fetchAll(consumer: Consumer): Promise<void> {
    let delivered = 0;
    for (;;) {
      await this.#room();
      if (this.#interrupted) return;
      const room = this.#options.messagesInFlightMax - this.#queue.length;
      const messages = await consumer.fetch({ max_messages: room, expires: POLL_MS });
      this.#fetching = messages;
      for await (const message of messages) {
        const { deliverySequence } = message.info;
        if (deliverySequence !== delivered + 1) throw new Error(`delivery ${deliverySequence} came after ${delivered}`);
        delivered = deliverySequence;
        this.#receive(message);
      }
      this.#fetching = null;
    }
  }

  #receive(message: JsMsg): void {
    this.lastSequence = message.seq;
    this.waitingOnServer = message.info.pending;
    this.#queue.push({ message, receivedMs: Date.now() });
    this.#options.onMessage();
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
