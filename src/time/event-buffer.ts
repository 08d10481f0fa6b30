/**
 * Events of one partition that wait for the watermark, in buckets of one minute of event time. A bucket is taken out whole once the
 * watermark has passed its end, sorted by subscriber, time, cell and kind, so whatever the order of arrival within the allowed
 * lateness, what comes out is the same. Costs 19 bytes an event; holds rate times lateness of them, and the room of as many again
 * for those that follow, at most FREE_EVENTS_MAX.
 */
import { BucketOrder } from "./bucket-order.js";

const MINUTE_MS = 60_000;

/** Events of one minute, in columns that may be longer than their number. */
export interface Bucket {
  minute: number;
  count: number;
  /** Milliseconds since the minute began. */
  ms: Uint16Array;
  slot: Uint32Array;
  /** Row of the cell in the city's cell table. */
  cell: Uint32Array;
  kind: Uint8Array;
  /** Names the event for a person who looks for it: sequence of the delivery * 65536 + row. */
  reference: Float64Array;
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

const EVENT_BYTES = 19;
/** Small, since a quiet partition has a few events a minute; a busy one doubles it a few times. */
const CAPACITY_FIRST = 8;
/** Room for events in empty buckets that are kept to be filled again; more is given back. */
const FREE_EVENTS_MAX = 2 ** 18;

function emptyBucket(minute: number, capacity: number): Bucket {
  return {
    minute,
    count: 0,
    ms: new Uint16Array(capacity),
    slot: new Uint32Array(capacity),
    cell: new Uint32Array(capacity),
    kind: new Uint8Array(capacity),
    reference: new Float64Array(capacity),
  };
}

function enlarge(bucket: Bucket, capacity: number): void {
  const { ms, slot, cell, kind, reference } = bucket;
  Object.assign(bucket, { ...emptyBucket(bucket.minute, capacity), count: bucket.count });
  bucket.ms.set(ms);
  bucket.slot.set(slot);
  bucket.cell.set(cell);
  bucket.kind.set(kind);
  bucket.reference.set(reference);
}

/** Puts events from `first` on, before `end`, into the bucket while they are of its minute; returns the first that is not. */
function fill(bucket: Bucket, events: ArrivedEvents, first: number, end: number): number {
  const { ms, slot, cell, kind, reference } = bucket;
  const { row, slot: slots, cell: cells, kind: kinds, offsetMs, reference: firstReference } = events;
  const sinceMs = events.baseMs - bucket.minute * MINUTE_MS;
  let at = bucket.count;
  let next = first;
  for (; next < end; next++) {
    const i = row[next] as number;
    const ofMinute = sinceMs + (offsetMs[i] as number);
    if (ofMinute < 0 || ofMinute >= MINUTE_MS) break;
    ms[at] = ofMinute;
    slot[at] = slots[next] as number;
    cell[at] = cells[next] as number;
    kind[at] = kinds[i] as number;
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
  private readonly free: Bucket[] = [];
  private freeEvents = 0;
  private readonly order = new BucketOrder();
  /** What `take` shows of a bucket. */
  private readonly sorted = emptyBucket(0, CAPACITY_FIRST);

  add(timeMs: number, slot: number, cell: number, kind: number, reference: number): void {
    const sinceMs = timeMs - this.lastMs;
    const bucket =
      this.last !== null && sinceMs >= 0 && sinceMs < MINUTE_MS
        ? this.last
        : this.bucketOf(Math.floor(timeMs / MINUTE_MS));
    if (bucket.count === bucket.ms.length) enlarge(bucket, bucket.count * 2);
    const at = bucket.count++;
    bucket.ms[at] = timeMs - this.lastMs;
    bucket.slot[at] = slot;
    bucket.cell[at] = cell;
    bucket.kind[at] = kind;
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
      if (bucket.count === bucket.ms.length) enlarge(bucket, bucket.count * 2);
      const last = fill(bucket, events, next, Math.min(count, next + bucket.ms.length - bucket.count));
      this.size += last - next;
      next = last;
    }
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

  /** Takes out the bucket of a minute, sorted. It is good until the next one is asked for, and whoever has it may change it. */
  take(minute: number): Bucket {
    const bucket = this.buckets.get(minute) as Bucket;
    this.buckets.delete(minute);
    // The next one is mostly that of the minute after it.
    if (minute === this.from) this.from++;
    if (this.last === bucket) this.last = null;
    this.size -= bucket.count;
    const sorted = sortBucket(bucket, this.order, this.sorted);
    this.recycle(bucket);
    return sorted;
  }

  private recycle(bucket: Bucket): void {
    if (this.freeEvents + bucket.ms.length > FREE_EVENTS_MAX) return;
    this.freeEvents += bucket.ms.length;
    this.free.push(bucket);
  }

  /** Takes out all events of one subscriber; the others keep their order. */
  forget(slot: number): void {
    for (const bucket of this.buckets.values()) {
      let kept = 0;
      for (let i = 0; i < bucket.count; i++) {
        if (bucket.slot[i] === slot) continue;
        for (const column of [bucket.ms, bucket.slot, bucket.cell, bucket.kind, bucket.reference])
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
    let events = this.freeEvents + this.sorted.ms.length;
    for (const bucket of this.buckets.values()) events += bucket.ms.length;
    return events * EVENT_BYTES;
  }
}

/** The bucket sorted by slot, then time, cell and kind, in `to`, which is made larger where it is too small. */
export function sortBucket(bucket: Bucket, order = new BucketOrder(), to = emptyBucket(0, bucket.count)): Bucket {
  const { count } = bucket;
  const rows = order.of(bucket);
  if (count > to.ms.length) enlarge(to, bucket.ms.length);
  to.minute = bucket.minute;
  to.count = count;
  for (let i = 0; i < count; i++) {
    const from = rows[i] as number;
    to.ms[i] = bucket.ms[from] as number;
    to.slot[i] = bucket.slot[from] as number;
    to.cell[i] = bucket.cell[from] as number;
    to.kind[i] = bucket.kind[from] as number;
    to.reference[i] = bucket.reference[from] as number;
  }
  return to;
}
