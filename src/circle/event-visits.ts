import type { CityEvent } from "../geo/city.js";

/** People on a hectare of the premises who come to an event: half of the seats of a stadium or hall, the visitors of an expo's day. */
const AUDIENCE = { stadium: 2000, hall: 600, expo: 500 } as const;
/** Who comes to a show is there from some time before its start until some time after its end, hours. */
const COMES_EARLY_HOURS = 0.8;
const COMES_LATE_HOURS = 0.15;
const LEAVES_EARLY_HOURS = 0.15;
const LEAVES_LATE_HOURS = 0.4;
/** Share of an audience that comes or leaves at any time in between. */
const STRAY_SHARE = 0.2;
/** Expos are visited for so many hours. */
const EXPO_HOURS = [0.6, 5] as const;
/** Hours within which the usual becomes less likely by a factor e. */
const TAIL_HOURS = 0.3;

/**
 * Visits for an event that begin at `startSec` and end at `endSec`, an hour of arrival, unit of the logarithm of the length, and hectare,
 * as `visitDensity` counts them.
 */
export function eventVisitDensity(event: CityEvent, startSec: number, endSec: number): number {
  const from = (startSec - event.startMs / 1000) / 3600;
  const to = (endSec - event.startMs / 1000) / 3600;
  const length = (event.endMs - event.startMs) / 3_600_000;
  const hours = Math.max(1 / 60, to - from);
  if (event.category === "expo") {
    const usual = Math.log(EXPO_HOURS[1] / EXPO_HOURS[0]);
    const fit = within(from, -0.25, Math.max(0, length - 1)) * within(to, 0.5, length + 0.3);
    const off = Math.max(0, Math.log(EXPO_HOURS[0] / hours), Math.log(hours / EXPO_HOURS[1]));
    return ((AUDIENCE.expo * fit) / (length * usual)) * Math.exp(-off / TAIL_HOURS);
  }
  const people = event.category === "sport" ? AUDIENCE.stadium : AUDIENCE.hall;
  const comes =
    within(from, -COMES_EARLY_HOURS, COMES_LATE_HOURS) / (COMES_EARLY_HOURS + COMES_LATE_HOURS + 2 * TAIL_HOURS);
  // A density by departure becomes one by the logarithm of the length when multiplied by the length.
  const leaves =
    (hours * within(to, length - LEAVES_EARLY_HOURS, length + LEAVES_LATE_HOURS)) /
    (LEAVES_EARLY_HOURS + LEAVES_LATE_HOURS + 2 * TAIL_HOURS);
  const strayIn = within(from, -COMES_EARLY_HOURS, length) / (length + COMES_EARLY_HOURS);
  const strayOut = (hours * within(to, 0, length + LEAVES_LATE_HOURS)) / (length + LEAVES_LATE_HOURS);
  return people * ((1 - STRAY_SHARE) * comes * leaves + STRAY_SHARE * strayIn * strayOut);
}

/** 1 within the interval, falling by a factor e every TAIL_HOURS outside. */
function within(hour: number, from: number, to: number): number {
  return Math.exp(-Math.max(0, from - hour, hour - to) / TAIL_HOURS);
}
