/**
 * How long a way takes and when, within a silent gap, a person is likely to have set out.
 */

import type { Stays } from "./stays.js";

/**
 * Seconds from door to door over `metres` as the crow flies: walking on short ways, wheels on longer ones, with a detour of 1.3. Speeds
 * are urban means (walk 4.8 km/h; 12 km/h at 2 km, 25 km/h at 10 km and 45 km/h beyond, waiting included).
 */
export function travelSeconds(metres: number): number {
  const path = metres * 1.3;
  if (path <= 800) return path / 1.33;
  if (path <= 13_000) return 600 + (path - 800) / 8.5;
  return 2_035 + (path - 13_000) / 13;
}

/** Relative readiness to set out by the hour of the local day; people seldom leave at night. */
const LEAVING_BY_HOUR = [4, 2, 1, 1, 1, 3, 20, 60, 70, 45, 35, 40, 50, 45, 40, 40, 45, 65, 70, 55, 45, 40, 25, 10];
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * The instant that splits a silent gap in the given share of its readiness to leave: the median of when someone left is share 0.5.
 *
 * @param fromSec start of the gap, epoch seconds
 * @param lengthSec length of the gap, seconds, at least 0
 * @param secondOfDay local second of the day at `fromSec`
 * @param share 0..1
 * @returns epoch seconds within the gap
 */
export function splitGap(fromSec: number, lengthSec: number, secondOfDay: number, share: number): number {
  if (lengthSec <= 0) return fromSec;
  const wanted = share * readiness(secondOfDay, lengthSec, SUMMED);
  let passed = 0;
  let at = 0;
  while (at < lengthSec) {
    const clock = (secondOfDay + at) % DAY_SECONDS;
    const step = Math.min(lengthSec - at, HOUR_SECONDS - (clock % HOUR_SECONDS));
    const rate = LEAVING_BY_HOUR[Math.floor(clock / HOUR_SECONDS)] as number;
    if (passed + rate * step >= wanted) return fromSec + at + (wanted - passed) / rate;
    passed += rate * step;
    at += step;
  }
  return fromSec + lengthSec;
}

/**
 * Share of a silence (in readiness to leave) after which a place was left for the next, at the median: departures from both places are
 * Poisson processes, so the instant is exponential in the difference of their rates, cut off at the length of the silence.
 *
 * @param rate departures an hour from the place before, less those from the place after
 * @param hours length of the silence, see `silenceHours`
 */
export function departureShare(rate: number, hours: number): number {
  const power = rate * hours;
  return Math.abs(power) < 1e-3 ? 0.5 : -Math.log(1 + 0.5 * Math.expm1(-power)) / power;
}

/** No silence lasts two days within a stay, however it is weighed. */
const SILENCE_SEC_MAX = 2 * DAY_SECONDS;
/** A silence shorter than this is never long, seconds. */
const SILENCE_SEC_MIN = 3 * HOUR_SECONDS;

/** Nobody was heard for so long that somebody awake would have left: what was before has ended, whatever is heard now. */
export function isLongSilence(stays: Stays, fromSec: number, toSec: number): boolean {
  const gap = toSec - fromSec;
  if (gap < SILENCE_SEC_MIN) return false;
  return (
    gap > SILENCE_SEC_MAX || silenceHours(stays.calendar.secondOfDay(fromSec), gap) > stays.options.silenceHoursMax
  );
}

/** Sums of a readiness by hour, from midnight up to each hour of two days: so that a silence takes two look-ups and no loop. */
export function summedByHour(byHour: readonly number[]): Float64Array {
  const summed = new Float64Array(49);
  for (let hour = 0; hour < 48; hour++)
    summed[hour + 1] = (summed[hour] as number) + (byHour[hour % 24] as number) * HOUR_SECONDS;
  return summed;
}

const SUMMED = summedByHour(LEAVING_BY_HOUR);

/** Hours of an average waking day that a silence is worth: its hours weighted by how ready people are to set out in each. */
export function silenceHours(secondOfDay: number, lengthSec: number): number {
  return readiness(secondOfDay, lengthSec, SUMMED) / (45 * HOUR_SECONDS);
}

/** Fills in the same by each of several readinesses: a silence longer than 0 lies in the same hours of all. */
export function silenceHoursBy(
  hours: Float64Array,
  secondOfDay: number,
  lengthSec: number,
  summed: readonly Float64Array[],
): void {
  const days = Math.floor(lengthSec / DAY_SECONDS);
  const end = secondOfDay + lengthSec - days * DAY_SECONDS;
  const firstHour = Math.floor(secondOfDay / HOUR_SECONDS);
  const intoFirst = secondOfDay - firstHour * HOUR_SECONDS;
  const lastHour = Math.floor(end / HOUR_SECONDS);
  const intoLast = end - lastHour * HOUR_SECONDS;
  for (let by = 0; by < summed.length; by++) {
    const one = summed[by] as Float64Array;
    const ready = days * (one[24] as number) + upTo(one, lastHour, intoLast) - upTo(one, firstHour, intoFirst);
    hours[by] = ready / (45 * HOUR_SECONDS);
  }
}

function readiness(secondOfDay: number, lengthSec: number, summed: Float64Array): number {
  if (lengthSec <= 0) return 0;
  const days = Math.floor(lengthSec / DAY_SECONDS);
  const end = secondOfDay + lengthSec - days * DAY_SECONDS;
  return days * (summed[24] as number) + summedBefore(end, summed) - summedBefore(secondOfDay, summed);
}

/** Readiness from midnight on; of a second of the day, or of the day after it. */
function summedBefore(second: number, summed: Float64Array): number {
  const hour = Math.floor(second / HOUR_SECONDS);
  return upTo(summed, hour, second - hour * HOUR_SECONDS);
}

function upTo(summed: Float64Array, hour: number, secondsInto: number): number {
  const from = summed[hour] as number;
  return from + (((summed[hour + 1] as number) - from) / HOUR_SECONDS) * secondsInto;
}
