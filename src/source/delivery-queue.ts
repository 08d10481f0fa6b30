import type { EventBatch } from "../signal/batch.js";
import { BatchBuilder } from "../signal/batch-builder.js";
import type { SignalEvent } from "../signal/event.js";
import { partitionOf } from "../signal/identity.js";
import type { Reject } from "../signal/reason.js";
import type { Delivery } from "./source.js";

/** Rejects that one delivery carries at most; more of them make a delivery of their own, so that a wholly bad file flows too. */
const REJECTS_PER_DELIVERY_MAX = 4096;
/** Rejected rows have no partition that matters, since they reach no subscriber; the first one carries them. */
const REJECT_PARTITION = 0;

export interface DeliveryQueueOptions {
  readonly partitions: number;
  readonly rowsPerBatch: number;
  /** Wall clock in epoch ms. */
  readonly clock: () => number;
}

/**
 * Sorts the events of files into partitions and numbers the deliveries of each. The same rows give the same deliveries, so a number
 * names the same events in every run with the same files, partitions and rows a batch.
 */
export class DeliveryQueue {
  readonly #partitions: number;
  readonly #clock: () => number;
  readonly #builders: BatchBuilder[];
  readonly #sequences: Float64Array;
  #rejects: Reject[] = [];
  #origin = "";
  #ready: Delivery[] = [];

  constructor(options: DeliveryQueueOptions) {
    this.#partitions = options.partitions;
    this.#clock = options.clock;
    this.#builders = Array.from({ length: options.partitions }, () => new BatchBuilder(options.rowsPerBatch));
    this.#sequences = new Float64Array(options.partitions);
  }

  /** What follows comes from here. */
  begin(origin: string): void {
    this.#origin = origin;
  }

  add(event: SignalEvent): void {
    const partition = partitionOf(event.subscriberHi, event.subscriberLo, this.#partitions);
    const batch = (this.#builders[partition] as BatchBuilder).add(event);
    if (batch !== null) this.#deliver(partition, batch, null);
  }

  reject(reject: Reject): void {
    this.#rejects.push(reject);
    if (this.#rejects.length === REJECTS_PER_DELIVERY_MAX) this.#deliver(REJECT_PARTITION, null, null);
  }

  /** Completes what was collected, so that no batch has rows of two files. */
  end(): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      const batch = (this.#builders[partition] as BatchBuilder).take();
      const hasRejects = partition === REJECT_PARTITION && this.#rejects.length > 0;
      if (batch !== null || hasRejects) this.#deliver(partition, batch, null);
    }
  }

  /** One last delivery a partition, which closes every window. */
  close(): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      this.#deliver(partition, null, Number.POSITIVE_INFINITY);
    }
  }

  /** The deliveries that became ready since the last call. */
  drain(): Delivery[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #deliver(partition: number, batch: EventBatch | null, watermarkMs: number | null): void {
    let rejects: readonly Reject[] = [];
    if (partition === REJECT_PARTITION) {
      rejects = this.#rejects;
      this.#rejects = [];
    }
    const sequence = (this.#sequences[partition] as number) + 1;
    this.#sequences[partition] = sequence;
    this.#ready.push({
      partition,
      sequence,
      origin: this.#origin,
      batch,
      rejects,
      watermarkMs,
      receivedMs: this.#clock(),
      pendingMessages: 0,
    });
  }
}
