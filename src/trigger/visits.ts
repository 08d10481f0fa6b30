/** Who is within which fence: the state of all fences and subscribers of a partition, and how an event changes it. */
import { PagedLists } from "../circle/paged-lists.js";
import { NO_SLOT, type SlotSet } from "../stay/slot-set.js";
import { BETWEEN, type CompiledTriggers, INSIDE, OUTSIDE, type Says } from "./compile-triggers.js";

/** Inside, and not yet for the dwell. */
const APPROACHING = 1;
/** Inside for the dwell, and told so. */
const WITHIN = 2;
/** Was within, and is outside, not yet for the time away. */
const LEAVING = 3;

/** Number and phase, since when inside, since when outside (0 = is not). */
const ITEM_WORDS = 3;
const PHASE_BITS = 2;
const PAGE_WORDS = 3 * ITEM_WORDS + 1;
/** Pages of one subscriber: some 3,000 fences at once, beyond which the visits longest known are forgotten. */
const PAGES_MAX = 1000;

/** Told of each entry and leave, in the order of the events. `chance` is of being inside, parts of 255; times in epoch seconds. */
export interface VisitSink {
  entered(number: number, sinceSec: number, chance: number): void;
  left(number: number, sinceSec: number, outsideSec: number, chance: number): void;
}

/**
 * A fence takes an event for inside, outside or neither by two thresholds, and then keeps what it had until the contrary has lasted: first
 * and last event inside lie at least the dwell apart before it is an entry, first and last outside at least the time away before it is
 * a leave. So what is told depends on the subscriber's own events alone. Memory: 8 bytes a subscriber while there are triggers, and 16 to
 * 40 of one who is near a fence.
 */
export class Visits {
  private lists = new PagedLists(PAGE_WORDS, PAGES_MAX);
  /** By slot: time of the newest event; row + 1 of the cell in which another event would change nothing, 0 = none. */
  private seen = new Uint32Array(0);
  private compiled: CompiledTriggers;
  /** Numbers of which the subscriber at hand has a visit, as a stamp. */
  private stamps: Float64Array;
  private stamp = 0;
  private readonly kept: number[] = [];

  constructor(compiled: CompiledTriggers) {
    this.compiled = compiled;
    this.stamps = new Float64Array(compiled.triggers.length);
  }

  get byteLength(): number {
    return this.seen.byteLength + this.lists.byteLength;
  }

  /**
   * Takes an event; one that is older than the newest of its subscriber says nothing any more, since what came after it is told.
   *
   * @returns whether it was taken
   */
  hear(slot: number, sec: number, row: number, sink: VisitSink): boolean {
    const at = 2 * slot;
    if (at >= this.seen.length) this.reach(slot);
    const { seen } = this;
    if (sec < (seen[at] as number)) return false;
    seen[at] = sec;
    if (seen[at + 1] === row + 1) return true;
    seen[at + 1] = this.update(slot, sec, row, sink) ? row + 1 : 0;
    return true;
  }

  /** Whether another event in this cell would change nothing. */
  private update(slot: number, sec: number, row: number, sink: VisitSink): boolean {
    const { lists, compiled, kept } = this;
    const from = compiled.start[row] as number;
    const to = compiled.start[row + 1] as number;
    kept.length = 0;
    this.stamp++;
    let isCalm = true;
    for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
      const end = (page + 1) * PAGE_WORDS - 1;
      for (let at = page * PAGE_WORDS; at < end && lists.words[at] !== 0; at += ITEM_WORDS) {
        if (!this.go(at, sec, this.find(from, to, at), sink)) isCalm = false;
      }
    }
    const had = kept.length;
    for (let entry = from; entry < to; entry++) {
      if (compiled.says[entry] === INSIDE && !this.begin(entry, sec, sink)) isCalm = false;
    }
    if (had > 0 || kept.length > 0 || lists.firstPage(slot) >= 0) this.write(slot);
    return isCalm;
  }

  /** Moves a visit on by one event, and keeps it unless it is over; whether it rests. */
  private go(at: number, sec: number, entry: number, sink: VisitSink): boolean {
    const { compiled, kept } = this;
    const { words } = this.lists;
    const head = words[at] as number;
    const number = (head >>> PHASE_BITS) - 1;
    const since = words[at + 1] as number;
    let phase = head & (2 ** PHASE_BITS - 1);
    let outside = words[at + 2] as number;
    const says: Says = entry < 0 ? OUTSIDE : (compiled.says[entry] as Says);
    const chance = entry < 0 ? 0 : (compiled.chance[entry] as number);
    if (phase === APPROACHING) {
      if (says === OUTSIDE) return true;
      if (sec - since >= (compiled.dwell[number] as number)) {
        phase = WITHIN;
        sink.entered(number, since, chance);
      }
    } else if (says === INSIDE || (says === BETWEEN && phase === WITHIN)) {
      phase = WITHIN;
      outside = 0;
    } else {
      if (phase === WITHIN) outside = sec;
      phase = LEAVING;
      if (sec - outside >= (compiled.away[number] as number)) {
        sink.left(number, since, outside, chance);
        return true;
      }
    }
    this.stamps[number] = this.stamp;
    kept.push(((number + 1) << PHASE_BITS) | phase, since, outside);
    return phase === WITHIN;
  }

  /** Begins a visit where there is none yet; whether it rests. */
  private begin(entry: number, sec: number, sink: VisitSink): boolean {
    const { compiled, kept } = this;
    const number = compiled.number[entry] as number;
    if (this.stamps[number] === this.stamp) return true;
    const isThere = compiled.dwell[number] === 0;
    if (isThere) sink.entered(number, sec, compiled.chance[entry] as number);
    kept.push(((number + 1) << PHASE_BITS) | (isThere ? WITHIN : APPROACHING), sec, 0);
    return isThere;
  }

  /** The entry of the cell for the fence of a visit, or -1. */
  private find(from: number, to: number, at: number): number {
    const wanted = ((this.lists.words[at] as number) >>> PHASE_BITS) - 1;
    const { number } = this.compiled;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((number[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < to && number[low] === wanted ? low : -1;
  }

  private write(slot: number): void {
    const { lists, kept } = this;
    lists.clear(slot);
    for (let at = 0; at < kept.length; at += ITEM_WORDS)
      lists.append(slot, [kept[at] as number, kept[at + 1] as number, kept[at + 2] as number], ITEM_WORDS);
  }

  private reach(slot: number): void {
    const grown = new Uint32Array(2 * Math.max(256, slot + 1, Math.ceil(this.seen.length * 0.75)));
    grown.set(this.seen);
    this.seen = grown;
  }

  /** Goes over to other triggers; visits of those that are no more are dropped. `numberOf` gives the new number of an old one, or -1. */
  retarget(compiled: CompiledTriggers, numberOf: (number: number) => number): void {
    this.compiled = compiled;
    this.stamps = new Float64Array(compiled.triggers.length);
    this.stamp = 0;
    for (let at = 1; at < this.seen.length; at += 2) this.seen[at] = 0;
    if (compiled.triggers.length === 0) {
      this.lists = new PagedLists(PAGE_WORDS, PAGES_MAX);
      this.seen = new Uint32Array(0);
      return;
    }
    for (let slot = 0; 2 * slot < this.seen.length; slot++) {
      if (this.lists.firstPage(slot) >= 0) this.renumber(slot, numberOf);
    }
  }

  private renumber(slot: number, numberOf: (number: number) => number): void {
    const { lists, kept } = this;
    kept.length = 0;
    for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
      const end = (page + 1) * PAGE_WORDS - 1;
      for (let at = page * PAGE_WORDS; at < end && lists.words[at] !== 0; at += ITEM_WORDS) {
        const head = lists.words[at] as number;
        const number = numberOf((head >>> PHASE_BITS) - 1);
        if (number < 0) continue;
        kept.push(
          ((number + 1) << PHASE_BITS) | (head & (2 ** PHASE_BITS - 1)),
          lists.words[at + 1] as number,
          lists.words[at + 2] as number,
        );
      }
    }
    this.write(slot);
  }

  /** Empties a slot, whose number another subscriber may get. */
  forget(slot: number): void {
    this.lists.clear(slot);
    if (2 * slot < this.seen.length) this.seen.fill(0, 2 * slot, 2 * slot + 2);
  }

  /** Slots whose visits are not what they were when somebody last took this. */
  get changed(): SlotSet {
    return this.lists.changed;
  }

  /** Times of the newest events of these slots, 0 while there are no triggers. */
  newestOf(slots: Uint32Array): Uint32Array {
    return slots.map((slot) => this.seen[2 * slot] ?? 0);
  }

  /** Puts these times in the place of those of these slots; NO_SLOT passes over one. */
  putNewest(slots: Uint32Array, seconds: Uint32Array): void {
    for (const [i, slot] of slots.entries()) {
      const sec = seconds[i] as number;
      if (slot === NO_SLOT || sec === 0) continue;
      if (2 * slot >= this.seen.length) this.reach(slot);
      this.seen[2 * slot] = sec;
    }
  }

  snapshot(slots: Uint32Array): Uint32Array {
    return this.lists.snapshot(slots);
  }

  /** Puts the words of `snapshot` in the place of these visits. @throws RangeError when they are none */
  put(slots: Uint32Array, words: Uint32Array): void {
    this.lists.put(slots, words, () => ITEM_WORDS);
  }
}
