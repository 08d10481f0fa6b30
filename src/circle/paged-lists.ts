import { NO_SLOT, SlotSet } from "../stay/slot-set.js";

/** Marks the end of a page's list: no further page. */
const LAST = 0;

/**
 * A list of 32-bit words for each slot, in pages of one buffer: what a subscriber needs is taken and given back page by page, so memory
 * follows what is kept and nothing is copied when it grows. An item never straddles two pages and never begins with the word 0.
 */
export class PagedLists {
  readonly pageWords: number;
  /** Pages a list may have; beyond it the oldest is given up. */
  readonly pagesMax: number;
  words: Uint32Array;
  /** Slots whose list is not what it was when somebody last took this. */
  readonly changed = new SlotSet();
  /** First and last page + 1 of a slot, 0 = none; words used in the last page; pages held. */
  private first = new Uint32Array(256);
  private last = new Uint32Array(256);
  private used = new Uint16Array(256);
  private held = new Uint16Array(256);
  private pages = 0;
  private free: number[] = [];

  constructor(pageWords: number, pagesMax: number, pagesMin = 64) {
    this.pageWords = pageWords;
    this.pagesMax = pagesMax;
    this.words = new Uint32Array(pageWords * pagesMin);
  }

  /** Bytes held, index included. */
  get byteLength(): number {
    return this.words.byteLength + this.first.length * 12;
  }

  /** Pages of all lists. */
  get pagesHeld(): number {
    return this.pages - this.free.length;
  }

  /** Makes room for so many slots and pages at once: memory that grows with them is touched three times. */
  reserve(slots: number, pages: number): void {
    if (pages * this.pageWords > this.words.length) this.growWords(pages * this.pageWords);
    if (slots > this.first.length) this.widenSlots(slots);
    this.changed.reserve(slots);
  }

  /** First page (0-based) of a slot's list, or -1. */
  firstPage(slot: number): number {
    return slot < this.first.length ? (this.first[slot] as number) - 1 : -1;
  }

  /** The page after, or -1. The words of a page begin at `page * pageWords`; its last word is the link. */
  nextPage(page: number): number {
    return (this.words[(page + 1) * this.pageWords - 1] as number) - 1;
  }

  /** Appends an item of `length` words. @throws RangeError when it does not fit a page */
  append(slot: number, item: ArrayLike<number>, length: number): void {
    if (length > this.pageWords - 1) throw new RangeError(`an item of ${length} words, at most ${this.pageWords - 1}`);
    if (slot >= this.first.length) this.growSlots(slot);
    this.changed.add(slot);
    if (this.last[slot] === LAST || (this.used[slot] as number) + length > this.pageWords - 1) this.addPage(slot);
    const at = ((this.last[slot] as number) - 1) * this.pageWords + (this.used[slot] as number);
    for (let i = 0; i < length; i++) this.words[at + i] = item[i] as number;
    this.used[slot] = (this.used[slot] as number) + length;
  }

  /**
   * Replaces a list by `count` words, items of `length` words each, within the pages that it has as far as they do. Of more than a list may
   * have, the last are kept.
   */
  replace(slot: number, items: Uint32Array, count: number, length: number): void {
    this.changed.add(slot);
    if (slot >= this.first.length) this.growSlots(slot);
    const room = this.pageWords - 1 - ((this.pageWords - 1) % length);
    const pages = Math.min(this.pagesMax, Math.ceil(count / room));
    while ((this.held[slot] as number) > pages) this.dropFirst(slot);
    while ((this.held[slot] as number) < pages) this.addPage(slot);
    let from = Math.max(0, count - pages * room);
    for (let page = this.firstPage(slot); page >= 0; page = this.nextPage(page)) {
      const start = page * this.pageWords;
      const filled = Math.min(room, count - from);
      for (let i = 0; i < filled; i++) this.words[start + i] = items[from + i] as number;
      this.words.fill(0, start + filled, start + this.pageWords - 1);
      this.used[slot] = filled;
      from += filled;
    }
  }

  /** Gives up the first page of a slot. */
  dropFirst(slot: number): void {
    const page = this.firstPage(slot);
    if (page < 0) return;
    this.changed.add(slot);
    const next = this.nextPage(page) + 1;
    this.first[slot] = next;
    if (next === LAST) this.last[slot] = LAST;
    this.held[slot] = (this.held[slot] as number) - 1;
    this.free.push(page);
  }

  clear(slot: number): void {
    while (this.firstPage(slot) >= 0) this.dropFirst(slot);
  }

  private addPage(slot: number): void {
    if ((this.held[slot] as number) >= this.pagesMax) this.dropFirst(slot);
    const given = this.free.pop();
    const page = given ?? this.pages++;
    if ((page + 1) * this.pageWords > this.words.length)
      this.growWords(Math.ceil((this.words.length * 1.5) / this.pageWords) * this.pageWords);
    // One that nobody had yet is empty.
    if (given !== undefined) this.words.fill(0, page * this.pageWords, (page + 1) * this.pageWords);
    const before = this.last[slot] as number;
    if (before === LAST) this.first[slot] = page + 1;
    else this.words[before * this.pageWords - 1] = page + 1;
    this.last[slot] = page + 1;
    this.used[slot] = 0;
    this.held[slot] = (this.held[slot] as number) + 1;
  }

  private growWords(length: number): void {
    const grown = new Uint32Array(length);
    grown.set(this.words);
    this.words = grown;
  }

  private growSlots(slot: number): void {
    this.widenSlots(Math.max(slot + 1, Math.ceil(this.first.length * 1.5)));
  }

  private widenSlots(length: number): void {
    const grow = <T extends Uint32Array | Uint16Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.first = grow(this.first, new Uint32Array(length));
    this.last = grow(this.last, new Uint32Array(length));
    this.used = grow(this.used, new Uint16Array(length));
    this.held = grow(this.held, new Uint16Array(length));
  }

  /** The lists of the given slots as words: for each its length, then its items with the zeros that end its pages left out. */
  snapshot(slots: Uint32Array): Uint32Array {
    let length = slots.length;
    for (let i = 0; i < slots.length; i++) length += this.wordsOf(slots[i] as number);
    const out = new Uint32Array(length);
    const { words } = this;
    let at = 0;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const header = at++;
      for (let page = this.firstPage(slot); page >= 0; page = this.nextPage(page)) {
        const from = page * this.pageWords;
        const end = from + this.usedOf(slot, page);
        for (let word = from; word < end; word++) out[at++] = words[word] as number;
      }
      out[header] = at - header - 1;
    }
    return out;
  }

  private wordsOf(slot: number): number {
    let count = 0;
    for (let page = this.firstPage(slot); page >= 0; page = this.nextPage(page)) count += this.usedOf(slot, page);
    return count;
  }

  /** Words in use of a page: up to the zeros that end it, which an item may have at its own end only in the last page. */
  private usedOf(slot: number, page: number): number {
    if (page + 1 === this.last[slot]) return this.used[slot] as number;
    return this.pageWords - 1;
  }

  /**
   * Puts the words of `snapshot` in the place of the lists of these slots; NO_SLOT passes over a list. The lists come from pages of the same
   * length, so they are copied page by page, as they were.
   *
   * @throws RangeError when the words do not hold whole lists
   */
  put(slots: Uint32Array, words: Uint32Array): void {
    let at = 0;
    for (let i = 0; i < slots.length; i++) {
      const end = at + 1 + (words[at] as number);
      if (!(end <= words.length)) throw new RangeError(`lists: ${words.length} words end within list ${i}`);
      if (slots[i] !== NO_SLOT) this.putList(slots[i] as number, words, at + 1, end);
      at = end;
    }
  }

  private putList(slot: number, words: Uint32Array, from: number, end: number): void {
    if (from === end && this.firstPage(slot) < 0) return;
    this.clear(slot);
    this.changed.add(slot);
    if (slot >= this.first.length) this.growSlots(slot);
    const room = this.pageWords - 1;
    for (let at = from; at < end; at += room) {
      this.addPage(slot);
      const start = ((this.last[slot] as number) - 1) * this.pageWords;
      const count = Math.min(room, end - at);
      for (let i = 0; i < count; i++) this.words[start + i] = words[at + i] as number;
      this.used[slot] = count;
    }
  }
}
