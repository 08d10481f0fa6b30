/** Subscribers whose events are not taken: those on the opt-out list, and those forgotten while their old events are still on the way. */

/** A pseudonym in two words, and until when what was sent is left out: epoch ms of the stream, Infinity for good. */
export interface Excluded {
  readonly hi: number;
  readonly lo: number;
  readonly sentUntilMs: number;
}

/** What becomes of a reject by whom its raw text names: kept; dropped with its subscriber; or kept without the peer. */
export type RawJudgement = { readonly kind: "keep" | "drop" } | { readonly kind: "change"; readonly raw: string };

const KEEP: RawJudgement = { kind: "keep" };
const DROP: RawJudgement = { kind: "drop" };
const TWO_POW_32 = 2n ** 32n;

/** A set that a loop over events may ask: open addressing over the 64-bit pseudonym, at most half full. Never changes. */
export class Exclusion {
  /** Subscribers in it. */
  readonly size: number;
  /** Low and high word of a pseudonym at its slot; used where `until` is not 0. */
  private readonly words: Uint32Array;
  private readonly until: Float64Array;

  /** Of several entries for one subscriber the one that leaves out the most counts. */
  constructor(entries: readonly Excluded[]) {
    let slots = 16;
    while (slots < entries.length * 2) slots *= 2;
    this.words = new Uint32Array(slots * 2);
    this.until = new Float64Array(slots);
    let size = 0;
    for (const { hi, lo, sentUntilMs } of entries) {
      const at = this.slotOf(hi, lo);
      if (this.until[at] === 0) size++;
      this.words[at * 2] = lo;
      this.words[at * 2 + 1] = hi;
      this.until[at] = Math.max(this.until[at] as number, sentUntilMs);
    }
    this.size = size;
  }

  /** @param sentMs when the stream took the event, epoch ms; Infinity where nobody knows, which only the opt-out list outlasts */
  excludes(hi: number, lo: number, sentMs: number): boolean {
    const until = this.until[this.slotOf(hi, lo)] as number;
    return until !== 0 && sentMs <= until;
  }

  /** Judges the `raw` text of a reject by the subscriber and the peer that it names. */
  judgeRaw(raw: string, sentMs: number): RawJudgement {
    const subscriber = /"subscriber":"(\d{1,20})"/.exec(raw)?.[1];
    if (subscriber !== undefined && this.excludesText(subscriber, sentMs)) return DROP;
    const peer = /"peer":"(\d{1,20})"/.exec(raw)?.[1];
    if (peer === undefined || !this.excludesText(peer, sentMs)) return KEEP;
    return { kind: "change", raw: raw.replace(`"peer":"${peer}"`, '"peer":""') };
  }

  private excludesText(pseudonym: string, sentMs: number): boolean {
    const value = BigInt(pseudonym);
    return this.excludes(Number(value / TWO_POW_32), Number(value % TWO_POW_32), sentMs);
  }

  /** Where the pseudonym is, or would be. */
  private slotOf(hi: number, lo: number): number {
    const mask = this.until.length - 1;
    let at = (Math.imul(lo ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b) >>> 8) & mask;
    while (this.until[at] !== 0 && (this.words[at * 2] !== lo || this.words[at * 2 + 1] !== hi)) at = (at + 1) & mask;
    return at;
  }
}

/** Nobody. */
export const NOBODY = new Exclusion([]);
