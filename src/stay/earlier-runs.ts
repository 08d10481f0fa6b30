/**
 * The runs that wait to be decoded, without those that stand in the line: chunks of as many as a line holds, each with the number of the one
 * before it. They are taken when a line is full and given back when the runs were decoded, so a chunk taken is most often one that the
 * cache still has.
 */
import { alignedViews } from "./aligned-buffer.js";
import { LINE_RUNS, RUN_WORDS } from "./record.js";

const CHUNK_WORDS = LINE_RUNS * RUN_WORDS;
/** No chunk: number 0 is nobody's. */
export const NO_CHUNK = 0;

export class EarlierRuns {
  /** The chunks; replaced when they become more. */
  words = alignedViews(64 * CHUNK_WORDS).words;
  /** Of each chunk that before it, of a free one another free one. */
  private before = new Uint32Array(64);
  /** By slot: the newest chunk. */
  private newest: Uint32Array;
  private free = NO_CHUNK;
  /** Chunks that somebody had at some time, with the one that is nobody's. */
  private taken = 1;

  constructor(slots: number) {
    this.newest = new Uint32Array(slots);
  }

  get byteLength(): number {
    return this.taken * (CHUNK_WORDS + 1) * 4;
  }

  /** Chunks in use, and those that were. */
  get chunks(): number {
    return this.taken;
  }

  widen(slots: number): void {
    const newest = new Uint32Array(slots);
    newest.set(this.newest);
    this.newest = newest;
  }

  /** Makes room for so many chunks at once. */
  reserve(chunks: number): void {
    if (chunks > this.before.length) this.grow(chunks);
  }

  /** The chunk of a slot's newest runs that do not stand in the line, and the one before a chunk; NO_CHUNK where there is none. */
  newestOf(slot: number): number {
    return this.newest[slot] as number;
  }

  beforeOf(chunk: number): number {
    return this.before[chunk] as number;
  }

  wordOf(chunk: number): number {
    return chunk * CHUNK_WORDS;
  }

  /** Word at which a slot's new chunk begins, which is its newest from now on. */
  append(slot: number): number {
    const chunk = this.take();
    this.before[chunk] = this.newest[slot] as number;
    this.newest[slot] = chunk;
    return chunk * CHUNK_WORDS;
  }

  private take(): number {
    const chunk = this.free;
    if (chunk !== NO_CHUNK) {
      this.free = this.before[chunk] as number;
      return chunk;
    }
    if (this.taken === this.before.length) this.grow(Math.ceil(1.5 * this.taken));
    return this.taken++;
  }

  /** Gives back the chunks of a slot; no word is left in them. */
  clear(slot: number): void {
    const { words, before } = this;
    let chunk = this.newest[slot] as number;
    while (chunk !== NO_CHUNK) {
      const next = before[chunk] as number;
      for (let word = chunk * CHUNK_WORDS; word < (chunk + 1) * CHUNK_WORDS; word++) words[word] = 0;
      before[chunk] = this.free;
      this.free = chunk;
      chunk = next;
    }
    this.newest[slot] = NO_CHUNK;
  }

  /** The runs of the first `slots` slots as they are, to be read. */
  copy(slots: number): EarlierRuns {
    const copy = new EarlierRuns(0);
    copy.words = this.words.slice(0, this.taken * CHUNK_WORDS);
    copy.before = this.before.slice(0, this.taken);
    copy.newest = this.newest.slice(0, slots);
    copy.taken = this.taken;
    return copy;
  }

  private grow(chunks: number): void {
    const { words, before } = this;
    this.words = alignedViews(chunks * CHUNK_WORDS).words;
    this.words.set(words);
    this.before = new Uint32Array(chunks);
    this.before.set(before);
  }
}
