/** When a place is left, by what it is to somebody: where people sleep they set out by day, where they work at noon and in the evening. */
import { PLACE_NIGHT_MINUTES_16, PLACE_WAKING_MINUTES_16, PLACE_WORK_MINUTES_16 } from "./record.js";
import type { Stays } from "./stays.js";
import { silenceHoursBy, summedByHour } from "./travel.js";

/** What a place is to somebody: an index of the hours by which it is left. */
const SLEEPS = 0;
const WORKS = 1;
/** Anything else, or not known yet. */
export const VISITS = 2;
export const USES = 3;

/**
 * Relative readiness to leave by the hour of the local day. Measured as departures an hour of stay in simulated cities, and drawn four tenths of the way
 * towards the readiness to set out from anywhere (travel.ts), since people differ.
 */
const LEFT_BY_HOUR = [
  [4, 2, 1, 1, 1, 5, 25, 105, 100, 100, 95, 35, 30, 65, 90, 30, 25, 55, 60, 30, 20, 16, 10, 5],
  [8, 2, 1, 1, 1, 2, 10, 45, 32, 20, 15, 35, 50, 20, 20, 22, 37, 100, 150, 165, 130, 130, 85, 22],
  [7, 2, 2, 1, 1, 2, 11, 39, 51, 42, 35, 41, 59, 52, 33, 40, 55, 67, 43, 48, 56, 57, 57, 12],
].map(summedByHour);

/** Minutes lived at a place from which it is known what it is. */
const KNOWN_MINUTES = 300;
/** Part of all its minutes that are of the night where somebody sleeps, and of its waking ones that are of working hours where somebody works. */
const NIGHT_SHARE = 0.25;
const WORK_SHARE = 0.5;

export function useOf({ table }: Stays, slot: number, place: number): number {
  const { halves } = table;
  const at = table.placeWord(slot, place) * 2;
  const night = halves[at + PLACE_NIGHT_MINUTES_16] as number;
  const waking = halves[at + PLACE_WAKING_MINUTES_16] as number;
  if (night + waking < KNOWN_MINUTES) return VISITS;
  if (night > NIGHT_SHARE * (night + waking)) return SLEEPS;
  return (halves[at + PLACE_WORK_MINUTES_16] as number) > WORK_SHARE * waking ? WORKS : VISITS;
}

/** Fills in how many hours of an average day a silence counts for leaving a place of each use. */
export function hoursByUse(hours: Float64Array, secondOfDay: number, lengthSec: number): void {
  silenceHoursBy(hours, secondOfDay, lengthSec, LEFT_BY_HOUR);
}
