import { NO_SLOT, SlotSet } from "../stay/slot-set.js";

/** The lowest bits of a link: words in use of a list's last page, and so less than 64 of them; 0 in any other page. */
const USED_BITS = 6;
const USED_MASK = 2 ** USED_BITS - 1;
const PAGES_OF_ALL_MAX = 2 ** (32 - USED_BITS);

/** Lists that are gathered, those of some slots after those of others: how long they are is not known before each has been gone through. */
let gathered = new Uint32Array(2 ** 14);

function growGathered(length: number): void {
  const grown = new Uint32Array(2 * length);
  grown.set(gathered);
  gathered = grown;
}

/**
 * A list of 32-bit words for each slot, in pages of one buffer: what a subscriber needs is taken and given back page by page, so memory
 * follows what is kept and nothing is copied when it grows. The last word of a page is its link: the next page of the list, and from the
 * last one the first. So four bytes a slot find both ends.
 */
export class PagedLists {
  readonly pageWords: number;
  /** Pages a list may have. */
  readonly pagesMax: number;
  words: Uint32Array;
  /** Slots whose list is not what it was when somebody last took this. */
  readonly changed = new SlotSet();
  /** Last page + 1 of a slot, 0 = none. */
  private last = new Uint32Array(256);
  private pages = 0;
  /** Page + 1 that was given back last, whose link is that of the one before; 0 = none. */
  private free = 0;
  private freePages = 0;

  constructor(pageWords: number, pagesMax: number, pagesMin = 64) {
    if (pageWords > USED_MASK + 1) throw new RangeError(`pages of ${pageWords} words, at most ${USED_MASK + 1}`);
    this.pageWords = pageWords;
    this.pagesMax = pagesMax;
    this.words = new Uint32Array(pageWords * pagesMin);
  }

  /** Bytes held, index included. */
  get byteLength(): number {
    return this.words.byteLength + this.last.byteLength;
  }

  /** Pages of all lists. */
  get pagesHeld(): number {
    return this.pages - this.freePages;
  }

  /** Makes room for so many slots and pages at once: memory that grows with them is touched three times. */
  reserve(slots: number, pages: number): void {
    if (pages * this.pageWords > this.words.length) this.growWords(pages * this.pageWords);
    if (slots > this.last.length) this.widenSlots(slots);
    this.changed.reserve(slots);
  }

  /** All slots that have a list are below it. */
  get slotsMax(): number {
    return this.last.length;
  }

  has(slot: number): boolean {
    return slot < this.last.length && this.last[slot] !== 0;
  }

  /** First page (0-based) of a slot's list, or -1. */
  firstPage(slot: number): number {
    return this.has(slot) ? this.link((this.last[slot] as number) - 1) >>> USED_BITS : -1;
  }

  /** The page after, or -1. The words of a page begin at `page * pageWords`; its last word is the link. */
  nextPage(page: number): number {
    const link = this.link(page);
    return (link & USED_MASK) === 0 ? link >>> USED_BITS : -1;
  }

  /** Words of a list. */
  length(slot: number): number {
    let count = 0;
    for (let page = this.firstPage(slot); page >= 0; page = this.nextPage(page)) count += this.usedOf(page);
    return count;
  }

  /** Copies the words of a list to `to`, from `at` on; returns where they end. */
  copy(slot: number, to: Uint32Array, at: number): number {
    const { words, pageWords } = this;
    let end = at;
    for (let page = this.firstPage(slot); page >= 0; page = this.nextPage(page)) {
      const from = page * pageWords;
      const used = this.usedOf(page);
      for (let i = 0; i < used; i++) to[end + i] = words[from + i] as number;
      end += used;
    }
    return end;
  }

  /** Adds the first `count` words to a list, over the ends of its pages; false, and nothing is added, where the list has no room for them. */
  append(slot: number, items: Uint32Array, count: number): boolean {
    if (slot >= this.last.length) this.growSlots(slot);
    const room = this.pageWords - 1;
    let used = this.has(slot) ? this.link((this.last[slot] as number) - 1) & USED_MASK : room;
    const more = Math.ceil((count - (room - used)) / room);
    if (more > 0 && this.held(slot) + more > this.pagesMax) return false;
    this.changed.add(slot);
    for (let from = 0; from < count; ) {
      if (used === room) {
        this.addPage(slot);
        used = 0;
      }
      const page = (this.last[slot] as number) - 1;
      const length = Math.min(room - used, count - from);
      const start = page * this.pageWords + used;
      for (let i = 0; i < length; i++) this.words[start + i] = items[from + i] as number;
      used += length;
      from += length;
      this.words[this.linkAt(page)] = ((this.link(page) & ~USED_MASK) | used) >>> 0;
    }
    return true;
  }

  /**
   * Replaces a list by `count` words, items of `length` words each, none of which straddles two pages, within the pages that it has as far
   * as they do. Of more than a list may have, the last are kept.
   */
  replace(slot: number, items: Uint32Array, count: number, length: number): void {
    this.changed.add(slot);
    if (slot >= this.last.length) this.growSlots(slot);
    const room = this.pageWords - 1 - ((this.pageWords - 1) % length);
    const pages = Math.min(this.pagesMax, Math.ceil(count / room));
    const held = this.held(slot);
    for (let more = held; more > pages; more--) this.dropFirst(slot);
    for (let less = held; less < pages; less++) this.addPage(slot);
    let from = Math.max(0, count - pages * room);
    let page = this.firstPage(slot);
    for (let left = pages; left > 0; left--) {
      const start = page * this.pageWords;
      const filled = Math.min(room, count - from);
      for (let i = 0; i < filled; i++) this.words[start + i] = items[from + i] as number;
      this.words.fill(0, start + filled, start + this.pageWords - 1);
      from += filled;
      const link = this.link(page) & ~USED_MASK;
      this.words[this.linkAt(page)] = (left === 1 ? link | filled : link) >>> 0;
      page = link >>> USED_BITS;
    }
  }

  clear(slot: number): void {
    if (!this.has(slot)) return;
    this.changed.add(slot);
    this.giveBack(slot);
  }

  /** Gives back the pages of a list whose words lie elsewhere now. */
  giveBack(slot: number): void {
    while (this.has(slot)) this.dropFirst(slot);
  }

  private linkAt(page: number): number {
    return (page + 1) * this.pageWords - 1;
  }

  private link(page: number): number {
    return this.words[(page + 1) * this.pageWords - 1] as number;
  }

  /** Pages of a list. */
  private held(slot: number): number {
    let count = 0;
    for (let page = this.firstPage(slot); page >= 0; page = this.nextPage(page)) count++;
    return count;
  }

  /** Words in use of a page; the zeros that end any but the last count, where items do not fill it. */
  private usedOf(page: number): number {
    const used = this.link(page) & USED_MASK;
    return used === 0 ? this.pageWords - 1 : used;
  }

  private dropFirst(slot: number): void {
    const last = (this.last[slot] as number) - 1;
    const first = this.link(last) >>> USED_BITS;
    if (first === last) this.last[slot] = 0;
    else this.words[this.linkAt(last)] = ((this.link(first) & ~USED_MASK) | (this.link(last) & USED_MASK)) >>> 0;
    this.words[this.linkAt(first)] = this.free;
    this.free = first + 1;
    this.freePages++;
  }

  /** Adds an empty page; its link says so when words are in use. */
  private addPage(slot: number): void {
    const page = this.takePage();
    const before = (this.last[slot] as number) - 1;
    const first = before < 0 ? page : this.link(before) >>> USED_BITS;
    if (before >= 0) this.words[this.linkAt(before)] = (page << USED_BITS) >>> 0;
    this.words[this.linkAt(page)] = (first << USED_BITS) >>> 0;
    this.last[slot] = page + 1;
  }

  private takePage(): number {
    if (this.free !== 0) {
      const page = this.free - 1;
      this.free = this.link(page);
      this.freePages--;
      // One that nobody had yet is empty.
      this.words.fill(0, page * this.pageWords, (page + 1) * this.pageWords);
      return page;
    }
    if (this.pages === PAGES_OF_ALL_MAX) throw new RangeError(`lists of more than ${PAGES_OF_ALL_MAX} pages`);
    const page = this.pages++;
    if ((page + 1) * this.pageWords > this.words.length)
      this.growWords(Math.ceil((this.words.length * 1.5) / this.pageWords) * this.pageWords);
    return page;
  }

  private growWords(length: number): void {
    const grown = new Uint32Array(length);
    grown.set(this.words);
    this.words = grown;
  }

  private growSlots(slot: number): void {
    this.widenSlots(Math.max(slot + 1, Math.ceil(this.last.length * 1.5)));
  }

  private widenSlots(length: number): void {
    const last = new Uint32Array(length);
    last.set(this.last);
    this.last = last;
  }

  /** The lists of the given slots as words: for each its length, then its words. */
  snapshot(slots: Uint32Array): Uint32Array {
    const listWords = 1 + this.pagesMax * (this.pageWords - 1);
    let at = 0;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      if (at + listWords > gathered.length) growGathered(at + listWords);
      const end = this.has(slot) ? this.copy(slot, gathered, at + 1) : at + 1;
      gathered[at] = end - at - 1;
      at = end;
    }
    return gathered.slice(0, at);
  }

  /**
   * What `snapshot` says now, to be told later: first which slots' is said while nothing has changed, then the words are asked for at any time.
   * The pages are copied as they lie where the lists of most slots are wanted and most pages are in use; else list by list.
   */
  frozen(areMost: boolean): FrozenLists {
    if (areMost && 2 * this.pagesHeld > this.pages) {
      const copy = this.cloned();
      return (slots) => () => copy.snapshot(slots);
    }
    return (slots) => {
      const words = this.snapshot(slots);
      return () => words;
    };
  }

  /** The lists as they are, to be read. */
  private cloned(): PagedLists {
    const copy = new PagedLists(this.pageWords, this.pagesMax, 0);
    copy.words = this.words.slice(0, this.pages * this.pageWords);
    copy.last = this.last.slice();
    return copy;
  }

  /**
   * Puts the words of `snapshot` in the place of the lists of these slots; NO_SLOT passes over a list. The lists come from pages of the same
   * length, so they are copied page by page, as they were.
   *
   * @throws RangeError when the words do not hold whole lists, or one that is longer than a list may be
   */
  put(slots: Uint32Array, words: Uint32Array): void {
    let at = 0;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const end = endOfList(words, at, i);
      if (slot !== NO_SLOT && (end > at + 1 || this.has(slot))) {
        this.clear(slot);
        if (!this.append(slot, words.subarray(at + 1, end), end - at - 1))
          throw new RangeError(`lists: list ${i} has ${end - at - 1} words`);
      }
      at = end;
    }
  }
}

/** The words of lists as they were at one moment. */
export type FrozenLists = (slots: Uint32Array) => () => Uint32Array;

/** Where the list ends whose length stands at `at`. @throws RangeError when that is beyond the words */
export function endOfList(words: Uint32Array, at: number, list: number): number {
  const end = at + 1 + (words[at] as number);
  if (!(end <= words.length)) throw new RangeError(`lists: ${words.length} words end within list ${list}`);
  return end;
}
