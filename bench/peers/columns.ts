import type { City } from "../../src/geo/city.js";
import { NONE } from "../../src/geo/city.js";
import { BATCH_ROWS_MAX } from "../../src/signal/batch.js";
import { formatPseudonym } from "../../src/signal/identity.js";
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

/** Events in columns by time, then cell; a subscriber in two words a row, as in a batch. */
export interface EventColumns {
  readonly subscriber: Uint32Array;
  readonly ms: Float64Array;
  readonly cell: Int32Array;
}

/** The run of one cell that each person is in: cell, NONE before the first event, and its first and last time. */
class OpenRuns {
  cell = new Int32Array(1024).fill(NONE);
  starts = new Float64Array(1024);
  ends = new Float64Array(1024);

  /** Makes room for so many people. */
  reach(people: number): void {
    if (people <= this.cell.length) return;
    const { cell, starts, ends } = this;
    const length = 2 * people;
    this.cell = new Int32Array(length).fill(NONE);
    [this.starts, this.ends] = [new Float64Array(length), new Float64Array(length)];
    this.cell.set(cell);
    this.starts.set(starts);
    this.ends.set(ends);
  }
}

/** The naive task as the engine would do it: its table of subscribers, a record of each that every event updates, and loops over columns. */
export function columnsNaive(city: City, events: EventColumns): NaiveAnswer {
  const table = new SubscriberTable();
  const runs = new OpenRuns();
  const stays = new NaiveStays();
  const rows = Uint32Array.from({ length: BATCH_ROWS_MAX }, (_, row) => row);
  const slots = new Uint32Array(BATCH_ROWS_MAX);
  for (let from = 0; from < events.ms.length; from += BATCH_ROWS_MAX) {
    const to = Math.min(events.ms.length, from + BATCH_ROWS_MAX);
    table.slotsOf(events.subscriber.subarray(2 * from, 2 * to), rows, to - from, slots);
    runs.reach(table.count);
    follow(events, from, to, slots, runs, stays);
  }
  for (let slot = 0; slot < table.count; slot++)
    stays.add(slot, runs.cell[slot] as number, runs.starts[slot] as number, runs.ends[slot] as number);
  return { table, stays, homes: homesOf(city, table.count, stays) };
}

/** Takes events `from` to `to`, of which the first is of the person in `slots[0]`. */
function follow(
  { ms, cell }: EventColumns,
  from: number,
  to: number,
  slots: Uint32Array,
  runs: OpenRuns,
  stays: NaiveStays,
): void {
  for (let i = from; i < to; i++) {
    const slot = slots[i - from] as number;
    const timeMs = ms[i] as number;
    const at = runs.cell[slot] as number;
    const ends = runs.ends[slot] as number;
    if (cell[i] !== at || timeMs - ends > NAIVE_GAP_MS) {
      if (at !== NONE) stays.add(slot, at, runs.starts[slot] as number, ends);
      runs.cell[slot] = cell[i] as number;
      runs.starts[slot] = timeMs;
    }
    runs.ends[slot] = timeMs;
  }
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
