import { setImmediate } from "node:timers/promises";
import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { CellTable } from "../../src/geo/city.js";
import type { EventBatch } from "../../src/signal/batch.js";
import { type CellKey, parseCell } from "../../src/signal/identity.js";
import { encodeColumnar } from "../../src/signal/wire.js";
import { partitionSubject } from "../../src/source/nats/subjects.js";
import { type ChangingTraffic, type PartitionBatch, type TrafficOptions, traffic } from "./traffic.js";

/** Messages that the server has not acknowledged yet. */
const IN_FLIGHT_MAX = 64;
/** A loaded machine, or a cluster that has yet to choose a leader. */
const ACK_MS_MAX = 60_000;
/** No city has it: its event becomes a row of `rejected`, which shows when the message is through. */
const NO_CELL = parseCell("ecgi:999-99-1") as CellKey;

const MADE_AT_ONCE = 32;

/** What was published, by sequence of the stream. */
export interface Sent {
  readonly sentMs: number;
  readonly partition: number;
  readonly events: number;
  /** Event time of its last row. */
  readonly latestMs: number;
}

/** A message before it is sent. */
interface Made extends Omit<Sent, "sentMs"> {
  readonly payload: Uint8Array;
}

/** Publishes traffic; the last event of each message is one of a cell that nobody knows. */
export class Feed {
  readonly sent = new Map<number, Sent>();
  events = 0;
  /** Messages made beforehand, the next one last. */
  private made: Made[] = [];
  private readonly options: ChangingTraffic;
  private readonly batches: Generator<PartitionBatch>;
  private readonly client: JetStreamClient;
  private readonly underWay = new Set<Promise<void>>();
  private failure: unknown = null;

  constructor(connection: NatsConnection, cells: CellTable, options: TrafficOptions) {
    this.client = jetstream(connection);
    this.options = { ...options };
    this.batches = traffic(cells, this.options);
  }

  /** From now on everybody is heard so often a day. */
  hearEach(eventsPerDay: number): void {
    this.options.eventsPerDay = eventsPerDay;
  }

  /** Events of a day of the stream, as everybody is heard now. */
  get eventsOfDay(): number {
    return this.options.subscribers * this.options.eventsPerDay;
  }

  /** Makes the messages of so many events, so that to send them costs nothing else; what else is sent is made when it is sent. */
  async prepare(events: number): Promise<void> {
    const made = this.made.reverse();
    let count = made.reduce((sum, message) => sum + message.events, 0);
    for (; count < events; count += (made.at(-1) as Made).events) {
      made.push(this.make());
      // Connections that wait meanwhile are kept alive.
      if (made.length % MADE_AT_ONCE === 0) await setImmediate();
    }
    this.made = made.reverse();
  }

  private make(): Made {
    const { value, done } = this.batches.next();
    if (done === true) throw new Error("the traffic has ended");
    const { partition, batch } = value;
    const latestMs = batch.baseMs + (batch.offsetMs[batch.count - 1] as number);
    return { partition, events: batch.count, latestMs, payload: encodeColumnar(withUnknownCell(batch)) };
  }

  /** Sends the next message; waits while too many are not acknowledged. */
  async next(): Promise<void> {
    while (this.underWay.size >= IN_FLIGHT_MAX) await Promise.race(this.underWay);
    if (this.failure !== null) throw this.failure;
    const { payload, ...made } = this.made.pop() ?? this.make();
    const facts = { ...made, sentMs: performance.now() };
    this.events += made.events;
    const publishing = this.client
      .publish(partitionSubject(made.partition), payload, { timeout: ACK_MS_MAX })
      .then(({ seq }) => void this.sent.set(seq, facts))
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => this.underWay.delete(publishing));
    this.underWay.add(publishing);
  }

  /** Waits until all is acknowledged. */
  async drain(): Promise<void> {
    await Promise.all(this.underWay);
    if (this.failure !== null) throw this.failure;
  }
}

/** The batch as it is published. */
export function withUnknownCell(batch: EventBatch): EventBatch {
  const cells = Uint32Array.from([...batch.cells, NO_CELL.lo, NO_CELL.hi]);
  const cell = batch.cell.slice();
  cell[batch.count - 1] = cells.length / 2 - 1;
  return { ...batch, cell, cells };
}
