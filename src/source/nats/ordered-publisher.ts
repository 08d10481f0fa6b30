import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { isPassing, streamError } from "./stream-error.js";

export interface OutgoingMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Made from what the message is, not from when it is sent, so that sending it again is recognised (see `messageId`). */
  readonly id: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PublisherOptions {
  /** Unacknowledged messages of all subjects together; `send` waits at it. */
  readonly inFlightMax: number;
  /** How long one message is tried anew while the server is away; Infinity for ever. */
  readonly retryMsMax: number;
  /** Told when a message has to wait for the server. */
  readonly warn: (message: string) => void;
  /** What is published in the place of a message that the server refuses, null for nothing. Without this a refusal ends the publisher. */
  readonly insteadOf?: (message: OutgoingMessage, refusal: Error) => OutgoingMessage | null;
}

export interface PublishCounts {
  messages: number;
  bytes: number;
  /** Messages that the stream had already, by their id. */
  duplicates: number;
}

/** After so long a message is sent again; where only its acknowledgement was late or lost, its id keeps it single. */
const ACK_TIMEOUT_MS = 2000;
/** Before the second attempt; twice as long before each further one, up to the most. */
const RETRY_WAIT_MS = 250;
const RETRY_WAIT_MS_MAX = 4000;
const ID_CHARACTERS = 32;

/** A message id: a hash of what names the message and of its bytes. */
export function messageId(name: string, payload: Uint8Array): string {
  return createHash("sha256").update(name).update("\0").update(payload).digest("base64url").slice(0, ID_CHARACTERS);
}

/**
 * Publishes to JetStream with at most one unacknowledged message a subject, so a message that has to be sent again can never fall
 * behind its successor: the order of a partition is the order of the calls. Different subjects go side by side.
 *
 * Delivery guarantee: exactly once within the stream's deduplication window, by message id; at least once beyond it.
 */
export class OrderedPublisher {
  readonly counts: PublishCounts = { messages: 0, bytes: 0, duplicates: 0 };
  readonly #jetstream: JetStreamClient;
  readonly #connection: NatsConnection;
  readonly #options: PublisherOptions;
  /** What is under way by subject; never rejects (the failure is kept in #failure). */
  readonly #underWay = new Map<string, Promise<void>>();
  #failure: Error | null = null;

  constructor(connection: NatsConnection, options: PublisherOptions) {
    this.#connection = connection;
    this.#jetstream = jetstream(connection);
    this.#options = options;
  }

  /** Hands the message over when there is room for it; does not wait for its acknowledgement. Throws what an earlier one failed with. */
  async send(message: OutgoingMessage): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const before = this.#underWay.get(message.subject);
      if (before !== undefined) await before;
      else if (this.#underWay.size >= this.#options.inFlightMax) await Promise.race(this.#underWay.values());
      else break;
    }
    const done = this.#publish(message)
      .catch((error: unknown) => this.#replace(message, error))
      .then(
        () => this.#finish(message.subject, null),
        (error: unknown) => this.#finish(message.subject, streamError(error, `publishing to ${message.subject}`)),
      );
    this.#underWay.set(message.subject, done);
  }

  /** Waits until everything is acknowledged; throws what failed. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
    if (this.#failure !== null) throw this.#failure;
  }

  #finish(subject: string, failure: Error | null): void {
    this.#underWay.delete(subject);
    this.#failure ??= failure;
  }

  async #replace(message: OutgoingMessage, refusal: unknown): Promise<void> {
    const { insteadOf } = this.#options;
    if (insteadOf === undefined || isPassing(refusal) || this.#connection.isClosed()) throw refusal;
    const other = insteadOf(message, streamError(refusal, `publishing to ${message.subject}`));
    if (other !== null) await this.#publish(other).catch((error: unknown) => this.#replace(other, error));
  }

  async #publish(message: OutgoingMessage): Promise<void> {
    const deadlineMs = Date.now() + this.#options.retryMsMax;
    let waitMs = RETRY_WAIT_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        const ack = await this.#jetstream.publish(message.subject, message.payload, publishOptions(message));
        this.counts.messages++;
        this.counts.bytes += message.payload.length;
        if (ack.duplicate) this.counts.duplicates++;
        return;
      } catch (error) {
        if (!isPassing(error) || this.#connection.isClosed() || Date.now() + waitMs > deadlineMs) throw error;
        if (attempt === 1)
          this.#options.warn(`${streamError(error, `publishing to ${message.subject}`).message}; trying again`);
      }
      await sleep(waitMs);
      waitMs = Math.min(2 * waitMs, RETRY_WAIT_MS_MAX);
    }
  }
}

function publishOptions(message: OutgoingMessage) {
  const base = { msgID: message.id, timeout: ACK_TIMEOUT_MS };
  if (message.headers === undefined) return base;
  const all = headers();
  for (const [name, value] of Object.entries(message.headers)) all.set(name, value);
  return { ...base, headers: all };
}
