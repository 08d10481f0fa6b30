/**
 * Lines of the cache in one buffer, taken when they are first needed and given back when they are no more: a line lies where it is until
 * then, and is zeros when it is taken.
 */
import { alignedViews, VIEW_WORDS_MAX } from "./aligned-buffer.js";
import { LINE_WORDS } from "./record.js";

export class Arena {
  /** The lines; the first is nobody's. Replaced when they become more: nobody keeps the words while a line is taken. */
  words = alignedViews(LINE_WORDS).words;
  private cut = LINE_WORDS;
  /** First word of a line that was given back, 0 for none; its own first word names the next of them. */
  private free = 0;

  /** Words of all lines that somebody had at some time, with the one that is nobody's. */
  get length(): number {
    return this.cut;
  }

  /** Makes room for so many words at once. */
  reserve(length: number): void {
    if (length > this.words.length) this.grow(length);
  }

  /** First word of a line that is the caller's from now on. */
  take(): number {
    const at = this.free;
    if (at !== 0) {
      this.free = this.words[at] as number;
      this.words[at] = 0;
      return at;
    }
    if (this.cut === this.words.length) this.grow(Math.max(2 * LINE_WORDS, Math.min(VIEW_WORDS_MAX, 1.5 * this.cut)));
    this.cut += LINE_WORDS;
    return this.cut - LINE_WORDS;
  }

  /** Takes a line back; no word is left in it. */
  give(at: number): void {
    const { words } = this;
    for (let word = at + 1; word < at + LINE_WORDS; word++) words[word] = 0;
    words[at] = this.free;
    this.free = at;
  }

  /** The lines as they are, to be read. */
  copy(): Arena {
    const copy = new Arena();
    copy.cut = this.cut;
    copy.words = this.words.slice(0, this.cut);
    return copy;
  }

  private grow(length: number): void {
    const { words } = this;
    this.words = alignedViews(Math.ceil(length / LINE_WORDS) * LINE_WORDS).words;
    this.words.set(words);
  }
}
