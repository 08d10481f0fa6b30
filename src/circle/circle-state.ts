/** What a partition keeps for its circles, by slot: the diary, the days heard, the home network, and what the store was told. */
import type { Dimension } from "../rows.js";
import { Diary } from "./diary.js";
import { Standings } from "./standing.js";

export class CircleState {
  diary = new Diary();
  standings = new Standings();
  /** First city day on which the partition heard of anybody, 0 before. */
  firstDay = 0;
  /** Bit i: heard on `lastHeard - i`. */
  private heardBits = new Uint32Array(256);
  private lastHeard = new Uint16Array(256);
  private firstHeard = new Uint16Array(256);
  /** 1: home PLMN is of the city, 2: it is not, 0: no event has named it. */
  private networks = new Uint8Array(256);

  get byteLength(): number {
    return this.diary.byteLength + this.standings.byteLength + this.heardBits.length * 9;
  }

  private reach(slot: number): void {
    if (slot < this.networks.length) return;
    const length = Math.max(slot + 1, Math.ceil(this.networks.length * 1.5));
    const grow = <T extends Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.heardBits = grow(this.heardBits, new Uint32Array(length));
    this.lastHeard = grow(this.lastHeard, new Uint16Array(length));
    this.firstHeard = grow(this.firstHeard, new Uint16Array(length));
    this.networks = grow(this.networks, new Uint8Array(length));
  }

  /** Notes the home network that an event named; the latest counts. */
  noteNetwork(slot: number, isForeign: boolean): void {
    this.reach(slot);
    this.networks[slot] = isForeign ? 2 : 1;
  }

  isForeign(slot: number): boolean {
    return this.networks[slot] === 2;
  }

  /** Notes that the subscriber was heard on a city day; days come in order. */
  noteHeard(slot: number, day: number): void {
    this.reach(slot);
    if (this.firstDay === 0) this.firstDay = day;
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

  /** The columns of the first `slots` slots: heard bits, last and first day heard, networks. */
  snapshot(slots: number): Uint8Array {
    this.reach(slots);
    const out = new Uint8Array(slots * 9);
    out.set(new Uint8Array(this.heardBits.buffer, 0, slots * 4), 0);
    out.set(new Uint8Array(this.lastHeard.buffer, 0, slots * 2), slots * 4);
    out.set(new Uint8Array(this.firstHeard.buffer, 0, slots * 2), slots * 6);
    out.set(this.networks.subarray(0, slots), slots * 8);
    return out;
  }

  static restore(parts: {
    readonly columns: Uint8Array;
    readonly diary: Uint8Array;
    readonly standings: Uint8Array;
    readonly circles: readonly (readonly [string, Dimension])[];
    readonly firstDay: number;
  }): CircleState {
    const state = new CircleState();
    const slots = parts.columns.length / 9;
    if (!Number.isInteger(slots))
      throw new RangeError(`days heard: got ${parts.columns.length} bytes, no multiple of 9`);
    state.reach(slots);
    // A copy begins on a boundary of its own, wherever the section lay.
    const copy = new Uint8Array(parts.columns);
    const bytes = (from: number, to: number) => copy.buffer.slice(from, to);
    state.heardBits.set(new Uint32Array(bytes(0, slots * 4)));
    state.lastHeard.set(new Uint16Array(bytes(slots * 4, slots * 6)));
    state.firstHeard.set(new Uint16Array(bytes(slots * 6, slots * 8)));
    state.networks.set(parts.columns.subarray(slots * 8));
    state.diary = Diary.restore(parts.diary);
    state.standings = Standings.restore(parts.standings, parts.circles);
    state.firstDay = parts.firstDay;
    return state;
  }
}
