import { toLat, toLon } from "../geo/city.js";
import { dayOfMs, isoLocal } from "./calendar.js";
import { PLANE } from "./guangzhou/plan.js";
import type { Life, Witness } from "./life.js";
import type { Mode, Person, Visit } from "./person.js";
import { type Judgement, trueAnchors, trueCircles, windowStart } from "./truth-circles.js";
import { Diary, WINDOW_DAYS } from "./truth-diary.js";
import { StayJoiner, type TrueStay } from "./truth-stays.js";

/** Collects what truly happens. Stays are handed over as they end (`takeStays`), the rest is judged at the end of any day. */
export class Truth implements Witness {
  readonly #judge: Pick<Judgement, "plan" | "events" | "regions">;
  readonly #firstDay: number;
  readonly #endMs: number;
  readonly #diaries: Diary[];
  readonly #joiners: StayJoiner[];
  #stays: { person: Person; stay: TrueStay }[] = [];

  /** @param endMs what happens from then on is not part of the simulation, though lives may have been planned into it */
  constructor(
    judge: Pick<Judgement, "plan" | "events" | "regions">,
    firstDay: number,
    people: readonly Person[],
    endMs: number,
  ) {
    this.#judge = judge;
    this.#firstDay = firstDay;
    this.#endMs = endMs;
    this.#diaries = people.map((person) => new Diary(person));
    this.#joiners = people.map((person) => new StayJoiner((stay) => this.#stays.push({ person, stay })));
  }

  stay(person: Person, visit: Visit, startMs: number, plannedEndMs: number, plannedWakingMs: number): void {
    if (startMs >= this.#endMs) return;
    const endMs = Math.min(plannedEndMs, this.#endMs);
    const wakingMs = Math.min(plannedWakingMs, endMs - startMs);
    this.#diaries[person.index]?.stay(visit, startMs, endMs, wakingMs);
    this.#joiners[person.index]?.add(visit, startMs, endMs);
  }

  trip(person: Person, from: Visit, to: Visit, mode: Mode, departMs: number, arriveMs: number): void {
    if (departMs < this.#endMs) this.#diaries[person.index]?.trip(from, to, mode, departMs, arriveMs);
  }

  /** Forgets what lies before the window that ends with the day; stays that nobody took are dropped with it. */
  forget(day: number): void {
    for (const diary of this.#diaries) diary.forget(day);
    const oldest = day - WINDOW_DAYS;
    if (this.#stays.length > 0 && dayOfMs(this.#stays[0]?.stay.endMs ?? 0) < oldest) {
      this.#stays = this.#stays.filter(({ stay }) => dayOfMs(stay.endMs) >= oldest);
    }
  }

  /** Ends the record: what goes on at `endMs` is told as far as it has come. */
  finish(lives: readonly Life[], endMs: number): void {
    for (const life of lives) life.finish(endMs);
    for (const joiner of this.#joiners) joiner.flush();
  }

  /** True stays that ended since the last call, as lines of `truth_stays.csv`. */
  *takeStays(): Generator<string> {
    const stays = this.#stays;
    this.#stays = [];
    for (const { person, stay } of stays) {
      yield `${person.id},${isoLocal(stay.startMs)},${isoLocal(stay.endMs)},${position(stay)}\n`;
    }
  }

  /** Lines of `truth_anchors.csv` and `truth_circles.csv` for the window that ends with the local day. */
  *anchors(lastDay: number): Generator<string> {
    const judgement = this.#judgement(lastDay);
    for (const diary of this.#diaries) {
      const { home, day } = trueAnchors(diary, judgement);
      if (home !== null) yield `${diary.person.id},home,${position(home)}\n`;
      if (day !== null) yield `${diary.person.id},day,${position(day)}\n`;
    }
  }

  *circles(lastDay: number): Generator<string> {
    const judgement = this.#judgement(lastDay);
    for (const diary of this.#diaries) {
      for (const circle of trueCircles(diary, judgement)) yield `${diary.person.id},${circle}\n`;
    }
  }

  #judgement(lastDay: number): Judgement {
    return { ...this.#judge, firstDay: windowStart(this.#firstDay, lastDay), lastDay };
  }
}

function position({ x, y }: { readonly x: number; readonly y: number }): string {
  return `${toLon(PLANE, x).toFixed(6)},${toLat(PLANE, y).toFixed(6)}`;
}
