import { planCells } from "./cells.js";
import type { CityPlan } from "./plan.js";
import { planRegions } from "./regions.js";
import { planVenues } from "./venues.js";

let plan: CityPlan | null = null;

/** The demo Guangzhou at full size. It depends on nothing but the lists beside this file, so one plan serves all callers. */
export function guangzhou(): CityPlan {
  if (plan === null) {
    const regions = planRegions();
    const venues = planVenues();
    plan = { regions, venues, cells: planCells(regions, venues) };
  }
  return plan;
}
