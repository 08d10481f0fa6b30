/**
 * The diaries of all subscribers of a partition, by slot. What was entered since the last close of a day lies in pages of memory; at the
 * close it is packed behind what was before (packed-runs.ts), which is read once a day and for checkpoints, and so need not be in memory.
 *
 * A diary is its last WORDS_MAX words, whole entries, wherever they lie: what is packed when changes no answer.
 */
import type { RowMap } from "../stay/row-map.js";
import { NO_SLOT, type SlotSet, slotsBelow } from "../stay/slot-set.js";
import { type DiaryEntry, type DiaryView, ENTRY_WORDS_MAX, endAt, lengthAt, moveEntry, packEntry } from "./diary.js";
import { DiaryRows, type DiaryWords, runsOf, TakenDiaries } from "./diary-words.js";
import { noScratch, PackedRuns, RUN_SLOTS, runOf, type Scratch } from "./packed-runs.js";
import { PagedLists } from "./paged-lists.js";

/** 8 kB, some 400 stays. */
const WORDS_MAX = 2048;
/** A day is 30 to 60 words of most people. */
const PAGE_WORDS = 16;
const PAGES_MAX = Math.ceil(WORDS_MAX / (PAGE_WORDS - 1));
const RECENT_WORDS_MAX = PAGES_MAX * (PAGE_WORDS - 1);
/** Diaries that are put are packed when so many pages of them wait: 64 MB. */
const WAITING_PAGES_MAX = 2 ** 20;

/** The diaries of a run while they are packed, those of one partition after those of another. */
const PACKING = { words: new Uint32Array(RUN_SLOTS * WORDS_MAX), lengths: new Uint16Array(RUN_SLOTS) };

export class Diaries {
  private readonly recent = new PagedLists(PAGE_WORDS, PAGES_MAX);
  private readonly packed: PackedRuns;
  private readonly item = new Uint32Array(ENTRY_WORDS_MAX);
  /** The diary at hand, both parts of it. */
  private readonly joined = new Uint32Array(WORDS_MAX + RECENT_WORDS_MAX);

  constructor(scratch: Scratch = noScratch()) {
    this.packed = new PackedRuns(scratch);
  }

  /** Bytes of memory. */
  get byteLength(): number {
    return this.recent.byteLength + this.packed.byteLength;
  }

  /** Bytes in the scratch. */
  get scratchBytes(): number {
    return this.packed.scratchBytes;
  }

  /** Slots whose diary is not what it was when somebody last took this. */
  get changed(): SlotSet {
    return this.recent.changed;
  }

  reserve(slots: number): void {
    this.recent.reserve(slots, 0);
  }

  /** Enters what has ended; entries of a subscriber come in the order of their ends. */
  add(slot: number, entry: DiaryEntry): void {
    const length = packEntry(entry, this.item);
    if (this.recent.append(slot, this.item, length)) return;
    this.pack(runOf(slot), 0);
    this.recent.append(slot, this.item, length);
  }

  /** Unpacks the entries that end after `fromSec` and begin before `toSec`: those of one subscriber after another, upwards. */
  read(slot: number, fromSec: number, toSec: number, view: DiaryView): void {
    view.count = 0;
    this.packed.load(runOf(slot));
    const words = this.whole(slot);
    for (let at = 0; at < words.length; ) {
      at += view.add(words, at);
      const i = view.count - 1;
      if ((view.endSec[i] as number) <= fromSec || (view.startSec[i] as number) >= toSec) view.count--;
    }
  }

  /** The day of all slots of a run is closed: its diaries are packed, without what ended before `fromSec`. */
  pack(run: number, fromSec: number): void {
    const { changed } = this;
    this.rewrite(run, (slot) => {
      const words = this.whole(slot);
      let at = 0;
      while (at < words.length && endAt(words, at) <= fromSec) at += lengthAt(words, at);
      if (at > 0) changed.add(slot);
      return words.subarray(at);
    });
  }

  clear(slot: number): void {
    if (this.packed.length(slot) > 0) {
      this.changed.add(slot);
      this.packed.wipe(slot);
    }
    this.recent.clear(slot);
  }

  /** Goes over to venues and positions of other tables; candidates whose venue has vanished are left out. */
  move(slots: number, map: Pick<RowMap, "venue" | "x" | "y">): void {
    for (let run = 0; run * RUN_SLOTS < slots; run++)
      this.rewrite(run, (slot) => {
        const words = this.whole(slot);
        let end = 0;
        // What is moved is never longer than what it was.
        for (let at = 0; at < words.length; ) {
          const length = lengthAt(words, at);
          const moved = moveEntry(words, at, this.item, map);
          words.set(this.item.subarray(0, moved), end);
          end += moved;
          at += length;
        }
        return words.subarray(0, end);
      });
  }

  /**
   * The diaries as they are now, to be told later: first is said whose, upwards, while nothing has changed. What is packed of them is not even
   * read before the words are asked for.
   *
   * @param areMost those of most slots are asked for
   */
  frozen(areMost: boolean): (slots: Uint32Array) => TakenDiaries {
    const recent = this.recent.frozen(areMost);
    return (slots) => new TakenDiaries(this.packed, slots, recent(slots));
  }

  /** The words of the diaries of slots, given upwards. */
  snapshot(slots: Uint32Array): DiaryWords {
    const taken = this.frozen(false)(slots);
    const sizes = taken.sizes();
    const words = {
      lengths: new Uint32Array(slots.length),
      packed: new Uint32Array(sizes.packed),
      recent: new Uint32Array(sizes.recent),
    };
    taken.copyTo(words);
    taken.giveBack();
    return words;
  }

  /**
   * Puts the words of `snapshot` in the place of these diaries, the slots upwards; NO_SLOT passes over one.
   *
   * @throws RangeError when they are none
   */
  put(slots: Uint32Array, words: DiaryWords): void {
    const diaries = new DiaryRows(words, slots.length, WORDS_MAX, RECENT_WORDS_MAX);
    const rows = slotsBelow(slots.length).filter((row) => slots[row] !== NO_SLOT);
    const given = rows.map((row) => slots[row] as number);
    for (const { run, from, end } of runsOf(given)) {
      const first = rows[from] as number;
      // A start reads most people with their neighbours, and some, who changed later, by themselves.
      if (end - from === RUN_SLOTS && diaries.arePacked(first, first + RUN_SLOTS)) this.putRun(run, diaries, first);
      else if (2 * (end - from) >= RUN_SLOTS) {
        let next = from;
        this.rewrite(run, (slot) =>
          next < end && given[next] === slot ? this.joinedOf(diaries, rows[next++] as number) : this.whole(slot),
        );
      } else
        for (let i = from; i < end; i++) this.putOne(given[i] as number, this.joinedOf(diaries, rows[i] as number));
      for (let i = from; i < end; i++) this.changed.add(given[i] as number);
    }
  }

  /** Puts all diaries of a run, as they lay. @param row that of the first */
  private putRun(run: number, diaries: DiaryRows, row: number): void {
    const { lengths } = PACKING;
    for (let i = 0; i < RUN_SLOTS; i++) lengths[i] = diaries.packed(row + i).length;
    this.packed.replace(run, diaries.packed(row, row + RUN_SLOTS), lengths);
    for (let i = 0; i < RUN_SLOTS; i++) this.recent.giveBack(run * RUN_SLOTS + i);
  }

  private putOne(slot: number, words: Uint32Array): void {
    this.clear(slot);
    if (words.length > 0) this.recent.append(slot, words, words.length);
    if (this.recent.pagesHeld > WAITING_PAGES_MAX) this.packAll();
  }

  private packAll(): void {
    for (let run = 0; run * RUN_SLOTS < this.recent.slotsMax; run++) if (this.hasRecent(run)) this.pack(run, 0);
  }

  private hasRecent(run: number): boolean {
    for (let slot = run * RUN_SLOTS; slot < (run + 1) * RUN_SLOTS; slot++) if (this.recent.has(slot)) return true;
    return false;
  }

  /** Gives all room back: nobody asks any more. */
  release(): void {
    this.packed.release();
  }

  /** Packs the diaries of a run as `of` gives them. */
  private rewrite(run: number, of: (slot: number) => Uint32Array): void {
    const { words, lengths } = PACKING;
    const first = run * RUN_SLOTS;
    this.packed.load(run);
    let at = 0;
    for (let i = 0; i < RUN_SLOTS; i++) {
      const diary = of(first + i);
      words.set(diary, at);
      lengths[i] = diary.length;
      at += diary.length;
    }
    this.packed.replace(run, words.subarray(0, at), lengths);
    for (let i = 0; i < RUN_SLOTS; i++) this.recent.giveBack(first + i);
  }

  /** The diary of a slot; it lasts until the next call. */
  private whole(slot: number): Uint32Array {
    const packed = this.packed.of(slot);
    this.joined.set(packed);
    return this.trimmed(this.recent.copy(slot, this.joined, packed.length));
  }

  /** The same of a row of words. */
  private joinedOf(diaries: DiaryRows, row: number): Uint32Array {
    const [packed, recent] = [diaries.packed(row), diaries.recent(row)];
    this.joined.set(packed);
    this.joined.set(recent, packed.length);
    return this.trimmed(packed.length + recent.length);
  }

  /** The diary at hand, which ends there. */
  private trimmed(end: number): Uint32Array {
    const { joined } = this;
    let at = 0;
    // Of somebody who was forgotten there are zeros, until the run is packed.
    while (at < end && joined[at] === 0) at++;
    while (end - at > WORDS_MAX) at += lengthAt(joined, at);
    return joined.subarray(at, end);
  }
}
