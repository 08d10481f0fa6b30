/** Who is within which fence: the state of all fences and subscribers of a partition, and how an event changes it. */
import { type FrozenLists, PagedLists } from "../circle/paged-lists.js";
import { NO_SLOT, type SlotSet } from "../stay/slot-set.js";
import { type CompiledTriggers, chanceOf, INSIDE, numberOf, OUTSIDE, saysOf } from "./compile-triggers.js";

/** Inside, and not yet for the dwell. */
const APPROACHING = 1;
/** Inside for the dwell, and told so. */
const WITHIN = 2;
/** Was within, and is outside, not yet for the time away. */
const LEAVING = 3;

/** Number and phase, since when inside, since when outside (0 = is not). */
const ITEM_WORDS = 3;
const PHASE_BITS = 2;
/** Five visits and the link: a cache line. */
const PAGE_WORDS = 5 * ITEM_WORDS + 1;
/** Pages of one subscriber: 4,000 fences at once, beyond which the visits of the first of them are forgotten. */
const PAGES_MAX = 800;

/** Words of a slot in `seen`: time of the newest event; row of its cell + 1; from when on another event in that cell changes something. */
const NEWEST = 0;
const CELL = 1;
const DUE = 2;
const SEEN_WORDS = 3;
const NEVER = 0xffff_ffff;
/** What a cell says of a fence that it does not name: OUTSIDE, for sure. */
const NOT_NAMED = OUTSIDE;

/** Told of each entry and leave, in the order of the events. `chance` is of being inside, parts of 255; times in epoch seconds. */
export interface VisitSink {
  entered(number: number, sinceSec: number, chance: number): void;
  left(number: number, sinceSec: number, outsideSec: number, chance: number): void;
}

/**
 * A fence takes an event for inside, outside or neither by two thresholds, and then keeps what it had until the contrary has lasted: first
 * and last event inside lie at least the dwell apart before it is an entry, first and last outside at least the time away before it is
 * a leave. So what is told depends on the subscriber's own events alone. Memory: 12 bytes a subscriber while there are triggers, and 64
 * for each five fences that somebody is near.
 */
export class Visits {
  /** Of each slot its visits, ascending by number. */
  private lists = new PagedLists(PAGE_WORDS, PAGES_MAX);
  private seen = new Uint32Array(0);
  private compiled: CompiledTriggers;
  /** The visits of the subscriber at hand as they are to be, and how many words of them there are. */
  private kept = new Uint32Array(256 * ITEM_WORDS);
  private keptWords = 0;
  private due = NEVER;
  /** Whether a visit began or ended. */
  private isOther = false;
  /** Whether one that goes on is not what it was. */
  private isMoved = false;

  constructor(compiled: CompiledTriggers) {
    this.compiled = compiled;
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
    const at = SEEN_WORDS * slot;
    if (at >= this.seen.length) this.reach(slot);
    const { seen } = this;
    if (sec < (seen[at + NEWEST] as number)) return false;
    seen[at + NEWEST] = sec;
    if (seen[at + CELL] === row + 1 && sec < (seen[at + DUE] as number)) return true;
    seen[at + CELL] = row + 1;
    const { start } = this.compiled;
    if (start[row] === start[row + 1] && this.lists.firstPage(slot) < 0) {
      seen[at + DUE] = NEVER;
      return true;
    }
    this.update(slot, sec, row, sink);
    seen[at + DUE] = this.due;
    return true;
  }

  /** Goes through the visits and the entries of the cell side by side, both ascending by number. */
  private update(slot: number, sec: number, row: number, sink: VisitSink): void {
    const { lists } = this;
    const { start, entries } = this.compiled;
    let next = start[row] as number;
    const end = start[row + 1] as number;
    this.keptWords = 0;
    this.due = NEVER;
    this.isOther = false;
    this.isMoved = false;
    for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
      const pageEnd = (page + 1) * PAGE_WORDS - 1;
      for (let at = page * PAGE_WORDS; at < pageEnd && lists.words[at] !== 0; at += ITEM_WORDS) {
        const wanted = ((lists.words[at] as number) >>> PHASE_BITS) - 1;
        while (next < end && numberOf(entries[next] as number) < wanted)
          this.begin(entries[next++] as number, sec, sink);
        const isNamed = next < end && numberOf(entries[next] as number) === wanted;
        this.go(at, sec, isNamed ? (entries[next++] as number) : NOT_NAMED, sink);
      }
    }
    while (next < end) this.begin(entries[next++] as number, sec, sink);
    if (this.isMoved) lists.changed.add(slot);
    if (this.isOther) lists.replace(slot, this.kept, this.keptWords, ITEM_WORDS);
  }

  /** Moves a visit on by one event, and keeps it unless it is over. */
  private go(at: number, sec: number, entry: number, sink: VisitSink): void {
    const { compiled } = this;
    const { words } = this.lists;
    const head = words[at] as number;
    const number = (head >>> PHASE_BITS) - 1;
    const since = words[at + 1] as number;
    const before = head & (2 ** PHASE_BITS - 1);
    const says = saysOf(entry);
    if (before === WITHIN && says !== OUTSIDE) {
      this.keep(head, since, 0);
      return;
    }
    let phase = before;
    let outside = words[at + 2] as number;
    if (before === APPROACHING) {
      if (says === OUTSIDE) {
        this.isOther = true;
        return;
      }
      const due = since + (compiled.dwell[number] as number);
      if (sec < due) this.due = Math.min(this.due, due);
      else {
        phase = WITHIN;
        sink.entered(number, since, chanceOf(entry));
      }
    } else if (says === INSIDE) {
      phase = WITHIN;
      outside = 0;
    } else {
      phase = LEAVING;
      if (before === WITHIN) outside = sec;
      const due = outside + (compiled.away[number] as number);
      if (sec >= due) {
        sink.left(number, since, outside, chanceOf(entry));
        this.isOther = true;
        return;
      }
      this.due = Math.min(this.due, due);
    }
    const now = ((number + 1) << PHASE_BITS) | phase;
    if (now !== head || outside !== words[at + 2]) this.isMoved = true;
    words[at] = now;
    words[at + 2] = outside;
    this.keep(now, since, outside);
  }

  /** Begins a visit at a fence that has none yet, where the cell lies inside it. */
  private begin(entry: number, sec: number, sink: VisitSink): void {
    if (saysOf(entry) !== INSIDE) return;
    const number = numberOf(entry);
    const dwell = this.compiled.dwell[number] as number;
    if (dwell === 0) sink.entered(number, sec, chanceOf(entry));
    else this.due = Math.min(this.due, sec + dwell);
    this.keep(((number + 1) << PHASE_BITS) | (dwell === 0 ? WITHIN : APPROACHING), sec, 0);
    this.isOther = true;
  }

  private keep(head: number, since: number, outside: number): void {
    if (this.keptWords === this.kept.length) {
      const grown = new Uint32Array(2 * this.kept.length);
      grown.set(this.kept);
      this.kept = grown;
    }
    const { kept, keptWords } = this;
    kept[keptWords] = head;
    kept[keptWords + 1] = since;
    kept[keptWords + 2] = outside;
    this.keptWords += ITEM_WORDS;
  }

  private reach(slot: number): void {
    const slots = Math.max(256, slot + 1, Math.ceil((this.seen.length / SEEN_WORDS) * 1.5));
    const grown = new Uint32Array(SEEN_WORDS * slots);
    grown.set(this.seen);
    this.seen = grown;
  }

  /**
   * Goes over to other triggers; visits of those that are no more are dropped. `numberOf` gives the new number of an old one, or -1, and
   * ascends as the old ones do.
   */
  retarget(compiled: CompiledTriggers, numberOf: (number: number) => number): void {
    this.compiled = compiled;
    if (compiled.triggers.length === 0) {
      this.lists = new PagedLists(PAGE_WORDS, PAGES_MAX);
      this.seen = new Uint32Array(0);
      return;
    }
    for (let slot = 0; SEEN_WORDS * slot < this.seen.length; slot++) {
      this.seen[SEEN_WORDS * slot + CELL] = 0;
      if (this.lists.firstPage(slot) >= 0) this.renumber(slot, numberOf);
    }
  }

  private renumber(slot: number, numberOf: (number: number) => number): void {
    const { lists } = this;
    this.keptWords = 0;
    for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
      const end = (page + 1) * PAGE_WORDS - 1;
      for (let at = page * PAGE_WORDS; at < end && lists.words[at] !== 0; at += ITEM_WORDS) {
        const head = lists.words[at] as number;
        const number = numberOf((head >>> PHASE_BITS) - 1);
        const phase = head & (2 ** PHASE_BITS - 1);
        if (number >= 0)
          this.keep(((number + 1) << PHASE_BITS) | phase, lists.words[at + 1] as number, lists.words[at + 2] as number);
      }
    }
    lists.replace(slot, this.kept, this.keptWords, ITEM_WORDS);
  }

  /** Empties a slot, whose number another subscriber may get. */
  forget(slot: number): void {
    const at = SEEN_WORDS * slot;
    this.lists.clear(slot);
    if (at < this.seen.length) this.seen.fill(0, at, at + SEEN_WORDS);
  }

  /** Slots whose visits are not what they were when somebody last took this. */
  get changed(): SlotSet {
    return this.lists.changed;
  }

  /** Times of the newest events of these slots, 0 while there are no triggers. */
  newestOf(slots: Uint32Array): Uint32Array {
    return slots.map((slot) => this.seen[SEEN_WORDS * slot] ?? 0);
  }

  /** Puts these times in the place of those of these slots; NO_SLOT passes over one. */
  putNewest(slots: Uint32Array, seconds: Uint32Array): void {
    for (const [i, slot] of slots.entries()) {
      const sec = seconds[i] as number;
      if (slot === NO_SLOT || sec === 0) continue;
      if (SEEN_WORDS * slot >= this.seen.length) this.reach(slot);
      this.seen[SEEN_WORDS * slot] = sec;
    }
  }

  snapshot(slots: Uint32Array): Uint32Array {
    return this.lists.snapshot(slots);
  }

  /** The same, to be told later. */
  frozen(areMost: boolean): FrozenLists {
    return this.lists.frozen(areMost);
  }

  /** Puts the words of `snapshot` in the place of these visits. @throws RangeError when they are none */
  put(slots: Uint32Array, words: Uint32Array): void {
    this.lists.put(slots, words);
  }
}
