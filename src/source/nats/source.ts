import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { DecodedMessage } from "../../signal/decoded.js";
import { decodeMessage } from "../../signal/wire.js";
import type { Delivery, Source } from "../source.js";
import { BoundedPull, consumerOf, type PulledMessage } from "./bounded-pull.js";
import { connectNats, type NatsConnectionOptions } from "./connect.js";
import { ConnectionWatch } from "./connection-watch.js";
import { deadMessage, deadRows } from "./dead-letter.js";
import { inPartition } from "./in-partition.js";
import { OrderedPublisher } from "./ordered-publisher.js";
import { addPartitionConsumer } from "./partition-consumer.js";
import { SameStream } from "./same-stream.js";
import { StreamWatch } from "./stream-watch.js";
import { ensureStreams, type StreamOptions } from "./streams.js";
import { SIGNALLING_STREAM } from "./subjects.js";

export interface NatsSourceOptions {
  readonly connection: NatsConnectionOptions;
  readonly streams: StreamOptions;
  /** Partitions to read; all of them without. */
  readonly partitions?: readonly number[];
  /** Messages of a partition received ahead of the engine. */
  readonly messagesInFlightMax: number;
  /** How far a producer's clock may run ahead of ours. */
  readonly aheadMsMax: number;
  /** How long to try at the start when no server answers. */
  readonly connectRetryMsMax: number;
  /** Told of every trouble that the source gets over by itself. */
  readonly warn: (message: string) => void;
  /** Told when the connection is there, lost, and back. */
  readonly onConnection?: (isUp: boolean) => void;
  /** Told now and then how many messages of a partition wait, also while none is taken. */
  readonly onWaiting?: (partition: number, messages: number) => void;
}

/** Running totals for the metrics. */
export interface NatsSourceCounts {
  readonly messages: number;
  /** Messages of which something was refused; it lies in `signalling.dead.v1`. */
  readonly deadLetters: number;
  readonly reconnects: number;
  /** At most so many messages were dropped by the stream's limits before they were read. */
  readonly lostMax: number;
}

export interface NatsSource extends Source {
  readonly counts: NatsSourceCounts;
}

/**
 * The signalling stream as a source: per partition in stream order, from the position of the checkpoint, taking turns between the
 * partitions that have something.
 *
 * Delivery guarantee: every message after the given positions exactly once a call of `deliveries`, through reconnects and restarts of
 * the server, unless the stream's own limits dropped it first (warned of and counted). What is refused is in `signalling.dead.v1`
 * before its delivery is handed over. Memory: at most `messagesInFlightMax` messages a partition.
 *
 * `deliveries` throws UserError when no server answers at the start, the partition count differs, or the positions are not of this
 * stream. `acknowledge` has nothing to tell the server: the stream keeps messages by age and size, and the checkpoint keeps the
 * positions (see partition-consumer.ts).
 */
export function natsSource(options: NatsSourceOptions, counts = noCounts()): NatsSource {
  let session: Session | null = null;
  let closed = false;
  return {
    counts,
    async *deliveries(after, sentMs = new Map()) {
      if (closed) return;
      session = await openSession(options, { after, sentMs }, counts);
      try {
        if (!closed) yield* session.deliveries();
      } finally {
        await session.close();
      }
    },
    acknowledge: () => Promise.resolve(),
    async close() {
      closed = true;
      await session?.close();
    },
  };
}

/** Counts that several sources may add to. */
export function noCounts(): { -readonly [K in keyof NatsSourceCounts]: NatsSourceCounts[K] } {
  return { messages: 0, deadLetters: 0, reconnects: 0, lostMax: 0 };
}

const POLL_MS = 10_000;
const ANOTHER_STREAM_MEND =
  "restore the stream; or start without the checkpoints, and this one is read from its beginning: docs/operate/nats.md";

type MutableCounts = ReturnType<typeof noCounts>;

/** Where each partition is read from, and when the stream took the message there. */
interface Positions {
  readonly after: ReadonlyMap<number, number>;
  readonly sentMs: ReadonlyMap<number, number | null>;
}

async function openSession(options: NatsSourceOptions, positions: Positions, counts: MutableCounts): Promise<Session> {
  const connection = await connectNats(options.connection, {
    name: "lifecircle engine",
    retryMsMax: options.connectRetryMsMax,
  });
  try {
    await ensureStreams(connection, options.streams);
    const session = new Session(options, connection, await jetstreamManager(connection), positions, counts);
    await session.start();
    options.onConnection?.(true);
    return session;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** One call of `deliveries`: a connection, and a pull a partition. */
class Session {
  readonly #options: NatsSourceOptions;
  readonly #connection: NatsConnection;
  readonly #watch: ConnectionWatch;
  readonly #stream: StreamWatch;
  readonly #dead: OrderedPublisher;
  readonly #counts: MutableCounts;
  readonly #numbers: readonly number[];
  /** In the order of the numbers. */
  readonly #pulls: BoundedPull[] = [];
  /** That the stream still is the one that a pull has read, for each of them. */
  readonly #checks: ((patienceMs?: number) => Promise<void>)[] = [];
  /** Partitions that wait for a consumer. */
  readonly #unserved = new Set<number>();
  /** The pull served last. */
  #served = -1;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(
    options: NatsSourceOptions,
    connection: NatsConnection,
    manager: JetStreamManager,
    { after, sentMs }: Positions,
    counts: MutableCounts,
  ) {
    this.#options = options;
    this.#connection = connection;
    this.#counts = counts;
    const { warn } = options;
    this.#dead = new OrderedPublisher(connection, { inFlightMax: 1, retryMsMax: Number.POSITIVE_INFINITY, warn });
    this.#watch = new ConnectionWatch(connection, {
      onLost: () => {
        options.onConnection?.(false);
        warn("the connection to the NATS server is lost; reconnecting");
        for (const pull of this.#pulls) pull.interrupt();
      },
      onBack: () => {
        counts.reconnects++;
        warn("the connection to the NATS server is back");
      },
      onClosed: (error) => this.#fail(error),
    });
    const onLost = (lost: number, text: string) => {
      counts.lostMax += lost;
      warn(text);
    };
    this.#stream = new StreamWatch(manager, this.#pulls, onLost, () => this.#tellWaiting());
    this.#numbers = options.partitions ?? Array.from({ length: options.streams.partitions }, (_, number) => number);
    for (const partition of this.#numbers) this.#pulls.push(this.#pullOf(partition, manager, { after, sentMs }));
  }

  #pullOf(partition: number, manager: JetStreamManager, { after, sentMs }: Positions): BoundedPull {
    const { messagesInFlightMax, warn, onConnection } = this.#options;
    const same = new SameStream(manager, SIGNALLING_STREAM, ANOTHER_STREAM_MEND);
    let lastSentMs = sentMs.get(partition) ?? null;
    const check = (patienceMs?: number) =>
      same.check({ label: pull.label, sequence: pull.lastSequence, sentMs: lastSentMs }, patienceMs);
    this.#checks.push(check);
    const pull: BoundedPull = new BoundedPull({
      label: `partition ${partition}`,
      afterSequence: after.get(partition) ?? 0,
      messagesInFlightMax,
      pollMs: POLL_MS,
      connected: () => this.#watch.connected(),
      open: async ({ lastSequence }) => {
        this.#unserved.add(partition);
        await check();
        await this.#stream.reportLoss();
        const info = await addPartitionConsumer(manager, partition, lastSequence);
        this.#serves(partition);
        return consumerOf(manager, info);
      },
      onAway: () => onConnection?.(false),
      onMessage: ({ time }) => {
        lastSentMs = time.getTime();
        this.#wake?.();
      },
      onRepeated: () => undefined,
      onFailure: (error) => this.#fail(error),
      warn,
    });
    return pull;
  }

  /** Checks that all positions are of this stream, then begins to pull. */
  async start(): Promise<void> {
    for (const check of this.#checks) await check(0);
    await this.#stream.open();
    for (const pull of this.#pulls) void pull.run();
  }

  async *deliveries(): AsyncGenerator<Delivery> {
    for (;;) {
      if (this.#closed) return;
      const turn = this.#nextInTurn();
      const pulled = this.#pulls[turn]?.take();
      if (pulled !== undefined) {
        const delivery = await this.#deliver(turn, pulled);
        if (this.#closed) return;
        yield delivery;
      } else if (this.#failure !== null) {
        throw this.#failure;
      } else {
        await this.#message();
      }
    }
  }

  /** Ends `deliveries`; what was received and not handed over stays unread, after the engine's position. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
    for (const pull of this.#pulls) pull.close();
    this.#wake?.();
    await this.#connection.close();
  }

  /** The next pull after the last one served that has a message: a busy partition waits for the others, an idle one holds up nobody. */
  #nextInTurn(): number {
    for (let i = 1; i <= this.#pulls.length; i++) {
      const turn = (this.#served + i) % this.#pulls.length;
      if (this.#pulls[turn]?.queued) {
        this.#served = turn;
        return turn;
      }
    }
    return -1;
  }

  async #message(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  /** A server that is there and does not serve the stream, as after a full disk, is down until all partitions have a consumer again. */
  #serves(partition: number): void {
    this.#unserved.delete(partition);
    if (this.#unserved.size === 0) this.#options.onConnection?.(true);
  }

  #tellWaiting(): void {
    if (this.#closed) return;
    for (const [turn, pull] of this.#pulls.entries())
      this.#options.onWaiting?.(this.#numbers[turn] as number, pull.waiting);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  async #deliver(turn: number, pulled: PulledMessage): Promise<Delivery> {
    const { message, receivedMs } = pulled;
    const partition = this.#numbers[turn] as number;
    const pull = this.#pulls[turn];
    const origin = `nats:${message.subject}:${message.seq}`;
    // By the clock of the stream, so that a message is judged the same whenever and wherever it is read again.
    const sentMs = message.time.getTime();
    const limits = { nowMs: sentMs, aheadMsMax: this.#options.aheadMsMax };
    const decoded = inPartition(decodeMessage(message.data, { origin, ...limits }), {
      origin,
      partition,
      partitions: this.#options.streams.partitions,
    });
    this.#counts.messages++;
    if (decoded.rejects.length > 0) await this.#bury(message.data, decoded, { origin, sequence: message.seq });
    return {
      partition,
      sequence: message.seq,
      origin,
      ...decoded,
      receivedMs,
      sentMs,
      pendingMessages: pull?.waiting ?? 0,
    };
  }

  /** Resolves when what was refused is safe on the dead-letter stream. */
  async #bury(payload: Uint8Array, decoded: DecodedMessage, from: { origin: string; sequence: number }): Promise<void> {
    this.#counts.deadLetters++;
    const whole = decoded.rejects.find((reject) => reject.reason === "malformed" && reject.source === from.origin);
    const letters = whole === undefined ? deadRows(decoded.rejects, from) : [deadMessage(payload, whole.reason, from)];
    try {
      for (const letter of letters) await this.#dead.send(letter);
      await this.#dead.drain();
    } catch (error) {
      // Closing cuts the connection under a letter that waits for the server; its message is read again from the checkpoint.
      if (!this.#closed) throw error;
    }
  }
}
