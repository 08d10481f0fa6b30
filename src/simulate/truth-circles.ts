import type { Category } from "../geo/city.js";
import { HOUR_MS, isWorkingDay, MINUTE_MS } from "./calendar.js";
import type { CityPlan } from "./guangzhou/plan.js";
import type { CityEventPlan } from "./happenings.js";
import type { Place, Purpose, Role } from "./person.js";
import type { Regions } from "./regions.js";
import { type Diary, type Entry, WINDOW_DAYS } from "./truth-diary.js";

/** What the judgement of a life may draw on: the window's first and last local day, and the city. */
export interface Judgement {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly plan: CityPlan;
  readonly events: readonly CityEventPlan[];
  readonly regions: Regions;
}

export interface Anchors {
  readonly home: Place | null;
  readonly day: Place | null;
}

const ACTIVE_SHARE = 0.2;
const ATTENDANCE_SHARE = 0.6;
/** A guard works shifts in a factory like those who make things there. */
const FACTORY_ROLES: readonly Role[] = ["factory_day", "factory_shift", "night_guard"];
const EVENT_VENUES: readonly Category[] = ["stadium", "concert_hall", "exhibition"];
/** Purposes that make somebody part of the public where something happens. */
const AS_PUBLIC: readonly Purpose[] = ["event", "leisure", "mall", "film"];

/** The true home and day place: where a resident lives now, and the place of work or study with the most time in the window. */
export function trueAnchors(diary: Diary, judgement: Judgement): Anchors {
  const { person } = diary;
  const seen = diary.entries.length > 0;
  const home = person.resident && seen && person.firstDay <= judgement.lastDay ? person.home : null;
  const spent = new Map<number, { ms: number; days: Set<number>; place: Place; longestMs: number }>();
  for (const { visit, startMs, endMs, day } of diary.entries) {
    if (visit.purpose !== "work" && visit.purpose !== "study") continue;
    const ms = endMs - startMs;
    const known = spent.get(visit.place.venue);
    if (known === undefined)
      spent.set(visit.place.venue, { ms, days: new Set([day]), place: visit.place, longestMs: ms });
    else {
      known.ms += ms;
      known.days.add(day);
      if (visit.place === person.work) known.place = visit.place;
    }
  }
  let best: { ms: number; days: Set<number>; place: Place } | null = null;
  for (const one of spent.values()) if (best === null || one.ms > best.ms) best = one;
  return { home, day: best !== null && best.days.size >= dutyDaysMin(judgement) ? best.place : null };
}

/** Three days of duty make a day place; in a window of less than 12 days a quarter of them. */
function dutyDaysMin(judgement: Judgement): number {
  return Math.min(3, Math.ceil((judgement.lastDay - judgement.firstDay + 1) / 4));
}

/** All circles of a person by the definitions of what counts, over the window of 28 days. */
export function trueCircles(diary: Diary, judgement: Judgement): string[] {
  if (diary.entries.length === 0) return [];
  const anchors = trueAnchors(diary, judgement);
  const circles = new Set<string>();
  regionCircles(diary, anchors, judgement, circles);
  demographicCircles(diary, anchors, judgement, circles);
  preferenceCircles(diary, judgement, circles);
  behaviourCircles(diary, judgement, circles);
  return [...circles].sort();
}

function regionCircles(diary: Diary, anchors: Anchors, judgement: Judgement, circles: Set<string>): void {
  const { regions } = judgement;
  const { person, entries } = diary;
  if (anchors.home !== null) for (const region of regions.of(anchors.home, person)) circles.add(`home:${region}`);
  if (anchors.day !== null) for (const region of regions.of(anchors.day, person)) circles.add(`day:${region}`);
  const waking = new Map<string, number>();
  let totalMs = 0;
  for (const { visit, wakingMs } of entries) {
    totalMs += wakingMs;
    for (const region of regions.of(visit.place, person)) waking.set(region, (waking.get(region) ?? 0) + wakingMs);
  }
  for (const [region, ms] of waking) if (ms >= ACTIVE_SHARE * totalMs) circles.add(`active:${region}`);
}

function demographicCircles(diary: Diary, anchors: Anchors, judgement: Judgement, circles: Set<string>): void {
  const { person, entries } = diary;
  const { venues } = judgement.plan;
  const home = anchors.home === null ? undefined : venues[anchors.home.venue];
  const estate = home?.category === "residential" ? home.tier : "";
  if (estate !== "") circles.add(`income-${estate}`);
  const day = anchors.day === null ? undefined : venues[anchors.day.venue];
  if (person.role === "student" && (day !== undefined || home?.category === "dormitory")) circles.add("campus-student");
  if (person.role === "civil_servant" && day !== undefined) circles.add("civil-servant");
  if (FACTORY_ROLES.includes(person.role) && day?.category === "factory") circles.add("factory-worker");
  if (person.role === "office" && day !== undefined) {
    circles.add("white-collar");
    if (day.tier === "high" && (estate === "high" || passages(entries, judgement) >= 3))
      circles.add("high-end-business");
  }
  if (entries.filter((entry) => entry.visit.purpose === "gate").length >= 4) circles.add("parent-child");
}

function passages(entries: readonly Entry[], { plan }: Judgement): number {
  return entries.filter(
    ({ visit }) => visit.purpose === "passage" && plan.venues[visit.place.venue]?.category === "airport",
  ).length;
}

function preferenceCircles(diary: Diary, judgement: Judgement, circles: Set<string>): void {
  let films = 0;
  let malls = 0;
  for (const entry of diary.entries) {
    const { visit, startMs, endMs } = entry;
    if (visit.purpose === "film") films++;
    if (visit.purpose === "mall" && endMs - startMs >= 40 * MINUTE_MS) malls++;
    if (visit.purpose === "hospital" && endMs - startMs >= 30 * MINUTE_MS) {
      circles.add("health").add(`health:${judgement.plan.venues[visit.place.venue]?.subtype}`);
    }
  }
  for (const [event, ms] of attended(diary.entries, judgement)) addEventCircles(event, ms, circles);
  if (films >= 2) circles.add("film");
  if (malls >= 4) circles.add("shopping");
}

/** How long somebody was at the venue of an event while it went on, over all visits, whether or not it was what they came for. */
function attended(entries: readonly Entry[], { events, plan }: Judgement): Map<CityEventPlan, number> {
  const presentMs = new Map<CityEventPlan, number>();
  for (const { visit, startMs, endMs } of entries) {
    const category = plan.venues[visit.place.venue]?.category;
    if (!AS_PUBLIC.includes(visit.purpose) || category === undefined || !EVENT_VENUES.includes(category)) continue;
    for (const event of events) {
      const ms = Math.min(endMs, event.endMs) - Math.max(startMs, event.startMs);
      if (event.venue === visit.place.venue && ms > 0) presentMs.set(event, (presentMs.get(event) ?? 0) + ms);
    }
  }
  return presentMs;
}

function addEventCircles(
  { category, genre, startMs, endMs }: CityEventPlan,
  presentMs: number,
  circles: Set<string>,
): void {
  if (category === "expo") {
    if (presentMs >= HOUR_MS) circles.add(`industry:${genre}`);
  } else if (presentMs >= ATTENDANCE_SHARE * (endMs - startMs)) {
    circles.add(category).add(`${category}:${genre}`);
  }
}

function behaviourCircles(diary: Diary, judgement: Judgement, circles: Set<string>): void {
  const { person, entries } = diary;
  const schoolDays: number[] = [];
  for (let day = judgement.firstDay; day <= judgement.lastDay; day++) if (isWorkingDay(day)) schoolDays.push(day);
  const inCity = diary.daysInCity();
  const days = schoolDays.filter((day) => inCity.has(day));
  const shareOf = (test: (day: number) => boolean): number =>
    days.length === 0 ? 0 : days.filter(test).length / days.length;
  if (shareOf((day) => diary.nineToFive(day)) >= 0.6) circles.add("nine-to-five");
  if (shareOf((day) => diary.commuteDays.metro.has(day)) >= 0.5) circles.add("metro-commuter");
  if (shareOf((day) => diary.commuteDays.bus.has(day)) >= 0.5) circles.add("bus-commuter");
  const gateDays = new Set(entries.filter(({ visit }) => visit.place === person.gate).map(({ day }) => day));
  if (schoolDays.length > 0 && schoolDays.filter((day) => gateDays.has(day)).length >= schoolDays.length / 2)
    circles.add("school-run");
  const { all, nights } = diary.shifts();
  if (nights >= 6 && nights >= all / 2) circles.add("night-shift");
  if (passages(entries, judgement) >= 3) circles.add("frequent-flyer");
  if (person.role === "visitor") circles.add("visitor");
  if (person.foreign) circles.add("inbound-roamer");
}

/** First local day of the window that ends with `lastDay`. */
export function windowStart(simulationFirstDay: number, lastDay: number): number {
  return Math.max(simulationFirstDay, lastDay - WINDOW_DAYS + 1);
}
