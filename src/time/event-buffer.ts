/**
 * Events of one partition that wait for the watermark, in buckets of one minute of event time. A bucket is taken out whole once the
 * watermark has passed its end, sorted by subscriber, time, cell and kind, so whatever the order of arrival within the allowed
 * lateness, what comes out is the same. Costs 18 bytes an event; holds rate times lateness of them with some
 * room to spare, and room for as many that follow at most.
 */
import { BucketOrder, type OrderedColumns } from "./bucket-order.js";
import { cellOf, eventWord, kindOf, secondOf } from "./event-word.js";
import type { AheadEvent } from "./stream-clock.js";

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

/** Events of one minute that wait, in columns that may be longer than their number. */
export interface Bucket extends OrderedColumns {
  minute: number;
  count: number;
  slot: Uint32Array;
  word: Uint32Array;
  ms: Uint16Array;
  /** Names the event for a person who looks for it: sequence of the delivery * 65536 + row. */
  reference: Float64Array;
}

/** The events of one minute in their order, in columns that may be longer than their number. */
export interface SortedMinute {
  minute: number;
  count: number;
  slot: Uint32Array;
  /** Second, cell and kind (event-word.ts). */
  word: Uint32Array;
  /** Row of the bucket, which says what few ask for: milliseconds and reference. */
  row: Uint32Array;
  bucket: Bucket;
}

/** Epoch ms of an event. */
export function timeOf({ minute, word, ms }: Bucket, row: number): number {
  return minute * MINUTE_MS + secondOf(word[row] as number) * SECOND_MS + (ms[row] as number);
}

/** An event by itself, as the clock knows it. */
export function eventOf(bucket: Bucket, row: number): AheadEvent {
  const word = bucket.word[row] as number;
  return {
    timeMs: timeOf(bucket, row),
    slot: bucket.slot[row] as number,
    cell: cellOf(word),
    kind: kindOf(word),
    reference: bucket.reference[row] as number,
  };
}

/** Events of a batch as they arrive, in columns; `row` says which of the batch an entry of `slot` and `cell` is. */
export interface ArrivedEvents {
  readonly row: Uint32Array;
  readonly slot: Uint32Array;
  readonly cell: Uint32Array;
  readonly baseMs: number;
  /** By rows of the batch. */
  readonly offsetMs: Uint32Array;
  readonly kind: Uint8Array;
  /** The reference of row 0; those of the others follow. */
  readonly reference: number;
}

const EVENT_BYTES = 18;
const SORTED_BYTES = 12;
/** Small, since a quiet partition has a few events a minute; a busy one doubles it a few times. */
const CAPACITY_FIRST = 8;
/** Empty buckets are kept to be filled again with room for as many events as are held, those of a batch at least and so many at most. */
const FREE_EVENTS_MIN = 2 ** 12;
const FREE_EVENTS_MAX = 2 ** 18;

function emptyBucket(minute: number, capacity: number): Bucket {
  return {
    minute,
    count: 0,
    slot: new Uint32Array(capacity),
    word: new Uint32Array(capacity),
    ms: new Uint16Array(capacity),
    reference: new Float64Array(capacity),
  };
}

function enlarge(bucket: Bucket, capacity: number): void {
  const { slot, word, ms, reference } = bucket;
  Object.assign(bucket, { ...emptyBucket(bucket.minute, capacity), count: bucket.count });
  bucket.slot.set(slot);
  bucket.word.set(word);
  bucket.ms.set(ms);
  bucket.reference.set(reference);
}

function emptyMinute(capacity: number): SortedMinute {
  const [slot, word, row] = [new Uint32Array(capacity), new Uint32Array(capacity), new Uint32Array(capacity)];
  return { minute: 0, count: 0, slot, word, row, bucket: emptyBucket(0, 0) };
}

/** Puts events from `first` on, before `end`, into the bucket while they are of its minute; returns the first that is not. */
function fill(bucket: Bucket, events: ArrivedEvents, first: number, end: number): number {
  const { slot, word, ms, reference } = bucket;
  const { row, slot: slots, cell: cells, kind: kinds, offsetMs, reference: firstReference } = events;
  const sinceMs = events.baseMs - bucket.minute * MINUTE_MS;
  let at = bucket.count;
  let next = first;
  for (; next < end; next++) {
    const i = row[next] as number;
    const ofMinute = sinceMs + (offsetMs[i] as number);
    if (ofMinute < 0 || ofMinute >= MINUTE_MS) break;
    const second = Math.floor(ofMinute / SECOND_MS);
    slot[at] = slots[next] as number;
    word[at] = eventWord(second, cells[next] as number, kinds[i] as number);
    ms[at] = ofMinute - second * SECOND_MS;
    reference[at] = firstReference + i;
    at++;
  }
  bucket.count = at;
  return next;
}

export class EventBuffer {
  /** Events held. */
  size = 0;
  private readonly buckets = new Map<number, Bucket>();
  /** The bucket of the last event, since events come roughly in time order, and when its minute began. */
  private last: Bucket | null = null;
  private lastMs = 0;
  /** No bucket is of a minute before this one. */
  private from = Number.POSITIVE_INFINITY;
  /** Events of the bucket that was taken out last. */
  private lastCount = 0;
  private readonly free: Bucket[] = [];
  private freeEvents = 0;
  private readonly order = new BucketOrder();
  /** What `take` shows of a bucket. */
  private readonly sorted = emptyMinute(CAPACITY_FIRST);

  add(timeMs: number, slot: number, cell: number, kind: number, reference: number): void {
    const sinceMs = timeMs - this.lastMs;
    const bucket =
      this.last !== null && sinceMs >= 0 && sinceMs < MINUTE_MS
        ? this.last
        : this.bucketOf(Math.floor(timeMs / MINUTE_MS));
    if (bucket.count === bucket.ms.length) enlarge(bucket, this.capacityAfter(bucket.count));
    const at = bucket.count++;
    const ofMinute = timeMs - this.lastMs;
    const second = Math.floor(ofMinute / SECOND_MS);
    bucket.slot[at] = slot;
    bucket.word[at] = eventWord(second, cell, kind);
    bucket.ms[at] = ofMinute - second * SECOND_MS;
    bucket.reference[at] = reference;
    this.size++;
  }

  /**
   * Adds the first `count` of the events given, in their order. Most of a batch is of one minute, so a loop of plain columns does for it.
   */
  addAll(events: ArrivedEvents, count: number): void {
    for (let next = 0; next < count; ) {
      const timeMs = events.baseMs + (events.offsetMs[events.row[next] as number] as number);
      const bucket = this.bucketOf(Math.floor(timeMs / MINUTE_MS));
      if (bucket.count === bucket.ms.length) enlarge(bucket, this.capacityAfter(bucket.count));
      const last = fill(bucket, events, next, Math.min(count, next + bucket.ms.length - bucket.count));
      this.size += last - next;
      next = last;
    }
  }

  /** Room for twice as many; but minutes in a row have about as many events, so that an eighth more than the last one had is enough at first. */
  private capacityAfter(count: number): number {
    const enough = this.lastCount === 0 ? Number.POSITIVE_INFINITY : Math.ceil(this.lastCount * 1.125);
    return count < enough ? Math.min(2 * count, enough) : Math.ceil(count * 1.25);
  }

  private bucketOf(minute: number): Bucket {
    let bucket = this.buckets.get(minute);
    if (bucket === undefined) {
      bucket = this.emptied(minute);
      this.buckets.set(minute, bucket);
      this.from = Math.min(this.from, minute);
    }
    this.last = bucket;
    this.lastMs = minute * MINUTE_MS;
    return bucket;
  }

  private emptied(minute: number): Bucket {
    const bucket = this.free.pop();
    if (bucket === undefined) return emptyBucket(minute, CAPACITY_FIRST);
    this.freeEvents -= bucket.ms.length;
    bucket.minute = minute;
    bucket.count = 0;
    return bucket;
  }

  /** Minute of the oldest bucket if that ends at or before the watermark, else null. */
  oldest(watermarkMs: number): number | null {
    if (this.buckets.size === 0) return null;
    if (!this.buckets.has(this.from)) {
      this.from = Number.POSITIVE_INFINITY;
      for (const minute of this.buckets.keys()) this.from = Math.min(this.from, minute);
    }
    return (this.from + 1) * MINUTE_MS <= watermarkMs ? this.from : null;
  }

  /**
   * Takes out the bucket of a minute, sorted. It is good until events are added or the next one is asked for, and whoever has it may change
   * it.
   */
  take(minute: number): SortedMinute {
    const bucket = this.buckets.get(minute) as Bucket;
    this.buckets.delete(minute);
    // The next one is mostly that of the minute after it.
    if (minute === this.from) this.from++;
    if (this.last === bucket) this.last = null;
    this.size -= bucket.count;
    this.lastCount = bucket.count;
    const sorted = sortBucket(bucket, this.order, this.sorted);
    this.recycle(bucket);
    return sorted;
  }

  private recycle(bucket: Bucket): void {
    const most = Math.min(FREE_EVENTS_MAX, Math.max(FREE_EVENTS_MIN, this.size));
    if (this.freeEvents + bucket.ms.length > most) return;
    this.freeEvents += bucket.ms.length;
    this.free.push(bucket);
  }

  /** Takes out all events of one subscriber; the others keep their order. */
  forget(slot: number): void {
    for (const bucket of this.buckets.values()) {
      let kept = 0;
      for (let i = 0; i < bucket.count; i++) {
        if (bucket.slot[i] === slot) continue;
        for (const column of [bucket.slot, bucket.word, bucket.ms, bucket.reference])
          column[kept] = column[i] as number;
        kept++;
      }
      this.size -= bucket.count - kept;
      bucket.count = kept;
    }
  }

  /** Everything held, oldest bucket first, in the order of arrival, without taking it out. */
  contents(): Bucket[] {
    return [...this.buckets.values()].sort((a, b) => a.minute - b.minute);
  }

  get byteLength(): number {
    let events = this.freeEvents;
    for (const bucket of this.buckets.values()) events += bucket.ms.length;
    return events * EVENT_BYTES + this.sorted.slot.length * SORTED_BYTES;
  }
}

/** The bucket sorted by slot, then time, cell and kind, in `to`, which is made larger where it is too small. */
export function sortBucket(bucket: Bucket, order = new BucketOrder(), to = emptyMinute(bucket.count)): SortedMinute {
  const { count } = bucket;
  const pairs = order.of(bucket);
  if (count > to.slot.length) Object.assign(to, emptyMinute(Math.max(count, 2 * to.slot.length)));
  const { slot, word, row } = to;
  const words = bucket.word;
  for (let i = 0; i < count; i++) {
    const from = pairs[2 * i + 1] as number;
    slot[i] = pairs[2 * i] as number;
    row[i] = from;
    word[i] = words[from] as number;
  }
  return Object.assign(to, { minute: bucket.minute, count, bucket });
}
