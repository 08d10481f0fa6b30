import { DAY_MS, HOUR_MS, isWorkingDay, MINUTE_MS, weekday } from "./calendar.js";
import { type DayContext, nextMidnightMs, somewhere, visit } from "./day-context.js";
import type { Shift } from "./duty.js";
import type { CityEventPlan } from "./happenings.js";
import type { Person, Visit } from "./person.js";
import { normalOf } from "./random.js";

/** Adds what somebody does in free time: events first, then hospital, weekend home, films, malls, outings. */
export function planLeisure(
  person: Person,
  context: DayContext,
  visits: Visit[],
  shift: Shift | null,
  freeFromMs: number,
): void {
  const { baseMs, random } = context;
  const endMs = shift?.night === true ? shift.fromMs - HOUR_MS : baseMs + 22.7 * HOUR_MS;
  planEvents(person, context, visits, endMs + HOUR_MS);
  if (planWeekendHome(person, context, visits, shift)) return;
  planHospital(person, context, visits);
  const late = person.lookalike.lateHours > 0;
  if (!late && (person.role === "retired" || person.role === "homemaker" || person.role === "freelancer"))
    planLocalDay(person, context, visits);
  const evening = Math.max(freeFromMs + 25 * MINUTE_MS, baseMs + 17.8 * HOUR_MS);
  planSlot(
    person,
    context,
    visits,
    evening + random.range(0, 60) * MINUTE_MS,
    endMs,
    isWorkingDay(context.day + 1) ? 0.8 : 1.6,
  );
  if (shift !== null || freeFromMs > baseMs + 12 * HOUR_MS) return;
  if (!late) planSlot(person, context, visits, baseMs + random.range(9.7, 11.5) * HOUR_MS, endMs, 1.5);
  planSlot(person, context, visits, baseMs + random.range(13.5, 15.5) * HOUR_MS, endMs, 1.8);
}

/** Adds a visit where nothing else is planned within the time and the way of half an hour. */
export function addFree(visits: Visit[], made: Visit): boolean {
  const gap = 30 * MINUTE_MS;
  for (const other of visits) {
    if (other.arriveMs < made.departMs + gap && made.arriveMs < other.departMs + gap) return false;
  }
  visits.push(made);
  return true;
}

function planEvents(person: Person, context: DayContext, visits: Visit[], latestMs: number): void {
  for (const [index, event] of context.events) {
    if (event.endMs > latestMs + HOUR_MS || person.work?.venue === event.venue || !wantsToGo(person, context, event))
      continue;
    const [arriveMs, departMs] = attendance(context, event);
    if (event.category === "expo" && person.role === "office") dropOverlap(visits, arriveMs, departMs);
    if (addFree(visits, visit(context.places.spot(event.venue, context.random), arriveMs, departMs, "event", index)))
      return;
  }
}

function wantsToGo(person: Person, context: DayContext, event: CityEventPlan): boolean {
  const rate = person.habits[event.category];
  const taste = Math.exp(0.9 * normalOf(person.index, event.genre.length, event.genre.charCodeAt(0), 31));
  return context.random.chance(rate * taste);
}

/** Most come in time and stay; some come late or leave early; an expo is visited for some hours of the day. */
function attendance(context: DayContext, event: CityEventPlan): [number, number] {
  const { random } = context;
  const length = event.endMs - event.startMs;
  if (event.category === "expo") {
    const from = event.startMs + random.range(0, 0.6) * length;
    return [from, Math.min(event.endMs, from + random.range(0.6, 4) * HOUR_MS)];
  }
  const from =
    event.startMs + (random.chance(0.07) ? random.range(0.1, 0.5) * length : -random.range(8, 40) * MINUTE_MS);
  const to = random.chance(0.1)
    ? event.startMs + random.range(0.25, 0.6) * length
    : event.endMs + random.range(2, 15) * MINUTE_MS;
  return [from, Math.max(to, from + 20 * MINUTE_MS)];
}

/** Makes room in a working day: somebody sent elsewhere leaves out that part of it. */
export function dropOverlap(visits: Visit[], fromMs: number, toMs: number): void {
  for (let i = visits.length - 1; i >= 0; i--) {
    const one = visits[i] as Visit;
    if (one.arriveMs >= toMs + HOUR_MS || one.departMs <= fromMs - HOUR_MS) continue;
    const before = visit(one.place, one.arriveMs, fromMs - 45 * MINUTE_MS, one.purpose);
    if (before.departMs > one.arriveMs + HOUR_MS) visits[i] = before;
    else visits.splice(i, 1);
  }
}

/** From Saturday morning to Sunday evening, three weekends in five. */
function planWeekendHome(person: Person, context: DayContext, visits: Visit[], shift: Shift | null): boolean {
  const { baseMs, day, random } = context;
  if (person.weekendHome === null || shift !== null || weekday(day) !== 6 || visits.length > 0 || !random.chance(0.65))
    return false;
  const arriveMs = baseMs + random.range(9.5, 12) * HOUR_MS;
  visits.push(visit(person.weekendHome, arriveMs, baseMs + DAY_MS + random.range(16, 19.5) * HOUR_MS, "home"));
  return true;
}

function planHospital(person: Person, context: DayContext, visits: Visit[]): void {
  const { baseMs, places, random } = context;
  if (!random.chance(person.habits.hospitals / 7)) return;
  const arriveMs = baseMs + random.range(8, 16) * HOUR_MS;
  const minutes = random.chance(0.15) ? random.range(10, 22) : random.range(50, 230);
  const far = places.all("hospital")[person.phase % places.all("hospital").length] as number;
  const usual = person.phase % 4 === 0 ? places.spot(far, random) : somewhere(context, "hospital", person.home, 3500);
  if (person.work?.venue === usual.venue) return;
  const departMs = arriveMs + minutes * MINUTE_MS;
  dropOverlap(visits, arriveMs, departMs);
  addFree(visits, visit(usual, arriveMs, departMs, "hospital"));
}

/** Errands around the home of those without a workplace. */
function planLocalDay(person: Person, context: DayContext, visits: Visit[]): void {
  const { baseMs, random } = context;
  if (person.role === "retired" && random.chance(0.5)) {
    const at = baseMs + random.range(6.8, 7.8) * HOUR_MS;
    addFree(
      visits,
      visit(somewhere(context, "park", person.home, 900), at, at + random.range(40, 100) * MINUTE_MS, "leisure"),
    );
  }
  if (random.chance(0.55)) {
    const at = baseMs + random.range(9.3, 11) * HOUR_MS;
    addFree(
      visits,
      visit(somewhere(context, "restaurant", person.home, 500), at, at + random.range(15, 80) * MINUTE_MS, "leisure"),
    );
  }
  if (random.chance(0.2)) {
    const at = baseMs + random.range(14, 15) * HOUR_MS;
    addFree(
      visits,
      visit(somewhere(context, "residential", person.home, 2500), at, at + random.range(40, 85) * MINUTE_MS, "leisure"),
    );
  }
}

const PASTIMES = ["film", "mall", "restaurant", "outing", "errand"] as const;
type Pastime = (typeof PASTIMES)[number];
/** Errands at an office of the government, a week. */
const ERRANDS = 0.08;
/** Local hours between which somebody comes on an errand. */
const COUNTERS_OPEN_HOUR = 8.5;
const COUNTERS_CLOSE_HOUR = 16.5;

/** One free slot: at most one thing of what the person likes, by its weekly rate; `boost` tells free evenings from others. */
function planSlot(
  person: Person,
  context: DayContext,
  visits: Visit[],
  fromMs: number,
  endMs: number,
  boost: number,
): void {
  const { random } = context;
  const { films, malls, restaurants, outings } = person.habits;
  const weights = [films, malls, restaurants, outings, ERRANDS];
  const total = weights.reduce((a, b) => a + b, 0);
  if (!random.chance(Math.min(0.9, (total * boost) / 9))) return;
  const made = plan(person, context, fromMs, PASTIMES[random.weighted(weights)] ?? "outing");
  if (made.departMs > Math.min(endMs, nextMidnightMs(context)) || made.place.venue === person.work?.venue) return;
  addFree(visits, made);
}

function plan(person: Person, context: DayContext, fromMs: number, what: Pastime): Visit {
  const { random } = context;
  const near = random.chance(0.7) || person.work === null ? person.home : person.work;
  const lasting = (low: number, high: number): number => fromMs + random.range(low, high) * MINUTE_MS;
  if (what === "film") return visit(somewhere(context, "cinema", near, 4000), fromMs, lasting(105, 160), "film");
  if (what === "mall") {
    const minutes: [number, number] = random.chance(0.2) ? [12, 35] : [45, 170];
    return visit(somewhere(context, "mall", near, 3500), fromMs, lasting(...minutes), "mall");
  }
  if (what === "restaurant")
    return visit(somewhere(context, "restaurant", near, 1500), fromMs, lasting(40, 110), "leisure");
  if (what === "errand") {
    const hour = (fromMs - context.baseMs) / HOUR_MS;
    const open = isWorkingDay(context.day) && hour > COUNTERS_OPEN_HOUR && hour < COUNTERS_CLOSE_HOUR;
    if (open) return visit(somewhere(context, "government", near, 3000), fromMs, lasting(20, 70), "errand");
    return visit(somewhere(context, "restaurant", near, 3000), fromMs, lasting(20, 70), "leisure");
  }
  const category = random.pick([
    "park",
    "residential",
    "park",
    "university",
    "youth_centre",
    "hotel",
    "restaurant",
  ] as const);
  return visit(somewhere(context, category, near, 4500), fromMs, lasting(30, 180), "leisure");
}
