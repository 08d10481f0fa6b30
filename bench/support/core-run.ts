import { Subject } from "rxjs";
import type { Partition } from "../../src/partition.js";
import { pipeline } from "../../src/pipeline.js";
import type { RowSet } from "../../src/rows.js";
import type { Delivery } from "../../src/source/source.js";

/** The pipeline over partitions of its own, in memory; the time of deliveries in which a day closed is told apart. */
export class CoreRun {
  /** Processor time of deliveries without and with a close, microseconds, threads of the garbage collector included. */
  hotMicros = 0;
  closeMicros = 0;
  /** Of the delivery that took longest, the end of the stream aside: for so long nothing else is taken in. */
  longestMicros = 0;
  /** Subscribers over the days that closed. */
  personDays = 0;
  readonly partitions: readonly Partition[];
  private readonly onRows: (rows: RowSet) => void;
  private readonly deliveries = new Subject<Delivery>();
  private sequence = 0;
  private hotEvents = 0;

  /** @param onRows is handed the rows of each delivery, outside of the time that is told */
  constructor(partitions: readonly Partition[], onRows: (rows: RowSet) => void) {
    this.partitions = partitions;
    this.onRows = onRows;
    this.deliveries.pipe(pipeline((number) => partitions[number] as Partition)).subscribe();
  }

  /** What was timed so far does not count. */
  restartClock(): void {
    this.hotMicros = 0;
    this.hotEvents = 0;
    this.closeMicros = 0;
    this.longestMicros = 0;
    this.personDays = 0;
  }

  /** A batch, its partition, and what else is known of its delivery. */
  take(given: Pick<Delivery, "partition" | "batch"> & Partial<Delivery>): void {
    const partition = this.partitions[given.partition] as Partition;
    const { day } = partition;
    const wasClosing = partition.closing !== null;
    this.sequence++;
    const delivery: Delivery = {
      sequence: this.sequence,
      origin: "bench",
      rejects: [],
      watermarkMs: null,
      receivedMs: 0,
      pendingMessages: 0,
      ...given,
    };
    const micros = cpuMicros(() => this.deliveries.next(delivery));
    const isEnd = delivery.watermarkMs === Number.POSITIVE_INFINITY;
    const closed = (day === -1 ? 0 : partition.day - day) + (isEnd ? 1 : 0);
    const isClosing = closed > 0 || wasClosing;
    const events = delivery.batch?.count ?? 0;
    const hot = isClosing ? Math.min(micros, this.meanMicros * events) : micros;
    this.hotMicros += hot;
    this.closeMicros += micros - hot;
    this.hotEvents += events;
    if (!isEnd) this.longestMicros = Math.max(this.longestMicros, micros);
    this.personDays += closed * partition.stays.table.count;
    this.onRows(partition.take().rows);
  }

  /** Of an event; events that come while a day is being closed are taken to cost as much as the others. */
  private get meanMicros(): number {
    return this.hotEvents === 0 ? 0 : this.hotMicros / this.hotEvents;
  }

  /** Ends the stream, which closes the open day. */
  end(): void {
    for (const { number } of this.partitions)
      this.take({ partition: number, batch: null, watermarkMs: Number.POSITIVE_INFINITY });
  }

  get subscribers(): number {
    return this.partitions.reduce((sum, { stays }) => sum + stays.table.count, 0);
  }

  get stateBytes(): number {
    return this.partitions.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

/** Processor time of some work, microseconds. */
export function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
