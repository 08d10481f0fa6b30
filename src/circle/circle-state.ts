/** What a partition keeps for its circles, by slot: the diary, the days heard, the home network, and what the store was told. */
import { NO_SLOT } from "../stay/slot-set.js";
import { Diaries } from "./diaries.js";
import type { Scratch } from "./packed-runs.js";
import { Standings } from "./standing.js";

/** Bytes of the columns of a slot. */
export const COLUMN_BYTES = 9;

/** With more days than this from one on which anybody was heard to the next, the stream was broken: nobody knows who was there meanwhile. */
const BREAK_DAYS = 2;

export class CircleState {
  readonly diary: Diaries;
  standings = new Standings();
  /** First city day since which the partition has heard of somebody without a break, 0 before. */
  firstDay = 0;
  /** Last city day on which it heard of anybody; follows from the days of the slots. */
  private lastDay = 0;
  /** Bit i: heard on `lastHeard - i`. */
  private heardBits = new Uint32Array(256);
  private lastHeard = new Uint16Array(256);
  private firstHeard = new Uint16Array(256);
  /**
   * 1: home PLMN is of the city, 2: it is not, 0: no event has named it. Of a subscriber whose day is still to be closed, bits 2 and up
   * hold that of the day + 1 once an event of the next one has named it.
   */
  private networks = new Uint8Array(256);

  /** @param scratch where diaries lie that the memory has no room for */
  constructor(scratch?: Scratch) {
    this.diary = new Diaries(scratch);
  }

  get byteLength(): number {
    return this.diary.byteLength + this.standings.byteLength + this.heardBits.length * COLUMN_BYTES;
  }

  private reach(slot: number): void {
    if (slot < this.networks.length) return;
    this.widen(Math.max(slot + 1, Math.ceil(this.networks.length * 1.5)));
  }

  /** Makes room for so many slots, and for the pages of their standings, at once. */
  reserve(slots: number, pages: { readonly standings: number }): void {
    if (slots > this.networks.length) this.widen(slots);
    this.diary.reserve(slots);
    this.standings.reserve(slots, pages.standings);
  }

  private widen(length: number): void {
    const grow = <T extends Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.heardBits = grow(this.heardBits, new Uint32Array(length));
    this.lastHeard = grow(this.lastHeard, new Uint16Array(length));
    this.firstHeard = grow(this.firstHeard, new Uint16Array(length));
    this.networks = grow(this.networks, new Uint8Array(length));
  }

  /**
   * Notes the home network that an event named; the latest counts.
   *
   * @param isClosed false while a day is still to be closed for the subscriber, which goes by what was known before
   * @returns whether that is news
   */
  noteNetwork(slot: number, isForeign: boolean, isClosed: boolean): boolean {
    this.reach(slot);
    const known = this.networks[slot] as number;
    const ofDay = isClosed || known >= 4 ? known & ~3 : (known + 1) << 2;
    this.networks[slot] = ofDay | (isForeign ? 2 : 1);
    return this.networks[slot] !== known;
  }

  /** The day of the subscriber is closed. */
  closeNetwork(slot: number): void {
    if (slot < this.networks.length) this.networks[slot] = (this.networks[slot] as number) & 3;
  }

  isForeign(slot: number): boolean {
    const known = this.networks[slot] ?? 0;
    return (known >= 4 ? (known >>> 2) - 1 : known) === 2;
  }

  /** Notes that the subscriber was heard on a city day; days come in order. */
  noteHeard(slot: number, day: number): void {
    this.reach(slot);
    if (this.firstDay === 0 || day - this.lastDay > BREAK_DAYS) this.firstDay = day;
    this.lastDay = Math.max(this.lastDay, day);
    const last = this.lastHeard[slot] as number;
    if (last === 0) this.firstHeard[slot] = day;
    const ago = last === 0 ? 32 : day - last;
    const bits = ago >= 32 ? 0 : (this.heardBits[slot] as number) << ago;
    this.heardBits[slot] = (bits | 1) >>> 0;
    this.lastHeard[slot] = day;
  }

  /** Bit i: heard on `day - i`. */
  heard(slot: number, day: number): number {
    const ago = day - (this.lastHeard[slot] ?? 0);
    return ago >= 32 ? 0 : ((this.heardBits[slot] as number) << ago) >>> 0;
  }

  /** Days among the last `days` on which a known subscriber was not heard. */
  silentDays(slot: number, day: number, days: number): number {
    const known = Math.min(days, day - (this.firstHeard[slot] ?? 0) + 1);
    const heard = this.heard(slot, day);
    let silent = 0;
    for (let ago = 0; ago < known; ago++) if (ago >= 32 || ((heard >>> ago) & 1) === 0) silent++;
    return silent;
  }

  /** Empties a slot, whose number another subscriber may get. */
  forget(slot: number): void {
    this.reach(slot);
    for (const column of [this.heardBits, this.lastHeard, this.firstHeard, this.networks]) column[slot] = 0;
    this.diary.clear(slot);
    this.standings.set(slot, []);
  }

  /** The columns of the given slots, one after another: heard bits, last and first day heard, networks. */
  snapshot(slots: Uint32Array): Uint8Array {
    const count = slots.length;
    const out = new Uint8Array(count * COLUMN_BYTES);
    const heardBits = new Uint32Array(out.buffer, 0, count);
    const lastHeard = new Uint16Array(out.buffer, count * 4, count);
    const firstHeard = new Uint16Array(out.buffer, count * 6, count);
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      heardBits[i] = this.heardBits[slot] ?? 0;
      lastHeard[i] = this.lastHeard[slot] ?? 0;
      firstHeard[i] = this.firstHeard[slot] ?? 0;
      out[count * 8 + i] = this.networks[slot] ?? 0;
    }
    return out;
  }

  /** Puts the bytes of `snapshot` in the place of the columns of these slots; NO_SLOT passes over one. */
  put(slots: Uint32Array, bytes: Uint8Array): void {
    const count = slots.length;
    // A copy begins on a boundary of its own, wherever the section lay.
    const { buffer } = new Uint8Array(bytes);
    const heardBits = new Uint32Array(buffer, 0, count);
    const lastHeard = new Uint16Array(buffer, count * 4, count);
    const firstHeard = new Uint16Array(buffer, count * 6, count);
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      if (slot === NO_SLOT) continue;
      this.reach(slot);
      this.heardBits[slot] = heardBits[i] as number;
      this.lastHeard[slot] = lastHeard[i] as number;
      this.lastDay = Math.max(this.lastDay, lastHeard[i] as number);
      this.firstHeard[slot] = firstHeard[i] as number;
      this.networks[slot] = bytes[count * 8 + i] as number;
    }
  }
}
