/** Who is in which circle, as the store was told: three words a membership, kept in pages by subscriber. */
import type { Dimension } from "../rows.js";
import type { SlotSet } from "../stay/slot-set.js";
import { type FrozenLists, PagedLists } from "./paged-lists.js";
import { CIRCLES_MAX, type Standing } from "./presence.js";

/** A membership as it was last told. Scores in 1/255. */
export interface Held {
  /** Number of the circle in `Standings.names`. */
  readonly circle: number;
  readonly sinceDay: number;
  readonly score: number;
  /** Score that was last logged: what `strengthened` is measured from. */
  readonly logged: number;
  readonly seenDay: number;
}

const PAGE_WORDS = 7;
/** CIRCLES_MAX memberships of one subscriber, two a page; beyond them the oldest told are forgotten, and told anew while they hold. */
const PAGES_MAX = CIRCLES_MAX / 2;
const ITEM_WORDS = 3;

/** Circles are numbered in the order in which they were first told; a number is never given twice. */
export class Standings implements Standing {
  readonly names: string[] = [];
  readonly dimensions: Dimension[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly lists = new PagedLists(PAGE_WORDS, PAGES_MAX);
  private readonly items = new Uint32Array(CIRCLES_MAX * ITEM_WORDS);

  get byteLength(): number {
    return this.lists.byteLength;
  }

  /** The number of a circle, a new one where it has none. */
  numberOf(circle: string, dimension: Dimension): number {
    let number = this.numbers.get(circle);
    if (number === undefined) {
      number = this.names.length;
      this.names.push(circle);
      this.dimensions.push(dimension);
      this.numbers.set(circle, number);
    }
    return number;
  }

  /** The memberships of a subscriber. */
  held(slot: number): Held[] {
    const { lists } = this;
    const all: Held[] = [];
    for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
      const end = (page + 1) * PAGE_WORDS - 1;
      for (let at = page * PAGE_WORDS; at + ITEM_WORDS <= end && lists.words[at] !== 0; at += ITEM_WORDS) {
        const days = lists.words[at + 1] as number;
        const scores = lists.words[at + 2] as number;
        all.push({
          circle: (lists.words[at] as number) - 1,
          sinceDay: days >>> 16,
          seenDay: days & 0xffff,
          score: (scores & 255) / 255,
          logged: ((scores >>> 8) & 255) / 255,
        });
      }
    }
    return all;
  }

  hasAny(slot: number): boolean {
    return this.lists.firstPage(slot) >= 0;
  }

  circlesOf(slot: number, into: Uint32Array): number {
    const { lists } = this;
    const { words } = lists;
    let count = 0;
    for (let page = lists.firstPage(slot); page >= 0; page = lists.nextPage(page)) {
      const end = (page + 1) * PAGE_WORDS - 1;
      for (let at = page * PAGE_WORDS; at + ITEM_WORDS <= end && words[at] !== 0; at += ITEM_WORDS)
        into[count++] = (words[at] as number) - 1;
    }
    return count;
  }

  /** Replaces the memberships of a subscriber. */
  set(slot: number, held: readonly Held[]): void {
    const { items } = this;
    let at = 0;
    for (let h = Math.max(0, held.length - CIRCLES_MAX); h < held.length; h++) {
      const one = held[h] as Held;
      items[at++] = one.circle + 1;
      items[at++] = ((one.sinceDay << 16) | Math.max(0, one.seenDay)) >>> 0;
      items[at++] = Math.round(one.score * 255) | (Math.round(one.logged * 255) << 8);
    }
    this.lists.replace(slot, items, at, ITEM_WORDS);
  }

  /** Slots whose memberships are not what they were when somebody last took this. */
  get changed(): SlotSet {
    return this.lists.changed;
  }

  snapshot(slots: Uint32Array): Uint32Array {
    return this.lists.snapshot(slots);
  }

  /** The same, to be told later. */
  frozen(areMost: boolean): FrozenLists {
    return this.lists.frozen(areMost);
  }

  /** Pages of all lists, for `reserve` of whoever restores them. */
  get pagesHeld(): number {
    return this.lists.pagesHeld;
  }

  reserve(slots: number, pages: number): void {
    this.lists.reserve(slots, pages);
  }

  /** Puts the words of `snapshot` in the place of these memberships; the circles have their numbers already. */
  put(slots: Uint32Array, words: Uint32Array): void {
    this.lists.put(slots, words);
  }
}
