import type { Category } from "../geo/city.js";
import { dayStartMs } from "./calendar.js";
import type { CityEventPlan } from "./happenings.js";
import type { Place, Purpose, Visit } from "./person.js";
import type { Places } from "./places.js";
import type { Random } from "./random.js";

/** What a day's plan may draw on. */
export interface DayContext {
  readonly day: number;
  /** Epoch ms of local midnight. */
  readonly baseMs: number;
  readonly places: Places;
  /** Events of the day with their indices in the list of all. */
  readonly events: readonly (readonly [number, CityEventPlan])[];
  readonly random: Random;
  /** Standard deviation of the daily hours, ms. */
  readonly hoursSigmaMs: number;
  /** Chance that an office worker spends a working day at home. */
  readonly homeOfficeShare: number;
}

/** A visit as it is planned; `event` is the index of the city event it is for. */
export function visit(place: Place, arriveMs: number, departMs: number, purpose: Purpose, event = -1): Visit {
  return { place, arriveMs, departMs, purpose, event };
}

/** A spot in a venue of the category, drawn by closeness to the point. */
export function somewhere(context: DayContext, category: Category, near: Place, scaleM: number): Place {
  const { places, random } = context;
  return places.spot(places.draw(category, near.x, near.y, scaleM, random), random);
}

/** Local midnight of the day after. */
export function nextMidnightMs(context: DayContext): number {
  return dayStartMs(context.day + 1);
}
