import { DAY_MS, HOUR_MS, isWorkingDay, MINUTE_MS, weekday } from "./calendar.js";
import { type DayContext, visit } from "./day-context.js";
import { type Shift, shiftOf } from "./duty.js";
import { planJourney, planSojourn } from "./journeys.js";
import { planLeisure } from "./leisure.js";
import { planLookalike } from "./lookalike.js";
import type { Person, Place, Purpose, Visit } from "./person.js";
import type { Random } from "./random.js";
import { planRounds } from "./rounds.js";

/** The visits of a person that begin on a local day, in order of time; they may reach into later days. */
export interface Agenda {
  readonly visits: Visit[];
  /** When the person sleeps if at home then. */
  readonly sleepFromMs: number;
  readonly sleepToMs: number;
}

/** Plans a day. `busyUntilMs` is the end of what an earlier day has begun (a night shift, a journey). */
export function planDay(person: Person, context: DayContext, busyUntilMs: number): Agenda {
  const shift = shiftOf(person, context.day);
  const visits = planVisits(person, context, shift, busyUntilMs);
  visits.sort((a, b) => a.arriveMs - b.arriveMs);
  const { baseMs, random } = context;
  if (shift?.night === true) return { visits, sleepFromMs: shift.toMs + HOUR_MS, sleepToMs: shift.toMs + 8 * HOUR_MS };
  const jitter = 0.5 * HOUR_MS * random.normal();
  const free = isWorkingDay(context.day + 1) ? 0 : 1;
  return {
    visits,
    sleepFromMs: baseMs + (person.sleepHour + 0.5 * free) * HOUR_MS + jitter,
    sleepToMs: baseMs + DAY_MS + (person.wakeHour + free) * HOUR_MS + jitter,
  };
}

function planVisits(person: Person, context: DayContext, shift: Shift | null, busyUntilMs: number): Visit[] {
  const { baseMs, random } = context;
  if (person.role === "visitor") return planSojourn(person, context, busyUntilMs);
  if (busyUntilMs > baseMs + 14 * HOUR_MS) return [];
  const busy = busyUntilMs > baseMs + 3 * HOUR_MS;
  if (person.nextHome !== null && context.day === person.moveDay) {
    return [visit(person.nextHome, Math.max(busyUntilMs, baseMs + 10 * HOUR_MS), baseMs + 18 * HOUR_MS, "home")];
  }
  if (!busy) {
    const journey = planJourney(person, context, shift);
    if (journey !== null) return journey;
  }
  if (random.chance(0.012)) return planSickDay(person, context, busy);
  const visits: Visit[] = [];
  const called = shift !== null && !(busy && !shift.night) && !worksAtHome(person, context);
  const work = called ? planDuty(person, context, shift) : [];
  if (!busy) visits.push(...planGate(person, context));
  visits.push(...work);
  if (!busy) planLookalike(person, context, visits, work.length > 0 ? shift : null);
  const freeFromMs = work.length > 0 && shift?.night === false ? shift.toMs : busy ? busyUntilMs + 8 * HOUR_MS : 0;
  planLeisure(person, context, visits, work.length > 0 ? shift : null, freeFromMs);
  return visits;
}

function planSickDay(person: Person, context: DayContext, busy: boolean): Visit[] {
  const { baseMs, places, random } = context;
  if (busy || !random.chance(0.25)) return [];
  const arriveMs = baseMs + random.range(9, 15) * HOUR_MS;
  const hospital = places.spot(places.draw("hospital", person.home.x, person.home.y, 4000, random), random);
  if (hospital.venue === person.work?.venue) return [];
  return [visit(hospital, arriveMs, arriveMs + random.range(45, 180) * MINUTE_MS, "hospital")];
}

/** Work or study of the day. */
function planDuty(person: Person, context: DayContext, shift: Shift): Visit[] {
  const { random } = context;
  const fromMs = shift.fromMs + context.hoursSigmaMs * random.normal();
  const toMs = Math.max(
    fromMs + HOUR_MS,
    shift.toMs + 1.6 * context.hoursSigmaMs * random.normal() + overtime(person, random),
  );
  const rounds = planRounds(person, context, fromMs, toMs);
  if (rounds !== null) return rounds;
  if (person.work === null) return [];
  if (person.role === "venue_staff" || person.role === "expo_staff")
    return planVenueDuty(person, context, fromMs, toMs);
  if (person.role === "student") return planLectures(person, context, fromMs, toMs);
  if (person.role === "lecturer") {
    if (random.chance(0.3)) return [];
    const start = fromMs + (random.chance(0.3) ? random.range(0, 4) * HOUR_MS : 0);
    return withLunch(person, context, person.work, start, toMs - random.range(0, 1.5) * HOUR_MS);
  }
  const purpose: Purpose = person.role === "pupil" ? "study" : "work";
  if (shift.night) return [visit(person.work, fromMs, toMs, purpose)];
  return withLunch(person, context, person.work, fromMs, toMs);
}

/** Who never works at home draws no random number for it. */
function worksAtHome(person: Person, { homeOfficeShare, random }: DayContext): boolean {
  return homeOfficeShare > 0 && person.role === "office" && random.chance(homeOfficeShare);
}

function overtime(person: Person, random: Random): number {
  return person.role === "office" && random.chance(0.22) ? random.range(0.5, 3) * HOUR_MS : 0;
}

/** A duty day with lunch in the house, or half of the time in a restaurant near by (pupils: at home). */
function withLunch(person: Person, context: DayContext, place: Place, fromMs: number, toMs: number): Visit[] {
  const { baseMs, places, random } = context;
  const purpose: Purpose = person.role === "pupil" || person.role === "student" ? "study" : "work";
  const noon = baseMs + (12 + random.range(-0.3, 0.6)) * HOUR_MS;
  const near = places.within("restaurant", place.x, place.y, 650);
  const stays = noon < fromMs + HOUR_MS || noon > toMs - 2 * HOUR_MS;
  const homeForLunch = person.role === "pupil" && person.phase % 3 === 0;
  if (stays || (!homeForLunch && (near.length === 0 || !random.chance(0.45))))
    return [visit(place, fromMs, toMs, purpose)];
  const lunch = homeForLunch ? person.home : places.spot(random.pick(near), random);
  const back = noon + (homeForLunch ? 110 : random.range(25, 50)) * MINUTE_MS;
  return [
    visit(place, fromMs, noon - 6 * MINUTE_MS, purpose),
    visit(lunch, noon, back - 6 * MINUTE_MS, homeForLunch ? "home" : "lunch"),
    visit(place, back, toMs, purpose),
  ];
}

/** Lectures in the morning and the afternoon, the dormitory or the canteen at noon, some evenings in the library. */
function planLectures(person: Person, context: DayContext, fromMs: number, toMs: number): Visit[] {
  const { baseMs, places, random } = context;
  const work = person.work;
  if (work === null) return [];
  const room = (): Place => (random.chance(0.6) ? work : places.spot(work.venue, random));
  const commuter = places.venue(person.home.venue).category !== "dormitory";
  const visits: Visit[] = [];
  if (random.chance(0.82)) visits.push(visit(room(), fromMs, baseMs + random.range(11.6, 12.2) * HOUR_MS, "study"));
  if (commuter)
    visits.push(visit(places.spot(work.venue, random), baseMs + 12.3 * HOUR_MS, baseMs + 13.8 * HOUR_MS, "study"));
  if (random.chance(0.7))
    visits.push(visit(room(), baseMs + 14 * HOUR_MS, toMs - random.range(0, 1.2) * HOUR_MS, "study"));
  if (!commuter && random.chance(0.4)) {
    visits.push(visit(room(), baseMs + 19.2 * HOUR_MS, baseMs + random.range(20.8, 22) * HOUR_MS, "study"));
  }
  return visits;
}

/** Staff of halls and stadiums are there for what happens; stand builders follow the expos from hall to hall. */
function planVenueDuty(person: Person, context: DayContext, fromMs: number, toMs: number): Visit[] {
  const { places, random } = context;
  if (person.work === null) return [];
  if (person.role === "expo_staff") {
    const expos = context.events.filter(([, event]) => event.category === "expo");
    const expo = expos[person.phase % Math.max(1, expos.length)];
    if (expo === undefined) return random.chance(0.4) ? [visit(person.work, fromMs, toMs, "work")] : [];
    const place = expo[1].venue === person.work.venue ? person.work : places.spot(expo[1].venue, random);
    return [visit(place, fromMs, toMs, "work")];
  }
  const venue = person.work.venue;
  const own = context.events.find(([, event]) => event.venue === venue);
  if (own === undefined) return [visit(person.work, fromMs, toMs, "work")];
  return [visit(person.work, own[1].startMs - 5 * HOUR_MS, own[1].endMs + HOUR_MS, "work")];
}

/** Bringing a child to school and fetching it; the youth centre on weekends. */
function planGate(person: Person, context: DayContext): Visit[] {
  const { baseMs, day, random } = context;
  if (person.gate === null) return [];
  const visits: Visit[] = [];
  if (isWorkingDay(day)) {
    const bringAt = Math.min(7.7, person.dutyFrom - 0.7) + 0.1 * random.normal();
    if (person.brings && random.chance(0.85))
      visits.push(stop(person.gate, baseMs + bringAt * HOUR_MS, random.range(3, 9)));
    const fetchAt = 16.6 + 0.12 * random.normal();
    if (person.fetches && random.chance(0.85))
      visits.push(stop(person.gate, baseMs + fetchAt * HOUR_MS, random.range(9, 24)));
    return visits;
  }
  if (person.club === null || weekday(day) !== (person.phase % 2) * 6 || !random.chance(0.75)) return visits;
  const bringMs = baseMs + (9 + 0.15 * random.normal()) * HOUR_MS;
  visits.push(stop(person.club, bringMs, random.range(6, 14)));
  visits.push(stop(person.club, bringMs + 2 * HOUR_MS, random.range(8, 18)));
  return visits;
}

function stop(place: Place, arriveMs: number, minutes: number): Visit {
  return visit(place, arriveMs, arriveMs + minutes * MINUTE_MS, "gate");
}
