import { setTimeout as sleep } from "node:timers/promises";
import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type JsMsg,
  jetstreamManager,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";
import type { Exclusion } from "../../signal/exclusion.js";
import type { Reason } from "../../signal/reason.js";
import { UserError } from "../../signal/user-error.js";
import type { Pseudonymiser } from "../pseudonym.js";
import { BoundedPull, consumerOf } from "./bounded-pull.js";
import { connectNats, type NatsConnectionOptions } from "./connect.js";
import { ConnectionWatch } from "./connection-watch.js";
import { IngestGroup } from "./ingest-group.js";
import { OrderedPublisher } from "./ordered-publisher.js";
import { SameStream } from "./same-stream.js";
import { ensureStreams, type StreamOptions } from "./streams.js";
import { JSON_STREAM, JSON_SUBJECT } from "./subjects.js";

export interface IngestOptions {
  readonly connection: NatsConnectionOptions;
  readonly streams: StreamOptions;
  readonly pseudonymiser: Pseudonymiser;
  /** Whose lines are not taken; asked for each message. */
  readonly exclusion: () => Exclusion;
  /** A JSON message is republished at most so long after it was received. */
  readonly flushMsMax: number;
  readonly rowsPerBatch: number;
  readonly aheadMsMax: number;
  readonly connectRetryMsMax: number;
  readonly warn: (message: string) => void;
}

/** Running totals for the metrics. */
export interface IngestCounters {
  messages: number;
  events: number;
  /** Lines dropped because their subscriber opted out, or was forgotten after they were sent. */
  excluded: number;
  rejected: Partial<Record<Reason, number>>;
}

export interface IngestEdge {
  readonly counters: Readonly<IngestCounters>;
  /** Rejects when the edge had to give up, as when another one took its place. */
  readonly ended: Promise<void>;
  /** Republishes what is in hand and stops. */
  close(): Promise<void>;
}

const CONSUMER = "ingest";
const MESSAGES_IN_FLIGHT_MAX = 2048;
/** Far above the time that one group takes: what is in hand must not be delivered a second time meanwhile. */
const ACK_WAIT_MS = 10 * 60_000;
const ERASE_MS = 30_000;
const POLL_MS = 2000;
/** Longer than one poll, after which the server forgets a reader that was killed. */
const TAKEOVER_MS_MAX = 3000;
const LOOK_MS = 200;
const IDLE_LOOKS = 3;
const CLOSE_MS_MAX = 5000;
const IN_FLIGHT_MAX = 64;
const LABEL = "JSON ingest";
const COUNTED_ANEW_MEND = "start again: the edge begins with the oldest message that is there";

/**
 * The JSON ingest edge: takes JSON lines from `signalling.json.v1`, replaces identities by pseudonyms, and republishes them as columnar
 * batches. Bad lines go to `signalling.dead.v1` with their reason.
 *
 * Delivery guarantee: a JSON message is acknowledged, and thereby removed from its stream, only after everything made of it was
 * acknowledged. What a crash leaves is read again from the first message left, makes the same batches with the same ids, and is
 * stored once (within the deduplication window; beyond it the engine's cleaning meets duplicates). Memory: one group and at most
 * 2,048 messages ahead of it. One edge at a time; a second one is refused while the first is alive.
 *
 * The JSON stream is the one place where raw identities are ever stored, and only until this edge has read them: what is done is
 * erased from the stream's files every half minute and at the end.
 */
export async function startIngestEdge(options: IngestOptions): Promise<IngestEdge> {
  const connection = await connectNats(options.connection, {
    name: "lifecircle ingest",
    retryMsMax: options.connectRetryMsMax,
  });
  try {
    await ensureStreams(connection, options.streams);
    const manager = await jetstreamManager(connection);
    await waitForPredecessor(manager);
    const edge = new Edge(options, connection, manager);
    const ended = edge.run();
    // Who awaits `ended` sees the failure; nobody has to.
    ended.catch(() => undefined);
    return { counters: edge.counters, ended, close: () => edge.close(ended) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Throws UserError when another edge is reading; one that has just been killed is waited for. */
async function waitForPredecessor(manager: JetStreamManager): Promise<void> {
  const deadlineMs = Date.now() + TAKEOVER_MS_MAX;
  // One that lives waits for nothing in the moments between two polls, one that is dead in none.
  for (let idle = 0; idle < IDLE_LOOKS; ) {
    const info = await consumerInfo(manager);
    if (info === null) return;
    idle = info.num_waiting > 0 ? 0 : idle + 1;
    if (idle === 0 && Date.now() > deadlineMs) throw secondEdge();
    await sleep(LOOK_MS);
  }
}

async function consumerInfo(manager: JetStreamManager): Promise<ConsumerInfo | null> {
  try {
    return await manager.consumers.info(JSON_STREAM, CONSUMER);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) return null;
    throw error;
  }
}

/**
 * Makes the consumer anew. The stream holds exactly what is not done yet, so a new consumer starts with the oldest of it, in order;
 * the old one would first deliver what is new and come back to what it had handed out when its time is over.
 *
 * `ours` is when our last one was made; null for none. Throws UserError when another edge has made its own since.
 */
async function renewConsumer(manager: JetStreamManager, ours: string | null): Promise<ConsumerInfo> {
  const existing = await consumerInfo(manager);
  if (existing !== null && ours !== null && existing.created !== ours && existing.num_waiting > 0) throw secondEdge();
  if (existing !== null) await manager.consumers.delete(JSON_STREAM, CONSUMER);
  return manager.consumers.add(JSON_STREAM, {
    durable_name: CONSUMER,
    filter_subject: JSON_SUBJECT,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: -1,
    deliver_policy: DeliverPolicy.All,
  });
}

/** A message that is newer than all that were read, and has the number of one of them. */
function countedAnew(sequence: number): UserError {
  return new UserError(
    `the stream ${JSON_STREAM} is not the one that was read so far: message ${sequence} is another one now`,
    COUNTED_ANEW_MEND,
  );
}

function secondEdge(): UserError {
  return new UserError(
    "another ingest edge reads signalling.json.v1",
    "set stream.ingest.enabled to false on all engines but one",
  );
}

class Edge {
  readonly counters: IngestCounters = { messages: 0, events: 0, excluded: 0, rejected: {} };
  readonly #options: IngestOptions;
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #publisher: OrderedPublisher;
  readonly #pull: BoundedPull;
  readonly #same: SameStream;
  readonly #group: IngestGroup;
  #consumerMade: string | null = null;
  #groupSinceMs = 0;
  /** Every message up to here is republished. */
  #doneSequence = 0;
  #erasedMs = Date.now();
  #erasedSequence = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  #closing = false;

  constructor(options: IngestOptions, connection: NatsConnection, manager: JetStreamManager) {
    this.#options = options;
    this.#connection = connection;
    this.#manager = manager;
    const { warn, streams, rowsPerBatch, flushMsMax } = options;
    this.#group = new IngestGroup({ partitions: streams.partitions, rowsPerBatch, windowMs: flushMsMax });
    const retryMsMax = Number.POSITIVE_INFINITY;
    this.#publisher = new OrderedPublisher(connection, { inFlightMax: IN_FLIGHT_MAX, retryMsMax, warn });
    const watch = new ConnectionWatch(connection, {
      onLost: () => this.#pull.interrupt(),
      onBack: () => undefined,
      onClosed: (error) => this.#fail(error),
    });
    this.#same = new SameStream(manager, JSON_STREAM, COUNTED_ANEW_MEND);
    let newestMs = Number.NEGATIVE_INFINITY;
    this.#pull = new BoundedPull({
      label: LABEL,
      afterSequence: 0,
      messagesInFlightMax: MESSAGES_IN_FLIGHT_MAX,
      pollMs: POLL_MS,
      connected: () => watch.connected(),
      open: async () => {
        await this.#checkSame();
        const info = await renewConsumer(manager, this.#consumerMade);
        this.#consumerMade = info.created;
        return consumerOf(manager, info);
      },
      onMessage: ({ time }) => {
        newestMs = time.getTime();
        this.#wake?.();
      },
      onRepeated: (message) => {
        if (message.time.getTime() > newestMs) throw countedAnew(message.seq);
        if (message.seq <= this.#doneSequence) message.ack();
      },
      onFailure: (error) => this.#fail(error),
      warn,
    });
  }

  /** Runs until `close`; throws what cannot be got over. */
  async run(): Promise<void> {
    void this.#pull.run();
    try {
      await this.#work();
    } finally {
      this.#pull.close();
    }
  }

  async #work(): Promise<void> {
    while (!this.#closing) {
      if (this.#failure !== null) throw this.#failure;
      const pulled = this.#pull.take();
      if (pulled !== undefined) await this.#take(pulled.message, pulled.receivedMs);
      else if (this.#group.messages.length === 0) await this.#rest();
      else await this.#flushInTime();
    }
    await this.#flush();
    await this.#erase();
  }

  /** Flushes a group whose time is over, unless messages are on the way that may belong to it. */
  async #flushInTime(): Promise<void> {
    const waitMs = this.#pull.waitingOnServer > 0 ? this.#options.flushMsMax : this.#flushAtMs() - Date.now();
    if (waitMs > 0) await this.#message(waitMs);
    else await this.#flush();
  }

  async close(ended: Promise<void>): Promise<void> {
    this.#closing = true;
    this.#pull.close();
    this.#wake?.();
    const abort = new AbortController();
    const late = sleep(CLOSE_MS_MAX, undefined, { signal: abort.signal }).catch(() => undefined);
    // A server that is away keeps what is unfinished; the next edge takes it up.
    await Promise.race([ended.catch(() => undefined), late]);
    abort.abort();
    await this.#connection.close();
  }

  #checkSame(): Promise<void> {
    return this.#same.check({ label: LABEL, sequence: this.#pull.lastSequence, sentMs: null });
  }

  #flushAtMs(): number {
    return this.#groupSinceMs + this.#options.flushMsMax;
  }

  async #take(message: JsMsg, receivedMs: number): Promise<void> {
    if (!this.#group.takes(message)) await this.#flush();
    if (this.#group.messages.length === 0) this.#groupSinceMs = receivedMs;
    const { pseudonymiser, aheadMsMax, exclusion } = this.#options;
    // By the clock of the stream: a group that is made again after a crash holds the same.
    this.#group.add(message, { pseudonymiser, nowMs: message.time.getTime(), aheadMsMax }, exclusion());
  }

  /** Waits for the next message; what was done meanwhile is erased. */
  async #rest(): Promise<void> {
    if (Date.now() - this.#erasedMs >= ERASE_MS) await this.#erase();
    await this.#message(ERASE_MS);
  }

  async #message(waitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | null = null;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, waitMs);
    });
    if (timer !== null) clearTimeout(timer);
    this.#wake = null;
  }

  async #flush(): Promise<void> {
    const group = this.#group;
    const last = group.messages.at(-1);
    if (last === undefined) return;
    for (const message of group.outgoing()) await this.#publisher.send(message);
    await this.#publisher.drain();
    this.#doneSequence = last.seq;
    for (const message of group.messages) message.ack();
    this.counters.messages += group.messages.length;
    this.counters.events += group.events;
    this.counters.excluded += group.excluded;
    for (const { reason } of group.rejects) this.counters.rejected[reason] = (this.counters.rejected[reason] ?? 0) + 1;
    group.clear();
    if (Date.now() - this.#erasedMs >= ERASE_MS) await this.#erase();
  }

  /** Acknowledged messages are gone for readers, but their bytes stay in the stream's files until it is compacted. */
  async #erase(): Promise<void> {
    this.#erasedMs = Date.now();
    if (this.#erasedSequence === this.#doneSequence) return;
    try {
      await this.#connection.flush();
      await this.#checkSame();
      await this.#manager.streams.purge(JSON_STREAM, { seq: this.#doneSequence + 1 });
      this.#erasedSequence = this.#doneSequence;
    } catch (error) {
      this.#options.warn(
        `JSON ingest: what was read is not erased yet (${error instanceof Error ? error.message : error})`,
      );
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}
