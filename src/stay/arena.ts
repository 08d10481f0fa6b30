/**
 * Parts of records in one buffer, taken when they are first needed and given back when they are no more: a part lies where it is until then,
 * and is zeros when it is taken. Parts of one kind have one length and are cut from the buffer many at a time, so that those of a whole line
 * of the cache lie in lines of their own.
 */
import { alignedViews, copiedViews, VIEW_WORDS_MAX, type Views } from "./aligned-buffer.js";
import { LINE_WORDS } from "./record.js";

/** Parts that are cut at once. */
const CUT_PARTS = 64;

/** The parts of one length. */
export interface PartKind {
  readonly length: number;
  /** First word of one that was given back, 0 for none; its own first word names the next of them. */
  free: number;
  /** What was cut and not taken yet. */
  next: number;
  end: number;
}

export function partKind(length: number): PartKind {
  return { length, free: 0, next: 0, end: 0 };
}

export class Arena {
  /** The parts. Replaced when they become more: nobody keeps a view while a part is taken. */
  views: Views;
  private cut: number;

  /** @param emptyWords at the beginning, which belong to no part and stay zeros: they are read where nothing was taken */
  constructor(emptyWords: number) {
    this.cut = Math.ceil(emptyWords / LINE_WORDS) * LINE_WORDS;
    this.views = alignedViews(this.cut);
  }

  /** Words of all parts that were cut, with those that belong to none. */
  get length(): number {
    return this.cut;
  }

  /** Makes room for so many words at once. */
  reserve(length: number): void {
    if (length > this.views.words.length) this.grow(length);
  }

  /** First word of a part that is the caller's from now on. */
  take(kind: PartKind): number {
    const { free } = kind;
    if (free !== 0) {
      const { words } = this.views;
      kind.free = words[free] as number;
      words[free] = 0;
      return free;
    }
    if (kind.next === kind.end) this.cutParts(kind);
    const at = kind.next;
    kind.next += kind.length;
    return at;
  }

  /** Takes a part back; no word is left in it. */
  give(kind: PartKind, at: number): void {
    const { words } = this.views;
    words.fill(0, at, at + kind.length);
    words[at] = kind.free;
    kind.free = at;
  }

  /** The parts as they are, to be read. */
  copy(): Arena {
    const copy = new Arena(0);
    copy.cut = this.cut;
    copy.views = copiedViews(this.views.words, this.cut);
    return copy;
  }

  private cutParts(kind: PartKind): void {
    kind.next = this.cut;
    this.cut += CUT_PARTS * kind.length;
    kind.end = this.cut;
    const { length } = this.views.words;
    if (this.cut > length) this.grow(Math.max(this.cut, Math.min(VIEW_WORDS_MAX, Math.ceil(1.5 * length))));
  }

  private grow(length: number): void {
    const { words } = this.views;
    this.views = alignedViews(length);
    this.views.words.set(words);
  }
}
