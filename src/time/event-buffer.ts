/**
 * Events of one partition that wait for the watermark, in buckets of one minute of event time. A bucket is released whole once the
 * watermark has passed its end, sorted by subscriber, time, cell and kind, so whatever the order of arrival within the allowed
 * lateness, what comes out is the same. Costs 19 bytes an event; holds rate times lateness of them.
 */
const MINUTE_MS = 60_000;

/** Events of one minute, in columns, in the order of arrival until `sortBucket`. */
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

/** Events of one bucket up to which slot and arrival fit one double (32 + 20 bits), so that the fast sort can be used. */
const FAST_SORT_EVENTS_MAX = 2 ** 20;

/** Small, since a quiet partition has a few events a minute; a busy one doubles it a few times. */
const CAPACITY_FIRST = 8;

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

function resized(bucket: Bucket, capacity: number): Bucket {
  const larger = emptyBucket(bucket.minute, capacity);
  larger.count = bucket.count;
  larger.ms.set(bucket.ms.subarray(0, bucket.count));
  larger.slot.set(bucket.slot.subarray(0, bucket.count));
  larger.cell.set(bucket.cell.subarray(0, bucket.count));
  larger.kind.set(bucket.kind.subarray(0, bucket.count));
  larger.reference.set(bucket.reference.subarray(0, bucket.count));
  return larger;
}

export class EventBuffer {
  /** Events held. */
  size = 0;
  private readonly buckets = new Map<number, Bucket>();
  /** The bucket of the last event, since events come roughly in time order. */
  private last: Bucket | null = null;

  add(timeMs: number, slot: number, cell: number, kind: number, reference: number): void {
    const minute = Math.floor(timeMs / MINUTE_MS);
    let bucket = this.last !== null && this.last.minute === minute ? this.last : this.buckets.get(minute);
    if (bucket === undefined) {
      bucket = emptyBucket(minute, CAPACITY_FIRST);
      this.buckets.set(minute, bucket);
    } else if (bucket.count === bucket.ms.length) {
      bucket = resized(bucket, bucket.count * 2);
      this.buckets.set(minute, bucket);
    }
    const at = bucket.count++;
    bucket.ms[at] = timeMs - minute * MINUTE_MS;
    bucket.slot[at] = slot;
    bucket.cell[at] = cell;
    bucket.kind[at] = kind;
    bucket.reference[at] = reference;
    this.last = bucket;
    this.size++;
  }

  /** Takes out the buckets that end at or before the watermark, oldest first, each sorted. */
  release(watermarkMs: number): Bucket[] {
    const ready: Bucket[] = [];
    for (const [minute, bucket] of this.buckets) {
      if ((minute + 1) * MINUTE_MS > watermarkMs) continue;
      this.buckets.delete(minute);
      this.size -= bucket.count;
      ready.push(bucket);
    }
    if (ready.length > 0) this.last = null;
    return ready.sort((a, b) => a.minute - b.minute).map(sortBucket);
  }

  /** Everything held, oldest bucket first, without taking it out. */
  contents(): Bucket[] {
    return [...this.buckets.values()].sort((a, b) => a.minute - b.minute);
  }

  get byteLength(): number {
    let bytes = 0;
    for (const bucket of this.buckets.values()) bytes += bucket.ms.length * 19;
    return bytes;
  }
}

/** The bucket sorted by slot, then time, cell and kind. */
export function sortBucket(bucket: Bucket): Bucket {
  const order = bucket.count <= FAST_SORT_EVENTS_MAX ? orderBySlot(bucket) : orderByComparing(bucket);
  for (let i = 1; i < order.length; i++) sinkWithinSlot(bucket, order, i);
  return permuted(bucket, order);
}

/** The native sort of numbers is several times faster than one with a comparator. */
function orderBySlot({ slot, count }: Bucket): Uint32Array {
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = (slot[i] as number) * FAST_SORT_EVENTS_MAX + i;
  keys.sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = (keys[i] as number) % FAST_SORT_EVENTS_MAX;
  return order;
}

function orderByComparing({ slot, count }: Bucket): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  return order.sort((a, b) => (slot[a] as number) - (slot[b] as number) || a - b);
}

/** Insertion step: a subscriber has few events a minute, mostly in order already. */
function sinkWithinSlot(bucket: Bucket, order: Uint32Array, from: number): void {
  const event = order[from] as number;
  let at = from;
  while (at > 0 && precedes(bucket, event, order[at - 1] as number)) {
    order[at] = order[at - 1] as number;
    at--;
  }
  order[at] = event;
}

function precedes(bucket: Bucket, a: number, b: number): boolean {
  if (bucket.slot[a] !== bucket.slot[b]) return false;
  const byTime = (bucket.ms[a] as number) - (bucket.ms[b] as number);
  if (byTime !== 0) return byTime < 0;
  const byCell = (bucket.cell[a] as number) - (bucket.cell[b] as number);
  if (byCell !== 0) return byCell < 0;
  const byKind = (bucket.kind[a] as number) - (bucket.kind[b] as number);
  return byKind !== 0 ? byKind < 0 : (bucket.reference[a] as number) < (bucket.reference[b] as number);
}

function permuted(bucket: Bucket, order: Uint32Array): Bucket {
  const sorted = emptyBucket(bucket.minute, bucket.count);
  sorted.count = bucket.count;
  for (let i = 0; i < bucket.count; i++) {
    const from = order[i] as number;
    sorted.ms[i] = bucket.ms[from] as number;
    sorted.slot[i] = bucket.slot[from] as number;
    sorted.cell[i] = bucket.cell[from] as number;
    sorted.kind[i] = bucket.kind[from] as number;
    sorted.reference[i] = bucket.reference[from] as number;
  }
  return sorted;
}
