import type { Category } from "../geo/city.js";
import type { CityPlan } from "./guangzhou/plan.js";
import type { Person, Place } from "./person.js";
import type { Places } from "./places.js";

/** Who lives or works as near as this to the edge of a venue is its neighbour, metres. */
const NEIGHBOUR_M = 200;
/** No venue of those categories has a radius beyond this, metres. */
const RADIUS_MAX_M = 900;

/** Neighbours of these are taken for members; the names of the roles are `lives_by_` and `works_by_` with the category. */
export const NEIGHBOURED = [
  "university",
  "school",
  "kindergarten",
  "youth_centre",
  "office",
  "government",
  "hospital",
  "stadium",
  "concert_hall",
  "metro_station",
  "bus_station",
  "mall",
] as const satisfies readonly Category[];

/**
 * The role of a person, then whatever else makes simple rules fail: the values of `truth_roles.csv`, one a line. `firstDay` is that of the
 * simulation.
 */
export function rolesOf(person: Person, firstDay: number, plan: CityPlan, places: Places): string[] {
  const { role, home, work, lookalike, resident, gate, brings, fetches } = person;
  const roles: string[] = [role];
  const add = (is: boolean, name: string): void => {
    if (is) roles.push(name);
  };
  add(resident && person.firstDay > firstDay, "new_resident");
  add(resident && plan.venues[home.venue]?.category === "office", "lives_above_offices");
  add(role === "student" && plan.venues[home.venue]?.category !== "dormitory", "day_student");
  add(gate !== null && (brings || fetches), "brings_child");
  add(lookalike.campus !== null, "visits_child_on_campus");
  add(lookalike.counter !== null, "official_business");
  add(lookalike.client !== null, "calls_on_offices");
  add(lookalike.promenade !== null, "evenings_beside_venue");
  add(lookalike.bedside !== null, "nurses_in_hospital");
  add(lookalike.longTrip !== null, "back_from_long_trip");
  add(lookalike.lateHours > 0, "stays_up_at_home");
  for (const category of NEIGHBOURED) {
    add(resident && isBy(home, category, plan, places), `lives_by_${category}`);
    add(work !== null && isBy(work, category, plan, places), `works_by_${category}`);
  }
  return roles;
}

/** Whether a place lies beside a venue of the category, and not in one (a dormitory is part of its campus). */
function isBy(place: Place, category: Category, plan: CityPlan, places: Places): boolean {
  const own = plan.venues[place.venue]?.category;
  if (own === category || (own === "dormitory" && category === "university")) return false;
  return places
    .within(category, place.x, place.y, RADIUS_MAX_M + NEIGHBOUR_M)
    .some((index) => awayFromEdge(place, index, places) <= NEIGHBOUR_M);
}

function awayFromEdge({ x, y }: Place, index: number, places: Places): number {
  const venue = places.venue(index);
  return Math.hypot(venue.x - x, venue.y - y) - venue.radiusM;
}
