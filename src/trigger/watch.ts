/** A partition's triggers: what its events and closed days set off, and what of that is told. */
import type { MembershipLogRow } from "../rows.js";
import type { Exclusion } from "../signal/exclusion.js";
import { STANDING_HOME, STANDING_REGION } from "../stay/record.js";
import type { Stays } from "../stay/stays.js";
import { type CompiledTriggers, NO_TRIGGERS } from "./compile-triggers.js";
import type { TriggerNotice } from "./notice.js";
import type { Trigger } from "./trigger.js";
import { type VisitSink, Visits } from "./visits.js";

/** What became of what a trigger noticed. `elsewhere`: the home is not known to lie in the regions of who made it. */
export const OUTCOMES = ["told", "quiet", "capped", "expired", "elsewhere"] as const;
export type Outcome = (typeof OUTCOMES)[number];

const DAY_SECONDS = 86_400;

/** Where people and times of a partition are looked up. */
type Ground = Pick<Stays, "table" | "calendar">;

/** A notice of a circle that waits for the end of the quiet hours. */
interface Held {
  readonly dueSec: number;
  readonly notice: TriggerNotice;
}

/** What led to a notice. */
type Seen = Pick<TriggerNotice, "sinceSec" | "outsideSec" | "probability">;

/** The state that a checkpoint keeps; numbers are places in `keys`. */
export interface SavedWatch {
  readonly keys: readonly string[];
  readonly held: readonly Held[];
  /** Times told by slot and number of a trigger with a cap, epoch seconds. */
  readonly told: readonly (readonly [slot: number, number: number, ...sec: number[]])[];
}

export class TriggerWatch implements VisitSink {
  compiled: CompiledTriggers = NO_TRIGGERS;
  /** Notices that wait to be published. */
  notices: TriggerNotice[] = [];
  outcomes: Record<Outcome, number> = noOutcomes();
  /** Events that were older than the newest of their subscriber. */
  overtaken = 0;
  readonly visits = new Visits(NO_TRIGGERS);
  private readonly ground: Ground;
  private keys: readonly string[] = [];
  private held: Held[] = [];
  /** By slot, then by number. */
  private told = new Map<number, Map<number, number[]>>();
  private slot = 0;
  private sec = 0;

  constructor(ground: Ground) {
    this.ground = ground;
  }

  get isIdle(): boolean {
    return this.compiled === NO_TRIGGERS;
  }

  get byteLength(): number {
    return this.visits.byteLength;
  }

  /** Goes over to other triggers; the state of those that stay is kept. Tells whether they are numbered otherwise than before. */
  use(compiled: CompiledTriggers): boolean {
    const isOther = compiled.keys.join("\n") !== this.keys.join("\n");
    const numbers = new Map(compiled.keys.map((key, number) => [key, number]));
    const numberOf = (before: number) => numbers.get(this.keys[before] ?? "") ?? -1;
    this.visits.retarget(compiled, numberOf);
    const told = new Map<number, Map<number, number[]>>();
    for (const [slot, byNumber] of this.told)
      for (const [before, times] of byNumber)
        if (numberOf(before) >= 0) timesOf(told, slot, numberOf(before)).push(...times);
    this.told = told;
    this.held = this.held.filter(({ notice }) => numbers.has(notice.key));
    this.compiled = compiled;
    this.keys = compiled.keys;
    return isOther;
  }

  /** An event that was admitted. */
  hear(slot: number, sec: number, row: number): void {
    this.slot = slot;
    this.sec = sec;
    if (!this.visits.hear(slot, sec, row, this)) this.overtaken++;
  }

  entered(number: number, sinceSec: number, chance: number): void {
    if (this.compiled.tellsLeave[number] === 0)
      this.fire(number, "entered", { sinceSec, outsideSec: 0, probability: chance / 255 });
  }

  left(number: number, sinceSec: number, outsideSec: number, chance: number): void {
    if (this.compiled.tellsLeave[number] === 1)
      this.fire(number, "left", { sinceSec, outsideSec, probability: chance / 255 });
  }

  /** Memberships that changed when a day was closed. */
  hearCircles(rows: readonly MembershipLogRow[], exclusion: Exclusion): void {
    if (this.compiled.ofCircle.size === 0) return;
    const { table } = this.ground;
    for (const row of rows) {
      const numbers = row.change === "strengthened" ? undefined : this.compiled.ofCircle.get(row.circle);
      if (numbers === undefined || exclusion.excludes(row.subscriberHi, row.subscriberLo, Number.POSITIVE_INFINITY))
        continue;
      this.slot = table.slotOf(row.subscriberHi, row.subscriberLo);
      this.sec = Math.floor(row.versionMs / 1000);
      const change = row.change === "entered" ? "entered" : "left";
      for (const number of numbers) {
        if ((this.compiled.tellsLeave[number] === 0) === (change === "entered"))
          this.fire(number, change, { sinceSec: row.sinceMs / 1000, outsideSec: 0, probability: row.score });
      }
    }
  }

  /** The stream's time has come to `sec`: what waited for the end of quiet hours is told. */
  advance(sec: number): void {
    if (this.held.length === 0) return;
    const due = this.held.filter(({ dueSec }) => dueSec <= sec);
    if (due.length === 0) return;
    this.held = this.held.filter(({ dueSec }) => dueSec > sec);
    for (const { notice } of due) this.tell(notice);
  }

  /** Removes a subscriber from all that is held. */
  forget(slot: number, hi: number, lo: number): void {
    this.visits.forget(slot);
    this.told.delete(slot);
    const isOther = (one: TriggerNotice) => one.subscriberHi !== hi || one.subscriberLo !== lo;
    this.held = this.held.filter(({ notice }) => isOther(notice));
    this.notices = this.notices.filter(isOther);
  }

  /** Removes those who have opted out. */
  forgetExcluded(exclusion: Exclusion): void {
    const { table } = this.ground;
    if (this.isIdle || exclusion.size === 0) return;
    for (let slot = 0; slot < table.count; slot++) {
      const [hi, lo] = [table.hi(slot), table.lo(slot)];
      if (exclusion.excludes(hi, lo, Number.POSITIVE_INFINITY)) this.forget(slot, hi, lo);
    }
  }

  save(): SavedWatch {
    const told: [number, number, ...number[]][] = [];
    for (const [slot, byNumber] of this.told) {
      for (const [number, times] of byNumber) {
        this.dropOld(times, this.compiled.capSeconds[number] ?? 0);
        if (times.length > 0) told.push([slot, number, ...times]);
        else byNumber.delete(number);
      }
    }
    return { keys: this.keys, held: this.held, told };
  }

  /** Takes what was saved, the visits apart. */
  restore(saved: SavedWatch): void {
    this.keys = saved.keys;
    this.held = [...saved.held];
    for (const [slot, number, ...times] of saved.told) timesOf(this.told, slot, number).push(...times);
  }

  private triggerOf(number: number): Trigger {
    return this.compiled.triggers[number] as Trigger;
  }

  private fire(number: number, change: TriggerNotice["change"], seen: Seen): void {
    const { sec } = this;
    const { outcomes, compiled } = this;
    if (sec >= (compiled.expiresSec[number] as number)) outcomes.expired++;
    else if (!this.isAtHome(number)) outcomes.elsewhere++;
    else {
      const quietSec = this.quietFor(number);
      if (quietSec > 0 && this.triggerOf(number).where.kind !== "circle") outcomes.quiet++;
      else if (!this.mayTell(number)) outcomes.capped++;
      else if (quietSec > 0) this.held.push({ dueSec: sec + quietSec, notice: this.noticeOf(number, change, seen) });
      else this.tell(this.noticeOf(number, change, seen));
    }
  }

  private noticeOf(number: number, change: TriggerNotice["change"], seen: Seen): TriggerNotice {
    const { table } = this.ground;
    return {
      subscriberHi: table.hi(this.slot),
      subscriberLo: table.lo(this.slot),
      key: this.keys[number] as string,
      trigger: this.triggerOf(number),
      change,
      timeMs: this.sec * 1000,
      sinceSec: seen.sinceSec,
      outsideSec: seen.outsideSec,
      probability: seen.probability,
    };
  }

  private tell(notice: TriggerNotice): void {
    this.outcomes.told++;
    this.notices.push(notice);
  }

  /** Whether the subscriber's home is one that the trigger may tell of. */
  private isAtHome(number: number): boolean {
    const homes = this.compiled.homes[number] ?? null;
    if (homes === null) return true;
    const { table } = this.ground;
    const home = table.restWord(this.slot) + STANDING_HOME + STANDING_REGION;
    return homes[(table.words[home] as number) - 1] === 1;
  }

  /** Seconds until the quiet hours are over; 0 outside them. */
  private quietFor(number: number): number {
    const from = this.compiled.quietFrom[number] as number;
    const to = this.compiled.quietTo[number] as number;
    if (from === to) return 0;
    const now = this.ground.calendar.secondOfDay(this.sec);
    const isQuiet = from < to ? now >= from && now < to : now >= from || now < to;
    return isQuiet ? (to - now + DAY_SECONDS) % DAY_SECONDS : 0;
  }

  /** Whether the cap leaves room for one more, which is then taken. */
  private mayTell(number: number): boolean {
    const most = this.compiled.capTimes[number] as number;
    if (most === 0) return true;
    const times = timesOf(this.told, this.slot, number);
    this.dropOld(times, this.compiled.capSeconds[number] as number);
    if (times.length >= most) return false;
    times.push(this.sec);
    return true;
  }

  private dropOld(times: number[], seconds: number): void {
    while (times.length > 0 && (times[0] as number) <= this.sec - seconds) times.shift();
  }
}

export function noOutcomes(): Record<Outcome, number> {
  return { told: 0, quiet: 0, capped: 0, expired: 0, elsewhere: 0 };
}

function timesOf(told: Map<number, Map<number, number[]>>, slot: number, number: number): number[] {
  const byNumber = told.get(slot) ?? new Map<number, number[]>();
  told.set(slot, byNumber);
  const times = byNumber.get(number) ?? [];
  byNumber.set(number, times);
  return times;
}
