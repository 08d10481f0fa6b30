import type { CellTable } from "../../src/geo/city.js";
import type { EventBatch } from "../../src/signal/batch.js";
import { BatchBuilder } from "../../src/signal/batch-builder.js";
import { newSignalEvent, type SignalEvent } from "../../src/signal/event.js";
import { partitionOf } from "../../src/signal/identity.js";
import { Crowd } from "./crowd.js";

/** Midnight of a Monday in the demo city (2025-03-03, UTC+8). */
export const START_MS = Date.UTC(2025, 2, 2, 16);
/** Rows of a batch, as `stream.batchRows` has it. */
const BATCH_ROWS = 4096;
const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 1440;
/** Events by the hour of the day, in parts of their sum. */
const HOURS = [2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 6, 5, 5, 5, 6, 7, 7, 6, 6, 5, 4, 3];
const HOURS_SUM = HOURS.reduce((sum, part) => sum + part, 0);
/** Zipf-Mandelbrot: the weight of the person of rank r is 1 / (r + OFFSET * people). The busiest is heard 50 times as often as the quietest. */
const OFFSET = 1 / 50;
const KINDS = 16;
/** Of 16 events: the index of their kind in signal/batch.ts; most are data. */
const KIND = [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 2, 2, 3, 3, 4, 5];

export interface TrafficOptions {
  readonly subscribers: number;
  /** Events of a subscriber and day, in the mean. */
  readonly eventsPerDay: number;
  readonly seed: number;
  readonly partitions: number;
}

/** Options of which the rate may change: it holds from the next minute of the stream on. */
export type ChangingTraffic = Omit<TrafficOptions, "eventsPerDay"> & { eventsPerDay: number };

export interface PartitionBatch {
  readonly partition: number;
  readonly batch: EventBatch;
}

/**
 * The signalling of a crowd as batches, in time order a partition, without end: the hours of a day are unequal, so are people (Zipf), and
 * phones keep to their cells (support/crowd.ts). The same options give the same batches.
 */
export function* traffic(cells: CellTable, options: TrafficOptions): Generator<PartitionBatch> {
  const { subscribers, partitions } = options;
  const crowd = new Crowd(cells, options.seed);
  const builders = Array.from({ length: partitions }, () => new BatchBuilder(BATCH_ROWS));
  const event = newSignalEvent();
  const random = randomWords(options.seed);
  let due = 0;
  for (let minute = 0; ; minute++) {
    const hour = Math.floor((minute % MINUTES_PER_DAY) / 60);
    due += (subscribers * options.eventsPerDay * (HOURS[hour] as number)) / HOURS_SUM / 60;
    const count = Math.floor(due);
    due -= count;
    for (let i = 0; i < count; i++) {
      const word = random();
      event.timeMs = START_MS + minute * MINUTE_MS + Math.floor((i / count) * MINUTE_MS);
      hear(event, crowd, rankOf(word, subscribers), random(), cells);
      const partition = partitionOf(event.subscriberHi, event.subscriberLo, partitions);
      const batch = (builders[partition] as BatchBuilder).add(event);
      if (batch !== null) yield { partition, batch: withoutNumbers(batch) };
    }
  }
}

function hear(event: SignalEvent, crowd: Crowd, person: number, chance: number, cells: CellTable): void {
  crowd.name(person);
  const row = crowd.cellOf(person, (event.timeMs - START_MS) / 1000, chance >>> 4);
  event.subscriberHi = crowd.hi;
  event.subscriberLo = crowd.lo;
  event.cellHi = cells.keyHi[row] as number;
  event.cellLo = cells.keyLo[row] as number;
  event.kind = KIND[chance % KINDS] as number;
}

/** Inverse of the distribution's integral, so a word of uniform bits becomes a rank of Zipf's. */
function rankOf(word: number, people: number): number {
  const first = OFFSET * people;
  return Math.min(people - 1, Math.floor(first * ((people + first) / first) ** (word / 2 ** 32) - first));
}

/** Rows are numbered by their place, as in a message. */
function withoutNumbers({ rowNumber: _, ...batch }: EventBatch): EventBatch {
  return batch;
}

/** Uniform 32-bit words (mulberry32). */
export function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}
