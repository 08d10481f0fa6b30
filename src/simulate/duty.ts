import { dayStartMs, HOUR_MS, isWorkingDay } from "./calendar.js";
import type { Person } from "./person.js";

/** Hours on duty of one day; a night shift ends on the next. */
export interface Shift {
  readonly fromMs: number;
  readonly toMs: number;
  readonly night: boolean;
}

/** The shift that begins on a local day by the person's rota or the official calendar; null on a day off. */
export function shiftOf(person: Person, day: number): Shift | null {
  const base = dayStartMs(day);
  if (person.daysOn === 0) {
    if (!isWorkingDay(day)) return null;
    return { fromMs: base + person.dutyFrom * HOUR_MS, toMs: base + person.dutyTo * HOUR_MS, night: false };
  }
  const cycle = person.daysOn + person.daysOff;
  if ((day + person.phase) % cycle >= person.daysOn) return null;
  const turn = Math.floor((day + person.phase) / cycle);
  const night = person.nights === "always" || (person.nights === "turns" && turn % 2 === 1);
  if (!night) return { fromMs: base + person.dutyFrom * HOUR_MS, toMs: base + person.dutyTo * HOUR_MS, night };
  return { fromMs: base + person.dutyTo * HOUR_MS, toMs: base + (24 + person.dutyFrom) * HOUR_MS, night };
}
