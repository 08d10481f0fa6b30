import type { City } from "../../src/geo/city.js";
import { NONE } from "../../src/geo/city.js";
import { BATCH_ROWS_MAX, type EventBatch } from "../../src/signal/batch.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Delivery } from "../../src/source/source.js";
import { SubscriberTable } from "../../src/stay/subscriber-table.js";
import type { RxStay } from "./rx.js";
import { NAIVE_DWELL_MS, NAIVE_GAP_MS, ZONE_MS } from "./sql.js";

const HOUR_MS = 3_600_000;

/** Stays of the naive task in columns. */
class NaiveStays {
  count = 0;
  slot = new Uint32Array(1024);
  cell = new Int32Array(1024);
  starts = new Float64Array(1024);
  ends = new Float64Array(1024);

  add(slot: number, cell: number, starts: number, ends: number): void {
    if (ends - starts < NAIVE_DWELL_MS) return;
    if (this.count === this.slot.length) this.grow();
    this.slot[this.count] = slot;
    this.cell[this.count] = cell;
    this.starts[this.count] = starts;
    this.ends[this.count++] = ends;
  }

  private grow(): void {
    const { slot, cell, starts, ends } = this;
    const length = slot.length * 2;
    [this.slot, this.cell] = [new Uint32Array(length), new Int32Array(length)];
    [this.starts, this.ends] = [new Float64Array(length), new Float64Array(length)];
    this.slot.set(slot);
    this.cell.set(cell);
    this.starts.set(starts);
    this.ends.set(ends);
  }
}

export interface NaiveAnswer {
  readonly table: SubscriberTable;
  readonly stays: NaiveStays;
  /** Region of each slot, NONE where it has no home. */
  readonly homes: Int32Array;
}

/** Events in columns, in the order of arrival. */
interface Events {
  count: number;
  readonly slot: Uint32Array;
  readonly ms: Float64Array;
  readonly cell: Int32Array;
}

/** The naive task as the engine would do it: its batches, its table of subscribers, and loops over columns. */
export function columnsNaive(city: City, deliveries: readonly Delivery[]): NaiveAnswer {
  const rows = deliveries.reduce((sum, { batch }) => sum + (batch?.count ?? 0), 0);
  const table = new SubscriberTable();
  const events = { count: 0, slot: new Uint32Array(rows), ms: new Float64Array(rows), cell: new Int32Array(rows) };
  for (const { batch } of deliveries) if (batch !== null) take(city, table, events, batch);
  const stays = new NaiveStays();
  const { order, ends } = byPerson(events, table.count);
  for (let slot = 0, from = 0; slot < table.count; slot++) {
    const to = ends[slot] as number;
    bringIntoOrder(events, order, from, to);
    follow(events, order, from, to, stays);
    from = to;
  }
  return { table, stays, homes: homesOf(city, table.count, stays) };
}

const ROWS = new Uint32Array(BATCH_ROWS_MAX);
const SLOTS = new Uint32Array(BATCH_ROWS_MAX);

function take({ cells }: City, table: SubscriberTable, events: Events, batch: EventBatch): void {
  const known = new Int32Array(batch.cells.length / 2);
  for (let c = 0; c < known.length; c++)
    known[c] = cells.find(batch.cells[2 * c + 1] as number, batch.cells[2 * c] as number);
  let count = 0;
  for (let i = 0; i < batch.count; i++) {
    const cell = known[batch.cell[i] as number] as number;
    if (cell === NONE) continue;
    events.ms[events.count + count] = batch.baseMs + (batch.offsetMs[i] as number);
    events.cell[events.count + count] = cell;
    ROWS[count++] = i;
  }
  table.slotsOf(batch.subscriber, ROWS, count, SLOTS);
  events.slot.set(SLOTS.subarray(0, count), events.count);
  events.count += count;
}

/** The events of a person after those of another, in the order of arrival, by counting; `ends` has the end of each. */
function byPerson({ count, slot }: Events, people: number): { order: Uint32Array; ends: Uint32Array } {
  const ends = new Uint32Array(people);
  for (let i = 0; i < count; i++) ends[slot[i] as number] = (ends[slot[i] as number] as number) + 1;
  let sum = 0;
  for (let person = 0; person < people; person++) {
    const here = ends[person] as number;
    ends[person] = sum;
    sum += here;
  }
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const at = ends[slot[i] as number] as number;
    order[at] = i;
    ends[slot[i] as number] = at + 1;
  }
  return { order, ends };
}

/** By time, then cell; by insertion, since nearly all came in order. */
function bringIntoOrder({ ms, cell }: Events, order: Uint32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const event = order[i] as number;
    let at = i;
    for (; at > from; at--) {
      const other = order[at - 1] as number;
      const later = (ms[other] as number) - (ms[event] as number);
      if (later < 0 || (later === 0 && (cell[other] as number) <= (cell[event] as number))) break;
      order[at] = other;
    }
    order[at] = event;
  }
}

/** The runs of one cell of one person. */
function follow({ slot, ms, cell }: Events, order: Uint32Array, from: number, to: number, stays: NaiveStays): void {
  if (from === to) return;
  const person = slot[order[from] as number] as number;
  let at = cell[order[from] as number] as number;
  let starts = ms[order[from] as number] as number;
  let ends = starts;
  for (let i = from + 1; i < to; i++) {
    const event = order[i] as number;
    const timeMs = ms[event] as number;
    if (cell[event] !== at || timeMs - ends > NAIVE_GAP_MS) {
      stays.add(person, at, starts, ends);
      at = cell[event] as number;
      starts = timeMs;
    }
    ends = timeMs;
  }
  stays.add(person, at, starts, ends);
}

/** The region of most time in stays that began in the evening or at night; of equal ones the first. */
function homesOf({ cells, regions }: City, people: number, stays: NaiveStays): Int32Array {
  const spent = new Map<number, number>();
  for (let i = 0; i < stays.count; i++) {
    const hour = Math.floor(((stays.starts[i] as number) + ZONE_MS) / HOUR_MS) % 24;
    if (hour >= 6 && hour < 18) continue;
    const region = cells.region[stays.cell[i] as number] as number;
    // Cells without a region have number -1.
    const key = (stays.slot[i] as number) * (regions.count + 1) + region + 1;
    spent.set(key, (spent.get(key) ?? 0) + (stays.ends[i] as number) - (stays.starts[i] as number));
  }
  const homes = new Int32Array(people).fill(NO_HOME);
  const most = new Float64Array(people).fill(Number.NEGATIVE_INFINITY);
  for (const [key, ms] of spent) {
    const slot = Math.floor(key / (regions.count + 1));
    const region = (key % (regions.count + 1)) - 1;
    const rank = ms * 10_000 - region;
    if (rank <= (most[slot] as number)) continue;
    most[slot] = rank;
    homes[slot] = region;
  }
  return homes;
}

const NO_HOME = -2;

/** The answer as the RxJS pipeline gives it. */
export function namedAnswer({ table, stays, homes }: NaiveAnswer): { stays: RxStay[]; homes: Map<string, number> } {
  const names = Array.from({ length: table.count }, (_, slot) => formatPseudonym(table.hi(slot), table.lo(slot)));
  const named = Array.from({ length: stays.count }, (_, i) => ({
    subscriber: names[stays.slot[i] as number] as string,
    cell: stays.cell[i] as number,
    starts: stays.starts[i] as number,
    ends: stays.ends[i] as number,
  }));
  const known = names
    .map((name, slot) => [name, homes[slot] as number] as const)
    .filter(([, region]) => region !== NO_HOME);
  return { stays: named, homes: new Map(known) };
}
