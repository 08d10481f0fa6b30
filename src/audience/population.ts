/**
 * The people that audiences are made of, in memory: dense ids, the set of everybody, and a set for each leaf that was asked for. A score
 * threshold or a recency makes a leaf, and so a set, of its own, which is exact and changes with one bit. Sets beyond `bytesMax` are
 * dropped, those not asked for the longest first.
 */
import { type Bits, bitsFor, clearBit, setBit } from "./bitset.js";
import { DenseIds } from "./dense-ids.js";
import type { Sets } from "./evaluate.js";
import { circleOf, isMembership, type Leaf, type MembershipLeaf } from "./expression.js";
import { printLeaf } from "./print.js";

const DAY_SEC = 86_400;
const IDS_FIRST = 1024;

/** A membership as it is now. */
export interface MembershipState {
  readonly subscriberHi: number;
  readonly subscriberLo: number;
  readonly circle: string;
  readonly score: number;
  /** Epoch seconds. */
  readonly sinceSec: number;
  readonly seenSec: number;
  readonly gone: boolean;
}

interface Held {
  readonly leaf: Leaf;
  bits: Bits;
}

export interface Draft {
  /** Adds a subscriber; who is not known has no circle, and is left out. */
  add(hi: number, lo: number): void;
  keep(): void;
}

export class Population {
  readonly ids = new DenseIds();
  everybody: Bits = bitsFor(IDS_FIRST);
  /** Most bytes of sets, that of everybody aside. */
  readonly bytesMax: number;
  /** What recency counts back from, epoch seconds. */
  asOfSec: number;
  /** In the order in which they were last asked for. */
  private readonly held = new Map<string, Held>();
  private readonly byCircle = new Map<string, Set<Held>>();

  constructor(bytesMax: number, asOfSec: number) {
    this.bytesMax = bytesMax;
    this.asOfSec = asOfSec;
  }

  get byteLength(): number {
    return this.ids.byteLength + this.everybody.byteLength * (1 + this.held.size);
  }

  get leafCount(): number {
    return this.held.size;
  }

  /** Takes a subscriber among everybody. */
  enter(hi: number, lo: number): void {
    const id = this.admit(hi, lo);
    setBit(this.everybody, id);
  }

  /** The dense id of a subscriber who is, or was, in a circle. */
  private admit(hi: number, lo: number): number {
    const id = this.ids.idOf(hi, lo);
    if (id >= this.everybody.length * 32) this.grow(id + 1);
    return id;
  }

  private grow(ids: number): void {
    const words = Math.max(Math.ceil(ids / 32), Math.ceil(this.everybody.length * 1.25));
    this.everybody = longer(this.everybody, words);
    for (const held of this.held.values()) held.bits = longer(held.bits, words);
  }

  has(leaf: Leaf): boolean {
    return this.held.has(printLeaf(leaf));
  }

  /** A set for a leaf, to be filled with the subscribers that the store names and then kept; one that is not kept leaves no trace. */
  draft(leaf: Leaf): Draft {
    const held: Held = { leaf, bits: new Uint32Array(this.everybody.length) };
    return {
      add: (hi, lo) => {
        const id = this.ids.find(hi, lo);
        if (id < 0) return;
        if (id >= held.bits.length * 32) held.bits = longer(held.bits, this.everybody.length);
        setBit(held.bits, id);
      },
      keep: () => {
        held.bits = longer(held.bits, this.everybody.length);
        this.drop(leaf);
        this.held.set(printLeaf(leaf), held);
        if (!isMembership(leaf)) return;
        const circle = circleOf(leaf);
        const others = this.byCircle.get(circle) ?? new Set();
        this.byCircle.set(circle, others.add(held));
      },
    };
  }

  /** Drops the sets asked for the longest ago until the rest fits, but none of those wanted now. */
  makeRoom(wanted: readonly Leaf[]): void {
    const keep = new Set(wanted.map(printLeaf));
    for (const [key, { leaf }] of this.held) {
      if (this.held.size * this.everybody.byteLength <= this.bytesMax) return;
      if (!keep.has(key)) this.drop(leaf);
    }
  }

  /** Forgets the sets of which `is` holds; they are read anew when asked for. */
  dropWhere(is: (leaf: Leaf) => boolean): void {
    for (const { leaf } of [...this.held.values()]) if (is(leaf)) this.drop(leaf);
  }

  private drop(leaf: Leaf): void {
    const key = printLeaf(leaf);
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    if (isMembership(leaf)) this.byCircle.get(circleOf(leaf))?.delete(held);
  }

  /** Brings every set that is held to a membership's new state. */
  apply(state: MembershipState): void {
    const id = this.admit(state.subscriberHi, state.subscriberLo);
    if (!state.gone) setBit(this.everybody, id);
    for (const held of this.byCircle.get(state.circle) ?? []) {
      if (!state.gone && isIn(held.leaf as MembershipLeaf, state, this.asOfSec)) setBit(held.bits, id);
      else clearBit(held.bits, id);
    }
  }

  /** The sets of leaves that are held. @throws RangeError of `of` for one that is not */
  sets(): Sets {
    return {
      everybody: this.everybody,
      of: (leaf) => {
        const key = printLeaf(leaf);
        const held = this.held.get(key);
        if (held === undefined) throw new RangeError(`the set of ${key} is not held`);
        this.held.delete(key);
        this.held.set(key, held);
        return held.bits;
      },
    };
  }
}

function longer(bits: Bits, words: number): Bits {
  if (bits.length >= words) return bits;
  const made = new Uint32Array(words);
  made.set(bits);
  return made;
}

/** Whether a member belongs to a leaf. Scores are 32-bit floats in the store, so the threshold is rounded to one as well. */
export function isIn(
  leaf: MembershipLeaf,
  { score, sinceSec, seenSec }: Pick<MembershipState, "score" | "sinceSec" | "seenSec">,
  asOfSec: number,
): boolean {
  const { scoreMin = 0, seenWithinDays, memberWithinDays, memberForDays } = leaf;
  return (
    score >= Math.fround(scoreMin) &&
    (seenWithinDays === undefined || seenSec >= asOfSec - seenWithinDays * DAY_SEC) &&
    (memberWithinDays === undefined || sinceSec >= asOfSec - memberWithinDays * DAY_SEC) &&
    (memberForDays === undefined || sinceSec <= asOfSec - memberForDays * DAY_SEC)
  );
}

/** Whether the set of a leaf changes as time goes on, without a membership that changes. */
export function agesWithTime(leaf: Leaf): boolean {
  if (!isMembership(leaf)) return true;
  return leaf.seenWithinDays !== undefined || leaf.memberWithinDays !== undefined || leaf.memberForDays !== undefined;
}
