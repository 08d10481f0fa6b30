import type { Agenda } from "./agenda.js";
import { dayOfMs, dayStartMs, HOUR_MS, isWorkingDay, MINUTE_MS } from "./calendar.js";
import { visit } from "./day-context.js";
import type { Mode, Person, Place, Segment, Visit } from "./person.js";
import type { Random } from "./random.js";
import { isOnWheels } from "./rounds.js";
import type { Leg, Travel } from "./travel.js";

/** Is told what truly happens, in order of time for each person. */
export interface Witness {
  /** A rest from `startMs` to `endMs`; `wakingMs` of it awake. */
  stay(person: Person, visit: Visit, startMs: number, endMs: number, wakingMs: number): void;
  trip(person: Person, from: Visit, to: Visit, mode: Mode, departMs: number, arriveMs: number): void;
}

/** Rather than wait this long for the next thing to do, people go home in between. */
const WAIT_MAX_MS = 90 * MINUTE_MS;
/** At a gate nobody waits: who has more than this before the next thing, beside the ways, goes home; all others go on at once. */
const GATE_WAIT_MAX_MS = 20 * MINUTE_MS;
const STAY_MIN_MS = 3 * MINUTE_MS;
const SLEEPS_KEPT = 4;

/** The life of one person: segments without gaps from the beginning of the simulation on. */
export class Life {
  readonly person: Person;
  /** From the segment that holds the window's beginning on; older ones are dropped by `forget`. */
  segments: Segment[] = [];
  readonly #travel: Travel;
  readonly #witness: Witness;
  /** Intervals of sleep, if at home, latest last: from, to. */
  readonly #sleeps: (readonly [number, number])[] = [];
  /** When the visit in hand may be left. */
  #freeMs: number;
  #here: Visit;

  constructor(person: Person, beginMs: number, travel: Travel, witness: Witness) {
    this.person = person;
    this.#travel = travel;
    this.#witness = witness;
    const present = dayStartMs(person.firstDay) < beginMs;
    this.#here = visit(person.home, beginMs, Number.POSITIVE_INFINITY, present ? "home" : "away");
    this.#freeMs = beginMs;
    this.#rest(beginMs, Number.POSITIVE_INFINITY);
    this.#sleeps.push([beginMs, beginMs + (person.wakeHour + 0.2) * HOUR_MS]);
  }

  /** End of what has been begun and cannot be left; planning of a day starts there. */
  get busyUntilMs(): number {
    return this.#freeMs;
  }

  /** Carries out a day's plan: goes to each visit in time if the ways allow it, and home when nothing more is planned. */
  follow(agenda: Agenda, random: Random): void {
    this.#sleeps.push([agenda.sleepFromMs, agenda.sleepToMs]);
    if (this.#sleeps.length > SLEEPS_KEPT) this.#sleeps.shift();
    for (const next of agenda.visits) {
      if (next.departMs < this.#freeMs + STAY_MIN_MS) continue;
      if (this.#waitIsLong(next)) this.#goHome(random);
      this.#go(next, random);
    }
    if (agenda.visits.length > 0 && this.#here.purpose !== "home") this.#goHome(random);
  }

  /** Whether the person sleeps at this time if at home. */
  asleep(ms: number): boolean {
    for (const [from, to] of this.#sleeps) if (ms >= from && ms < to) return true;
    return false;
  }

  /** Drops segments that ended before the time. */
  forget(beforeMs: number): void {
    let keep = 0;
    while (keep < this.segments.length - 1 && (this.segments[keep] as Segment).endMs <= beforeMs) keep++;
    if (keep > 0) this.segments = this.segments.slice(keep);
  }

  /** Ends the life's record: what is going on then is told as far as it has come. */
  finish(endMs: number): void {
    const last = this.segments.at(-1);
    if (last !== undefined && last.endMs > endMs && last.startMs < endMs) this.#tell(last, endMs);
  }

  #waitIsLong(next: Visit): boolean {
    const { purpose, place } = this.#here;
    const waitMaxMs = purpose === "gate" ? GATE_WAIT_MAX_MS + roughMs(place, next.place) : WAIT_MAX_MS;
    if (purpose === "home" || purpose === "away" || next.arriveMs - this.#freeMs < waitMaxMs) return false;
    const home = this.person.home;
    return next.arriveMs - this.#freeMs > waitMaxMs + 2 * roughMs(place, home);
  }

  #goHome(random: Random): void {
    if (this.#freeMs === Number.POSITIVE_INFINITY) return;
    this.#go(visit(this.person.home, this.#freeMs, Number.POSITIVE_INFINITY, "home"), random);
  }

  #go(next: Visit, random: Random): void {
    if (this.#here.purpose === "away" && next.purpose === "away") {
      this.#leave(Math.max(this.#freeMs, next.arriveMs));
      this.#settle(next, Math.max(this.#freeMs, next.arriveMs));
      return;
    }
    const from = this.#here.place;
    const mode = this.#mode(next, random);
    const direct = this.#travel.legs(mode, from, next.place, isRush(next.arriveMs), random);
    const onRound = isOnWheels(this.person.role) && this.#here.purpose === "errand" && next.purpose === "errand";
    const legs = onRound ? lasting(direct, next.arriveMs - this.#freeMs) : direct;
    const totalMs = lengthMs(legs);
    const atOnce = this.#here.purpose === "gate" || onRound;
    const departMs = atOnce ? this.#freeMs : Math.max(this.#freeMs, next.arriveMs - totalMs);
    if (departMs + totalMs > next.departMs - STAY_MIN_MS && next.purpose !== "gate") return;
    this.#leave(departMs);
    this.#move(from, legs, departMs);
    const main = legs.reduce((a, b) => (b.mode === "walk" || a.mode !== "walk" ? a : b), legs[0] as Leg).mode;
    this.#witness.trip(this.person, this.#here, next, main, departMs, departMs + totalMs);
    this.#settle(next, departMs + totalMs);
  }

  #leave(departMs: number): void {
    const last = this.segments.at(-1);
    if (last === undefined) return;
    last.endMs = departMs;
    this.#tell(last, departMs);
  }

  #settle(next: Visit, arriveMs: number): void {
    this.#here = next;
    const home = next.departMs === Number.POSITIVE_INFINITY && next.purpose === "home";
    this.#freeMs = home ? arriveMs + 5 * MINUTE_MS : Math.max(next.departMs, arriveMs + STAY_MIN_MS);
    this.#rest(arriveMs, Number.POSITIVE_INFINITY);
  }

  #rest(startMs: number, endMs: number): void {
    const { place, purpose } = this.#here;
    const { x, y, venue } = place;
    const away = purpose === "away";
    this.segments.push({ startMs, endMs, x0: x, y0: y, x1: x, y1: y, venue, visit: this.#here, mode: null, away });
  }

  #move(from: Place, legs: readonly Leg[], departMs: number): void {
    let { x, y } = from;
    let startMs = departMs;
    for (const leg of legs) {
      const endMs = startMs + leg.ms;
      this.segments.push({
        startMs,
        endMs,
        x0: x,
        y0: y,
        x1: leg.x,
        y1: leg.y,
        venue: leg.venue,
        visit: null,
        mode: leg.mode,
        away: false,
      });
      x = leg.x;
      y = leg.y;
      startMs = endMs;
    }
  }

  #tell(segment: Segment, endMs: number): void {
    if (segment.visit === null || segment.away || endMs <= segment.startMs) return;
    let wakingMs = endMs - segment.startMs;
    if (segment.visit.purpose === "home") {
      for (const [from, to] of this.#sleeps)
        wakingMs -= Math.max(0, Math.min(to, endMs) - Math.max(from, segment.startMs));
    }
    this.#witness.stay(this.person, segment.visit, segment.startMs, endMs, Math.max(0, wakingMs));
  }

  /** Workers on wheels drive; the commute has its usual mode; other ways depend on the distance and what is near. */
  #mode(next: Visit, random: Random): Mode {
    const { role, commute, home, work } = this.person;
    if (isOnWheels(role)) return "car";
    const from = this.#here.place;
    const hour = (next.arriveMs - dayStartMs(dayOfMs(next.arriveMs))) / HOUR_MS;
    const closed = hour < 6.3 || hour > 23.4;
    const commuting =
      work !== null &&
      ((from === home && next.place.venue === work.venue) ||
        (this.#here.purpose === "gate" && next.purpose === "work") ||
        (from.venue === work.venue && next.place === home));
    if (commuting && !(closed && (commute === "metro" || commute === "bus")) && !random.chance(0.06)) return commute;
    if (this.#travel.suits("walk", from, next.place) && random.chance(0.85)) return "walk";
    if (commute === "car" && random.chance(0.7)) return "car";
    if (!closed && random.chance(0.5) && this.#travel.suits("metro", from, next.place)) return "metro";
    if (!closed && random.chance(0.3) && this.#travel.suits("bus", from, next.place)) return "bus";
    return "car";
  }
}

function lengthMs(legs: readonly Leg[]): number {
  return legs.reduce((sum, { ms }) => sum + ms, 0);
}

/** The same way, slower where there is more time: on a round a driver looks for the next fare or address and does not wait at the kerb. */
function lasting(legs: readonly Leg[], leastMs: number): readonly Leg[] {
  const slower = Math.max(1, leastMs / lengthMs(legs));
  return legs.map((leg) => ({ ...leg, ms: slower * leg.ms }));
}

function roughMs(a: Place, b: Place): number {
  return 8 * MINUTE_MS + Math.hypot(a.x - b.x, a.y - b.y) * 0.16 * 1000;
}

function isRush(ms: number): boolean {
  const day = dayOfMs(ms);
  if (!isWorkingDay(day)) return false;
  const hour = (ms - dayStartMs(day)) / HOUR_MS;
  return (hour > 7 && hour < 9.7) || (hour > 17 && hour < 19.7);
}
