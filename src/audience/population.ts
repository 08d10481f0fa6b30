/**
 * The people that audiences are made of, in memory: dense ids, the set of everybody, and a set for each leaf that was asked for. A score
 * threshold or a recency makes a leaf, and so a set, of its own, which is exact and changes with one bit. Sets beyond `bytesMax` are
 * dropped, those not asked for the longest first.
 */
import { type Excluded, Exclusion, NOBODY } from "../signal/exclusion.js";
import { type Bits, bitsFor, clearBit, hasBit, setBit } from "./bitset.js";
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
  /** Adds a subscriber, fastest in the order of the pseudonyms; who is not known has no circle, and is left out. */
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
  /** Grows with every change of a set, so that who looks again sees whether anything has changed. */
  revision = 0;
  private exclusion: Exclusion = NOBODY;
  private excluded: readonly Excluded[] = [];
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

  /** Takes a subscriber among everybody, unless excluded. */
  enter(hi: number, lo: number): void {
    const id = this.admit(hi, lo);
    if (!this.exclusion.excludes(hi, lo, 0)) this.put(this.everybody, id, true);
  }

  /** Takes out of everybody who is in no circle any more. */
  leave(hi: number, lo: number): void {
    const id = this.ids.find(hi, lo);
    if (id >= 0) this.put(this.everybody, id, false);
  }

  private put(bits: Bits, id: number, isIn: boolean): void {
    if (hasBit(bits, id) === isIn) return;
    if (isIn) setBit(bits, id);
    else clearBit(bits, id);
    this.revision++;
  }

  /**
   * Leaves these, and from now on nobody else, out of everybody and so out of every audience.
   *
   * @returns those who were left out before and are no longer; who of them is in a circle has to `enter` again
   */
  exclude(people: readonly Excluded[]): readonly Excluded[] {
    this.exclusion = new Exclusion(people);
    for (const { hi, lo } of people) this.leave(hi, lo);
    const free = this.excluded.filter(({ hi, lo }) => !this.exclusion.excludes(hi, lo, 0));
    this.excluded = people;
    return free;
  }

  /** Whether somebody is left out because of an order to forget, and not by the opt-out list. */
  isForgotten(hi: number, lo: number): boolean {
    return this.exclusion.excludes(hi, lo, 0) && !this.exclusion.excludes(hi, lo, Number.POSITIVE_INFINITY);
  }

  /** The dense id of a subscriber who is, or was, in a circle; a new one where there is none. */
  admit(hi: number, lo: number): number {
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
    const find = this.ids.finder();
    return {
      add: (hi, lo) => {
        const id = find(hi, lo);
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
    this.revision++;
    if (isMembership(leaf)) this.byCircle.get(circleOf(leaf))?.delete(held);
  }

  /** Brings every set that is held to a membership's new state. */
  apply(state: MembershipState): void {
    const { subscriberHi, subscriberLo } = state;
    const id = this.admit(subscriberHi, subscriberLo);
    if (!state.gone) this.enter(subscriberHi, subscriberLo);
    for (const held of this.byCircle.get(state.circle) ?? []) {
      this.put(held.bits, id, !state.gone && isIn(held.leaf as MembershipLeaf, state, this.asOfSec));
    }
  }

  /** Adds somebody to a set that is held, who came into it by something else than a membership. */
  add(leaf: Leaf, hi: number, lo: number): void {
    const held = this.held.get(printLeaf(leaf));
    const id = this.ids.find(hi, lo);
    if (held !== undefined && id >= 0) this.put(held.bits, id, true);
  }

  /** The leaves that are held. */
  leaves(): Leaf[] {
    return [...this.held.values()].map(({ leaf }) => leaf);
  }

  /** The circles of the leaves that are held. */
  circles(): string[] {
    return [...this.byCircle.keys()];
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

/** Whether the set of a leaf changes as time goes on, by more than memberships that begin and end: by days that pass, by a score. */
export function agesWithTime(leaf: Leaf): boolean {
  if (!isMembership(leaf)) return true;
  const { scoreMin, seenWithinDays, memberWithinDays, memberForDays } = leaf;
  return [scoreMin, seenWithinDays, memberWithinDays, memberForDays].some((limit) => limit !== undefined);
}
