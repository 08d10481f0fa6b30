/** Days of the window, each with the chance that a habit was lived on it: the facts of it that a person would check. */
import type { Fact } from "./condition.js";
import type { Portrait } from "./portrait.js";
import { dateOf } from "./window.js";

/** `chances[i]` is that of day `index[i]` of the window, in order. */
export interface DayChances {
  readonly index: readonly number[];
  readonly chances: readonly number[];
}

/** How many days are expected to have happened, and the dates of those that are likelier than `shownMin`. */
export function foundOn(
  { window }: Portrait,
  { index, chances }: DayChances,
  shownMin: number,
): Required<Pick<Fact, "found" | "days">> {
  return {
    found: Math.round(chances.reduce((sum, p) => sum + p, 0) * 10) / 10,
    days: index.filter((_, at) => (chances[at] as number) >= shownMin).map((day) => dateOf(window.firstDay + day)),
  };
}

/** The last day that is likelier than `shownMin`, -1 when there is none. */
export function lastOf({ index, chances }: DayChances, shownMin: number): number {
  for (let at = index.length - 1; at >= 0; at--) if ((chances[at] as number) >= shownMin) return index[at] as number;
  return -1;
}
