/**
 * The runs that wait to be decoded, without those that stand in the line: those of one subscriber lie one after another, so that a decode
 * waits for memory once. When there is no more room for them they move to a part with more.
 */
import { Arena, type PartKind, partKind } from "./arena.js";
import { LINE_RUNS, RUN_WORDS, WAITING_MAX } from "./record.js";

/** Runs that leave the line together. */
const GROUP_WORDS = LINE_RUNS * RUN_WORDS;
/** What waits at most stands in the line or in so many groups. */
const GROUPS_MAX = WAITING_MAX / LINE_RUNS - 1;
/** Groups for which a part has room: half a line of the cache, one, two, and three and a half. */
const ROOMS = [1, 2, 4, GROUPS_MAX];
/** By number of groups: which of them they have, -1 for none. */
const ROOM_OF = Int8Array.from({ length: GROUPS_MAX + 1 }, (_, groups) =>
  groups === 0 ? -1 : ROOMS.findIndex((room) => groups <= room),
);
/** Parts begin with a multiple of GROUP_WORDS, so the number of groups stands in the bits below. */
const GROUPS_MASK = GROUP_WORDS - 1;

export class EarlierRuns {
  /** Nobody's part begins at 0. */
  private arena = new Arena(1);
  private readonly kinds = ROOMS.map((groups) => partKind(groups * GROUP_WORDS));
  /** By slot: where its runs begin, and how many groups they are. */
  private parts: Uint32Array;

  constructor(slots: number) {
    this.parts = new Uint32Array(slots);
  }

  /** The runs; replaced when they become more. */
  get words(): Uint32Array {
    return this.arena.views.words;
  }

  get byteLength(): number {
    return this.arena.length * 4;
  }

  /** Words of all parts that were cut: what `reserve` is to be given. */
  get length(): number {
    return this.arena.length;
  }

  widen(slots: number): void {
    const parts = new Uint32Array(slots);
    parts.set(this.parts);
    this.parts = parts;
  }

  /** Makes room for so many words at once. */
  reserve(length: number): void {
    this.arena.reserve(length);
  }

  /** Words of a slot's runs. */
  lengthOf(slot: number): number {
    return ((this.parts[slot] as number) & GROUPS_MASK) * GROUP_WORDS;
  }

  /** Word of the oldest of them. */
  startOf(slot: number): number {
    return ((this.parts[slot] as number) & ~GROUPS_MASK) >>> 0;
  }

  /** Word at which a slot's next LINE_RUNS runs begin; there is room for those that may wait. */
  append(slot: number): number {
    const groups = (this.parts[slot] as number) & GROUPS_MASK;
    const start = this.startWithRoom(slot, groups);
    this.parts[slot] = start | (groups + 1);
    return start + groups * GROUP_WORDS;
  }

  /** Where the runs of a slot begin, with room for one group more than these. */
  private startWithRoom(slot: number, groups: number): number {
    const start = this.startOf(slot);
    const had = ROOM_OF[groups] as number;
    const room = ROOM_OF[groups + 1] as number;
    if (had === room) return start;
    const to = this.arena.take(this.kinds[room] as PartKind);
    if (groups === 0) return to;
    this.words.copyWithin(to, start, start + groups * GROUP_WORDS);
    this.arena.give(this.kinds[had] as PartKind, start);
    return to;
  }

  /** Forgets the runs of a slot. */
  clear(slot: number): void {
    const groups = (this.parts[slot] as number) & GROUPS_MASK;
    if (groups === 0) return;
    this.arena.give(this.kinds[ROOM_OF[groups] as number] as PartKind, this.startOf(slot));
    this.parts[slot] = 0;
  }

  /** The runs of the first `slots` slots as they are, to be read. */
  copy(slots: number): EarlierRuns {
    const copy = new EarlierRuns(0);
    copy.arena = this.arena.copy();
    copy.parts = this.parts.slice(0, slots);
    return copy;
  }
}
