/**
 * Diaries as words, as checkpoints keep them: of each what lay packed, one after another, and what was entered since. They are taken by
 * reference: what is packed is copied when somebody asks for the words, which may be long after, and from the scratch where it lies there.
 */
import { type LentRun, type PackedRuns, type Piece, RUN_SLOTS, runOf } from "./packed-runs.js";
import { endOfList } from "./paged-lists.js";

export interface DiaryWords {
  /** Words of each that lay packed. */
  readonly lengths: Uint32Array;
  readonly packed: Uint32Array;
  /** For each the length of what was entered since, then its words. */
  readonly recent: Uint32Array;
}

/** A stretch of a list of slots, all of one run. */
export interface Stretch {
  readonly run: number;
  readonly from: number;
  readonly end: number;
}

export function* runsOf(slots: Uint32Array): Generator<Stretch> {
  for (let from = 0; from < slots.length; ) {
    const run = runOf(slots[from] as number);
    let end = from + 1;
    while (end < slots.length && runOf(slots[end] as number) === run) end++;
    yield { run, from, end };
    from = end;
  }
}

/** The diaries of some slots at one moment; of somebody who is forgotten later, what lay packed may be zeros. */
export class TakenDiaries {
  private readonly packed: PackedRuns;
  private readonly slots: Uint32Array;
  private readonly recent: () => Uint32Array;
  /** What `recent` said, from when it is measured to when it is copied. */
  private words: Uint32Array | null = null;
  private lent: readonly LentRun[];

  /** @param slots upwards @param recent what was entered since, as words */
  constructor(packed: PackedRuns, slots: Uint32Array, recent: () => Uint32Array) {
    this.packed = packed;
    this.slots = slots;
    this.recent = recent;
    this.lent = Array.from(runsOf(slots), ({ run }) => packed.lend(run));
  }

  /** How many words there are to be copied. */
  sizes(): { packed: number; recent: number } {
    let packed = 0;
    for (const { lent, slots } of this.stretches())
      for (const slot of slots) packed += lent.lengths[slot % RUN_SLOTS] as number;
    this.words = this.recent();
    return { packed, recent: this.words.length };
  }

  copyTo({ lengths, packed, recent }: DiaryWords): void {
    recent.set(this.words ?? this.recent());
    let [row, at] = [0, 0];
    for (const { lent, slots } of this.stretches()) {
      for (const slot of slots) lengths[row++] = lent.lengths[slot % RUN_SLOTS] as number;
      at = this.packed.copyLent(lent, piecesOf(lent, slots), packed, at);
    }
  }

  /** Nobody asks for the words any more. */
  giveBack(): void {
    const { lent } = this;
    this.lent = [];
    this.words = null;
    for (const run of lent) this.packed.giveBack(run);
  }

  private *stretches() {
    let i = 0;
    for (const { from, end } of runsOf(this.slots)) {
      const lent = this.lent[i++] as LentRun;
      yield { lent, slots: this.slots.subarray(from, end) };
    }
  }
}

/** Where the lists of these slots of a run lie; those of neighbours are one piece. */
function piecesOf({ lengths }: LentRun, slots: Uint32Array): Piece[] {
  const pieces: { from: number; length: number }[] = [];
  let [slot, start] = [0, 0];
  for (const wanted of slots) {
    for (; slot < wanted % RUN_SLOTS; slot++) start += lengths[slot] as number;
    const length = lengths[slot] as number;
    const last = pieces.at(-1);
    if (last !== undefined && last.from + last.length === start) last.length += length;
    else if (length > 0) pieces.push({ from: start, length });
  }
  return pieces;
}

/** The single diaries of such words. */
export class DiaryRows {
  private readonly words: DiaryWords;
  /** By row: where the packed words begin, and the recent ones with their length. */
  private readonly packedAt: Uint32Array;
  private readonly recentAt: Uint32Array;

  /** @throws RangeError when the words do not hold so many diaries, or one that is longer than a diary may be */
  constructor(words: DiaryWords, rows: number, packedMax: number, recentMax: number) {
    this.words = words;
    this.packedAt = new Uint32Array(rows + 1);
    this.recentAt = new Uint32Array(rows + 1);
    let [packed, recent] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const length = words.lengths[row] as number;
      const end = endOfList(words.recent, recent, row);
      if (length > packedMax || end - recent - 1 > recentMax)
        throw new RangeError(`diaries: diary ${row} has ${length} words and ${end - recent - 1}`);
      packed += length;
      recent = end;
      this.packedAt[row + 1] = packed;
      this.recentAt[row + 1] = recent;
    }
    if (!(packed <= words.packed.length)) throw new RangeError(`diaries: ${words.packed.length} words, not ${packed}`);
  }

  /** What lay packed of the diaries from `row` to before `end`. */
  packed(row: number, end = row + 1): Uint32Array {
    return this.words.packed.subarray(this.packedAt[row], this.packedAt[end]);
  }

  /** Of the diaries from `row` to before `end` all lay packed. */
  arePacked(row: number, end: number): boolean {
    return (this.recentAt[end] as number) - (this.recentAt[row] as number) === end - row;
  }

  recent(row: number): Uint32Array {
    return this.words.recent.subarray((this.recentAt[row] as number) + 1, this.recentAt[row + 1]);
  }
}
