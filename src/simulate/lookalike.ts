import type { Category } from "../geo/city.js";
import { DAY_MS, HOUR_MS, isWorkingDay, MINUTE_MS } from "./calendar.js";
import { type DayContext, visit } from "./day-context.js";
import type { Shift } from "./duty.js";
import { addFree, dropOverlap } from "./leisure.js";
import type { ConfounderOptions } from "./options.js";
import type { Lookalike, Person, Place, Role, Visit } from "./person.js";
import type { Places } from "./places.js";
import type { Random } from "./random.js";

const NOBODY: Lookalike = {
  campus: null,
  counter: null,
  client: null,
  promenade: null,
  bedside: null,
  longTrip: null,
  lateHours: 0,
};

const FREE: readonly Role[] = ["freelancer", "homemaker", "retired"];
const UP_LATE: readonly Role[] = ["freelancer", "homemaker", "mall_staff", "cinema_staff"];
const PARENTS: readonly Role[] = [
  ...FREE,
  "office",
  "civil_servant",
  "factory_day",
  "teacher",
  "hospital_staff",
  "taxi",
];
/** People whose work in an office or at its door would make a home above it no riddle but their workplace. */
const OF_OFFICES: readonly Role[] = ["office", "cleaner", "night_guard", "courier", "student", "visitor"];
const NOON_SHIFT_HOUR = 12;
const PROMENADE_AWAY_M = 60;

/** A home in an office building for the share of people who live above one; null for all others. */
export function homeAboveOffices(role: Role, options: ConfounderOptions, places: Places, random: Random): Place | null {
  if (OF_OFFICES.includes(role) || !random.chance(options.aboveOfficeShare)) return null;
  return places.spot(random.pick(places.all("office")), random);
}

/** What of this a person has, drawn from a stream of its own; `firstDay` is that of the simulation, `dutyFrom` the local hour. */
export function lookalikeOf(
  person: { readonly role: Role; readonly home: Place; readonly dutyFrom: number; readonly gate: Place | null },
  firstDay: number,
  options: ConfounderOptions,
  places: Places,
  random: Random,
): Lookalike {
  const { role, home } = person;
  if (role === "visitor" || role === "student" || role === "pupil") return NOBODY;
  const near = (category: Category, scaleM: number): Place =>
    places.spot(places.draw(category, home.x, home.y, scaleM, random), random);
  const has = (suits: boolean, share: number): boolean => suits && random.chance(share);
  const late =
    UP_LATE.includes(role) && person.gate === null && (FREE.includes(role) || person.dutyFrom > NOON_SHIFT_HOUR);
  const beside = random.pick(["stadium", "concert_hall"] as const);
  return {
    campus: has(PARENTS.includes(role), options.campusParentShare) ? near("university", 15_000) : null,
    counter: has(FREE.includes(role) || role === "office", options.officialBusinessShare)
      ? near("government", 3000)
      : null,
    client: has(role === "freelancer", options.officeCallerShare) ? near("office", 5000) : null,
    promenade: has(FREE.includes(role), options.promenadeShare)
      ? besideOf(places, places.draw(beside, home.x, home.y, 4000, random), random)
      : null,
    bedside: has(true, options.bedsideShare)
      ? { place: near("hospital", 4000), firstDay: firstDay + 3 + random.int(14), days: 4 + random.int(7) }
      : null,
    longTrip: has(role !== "airport_staff", options.longTripShare)
      ? { firstDay: firstDay + 2 + random.int(4), nights: 10 + random.int(9) }
      : null,
    lateHours: has(late, options.stayUpShare) ? random.range(3.5, 5.5) : 0,
  };
}

/** A spot in the open beside a venue. */
function besideOf(places: Places, index: number, random: Random): Place {
  const venue = places.venue(index);
  const bearing = random.range(0, 2 * Math.PI);
  const away = venue.radiusM + random.range(0.3, 1.5) * PROMENADE_AWAY_M;
  return { x: venue.x + away * Math.cos(bearing), y: venue.y + away * Math.sin(bearing), venue: -1 };
}

/** Adds what a lookalike does on a day; who has none of it draws no random number. */
export function planLookalike(person: Person, context: DayContext, visits: Visit[], shift: Shift | null): void {
  const { lookalike, work } = person;
  const { campus, counter, client, promenade, bedside } = lookalike;
  const { baseMs, day, random } = context;
  const at = (place: Place, fromHour: number, minutes: number, purpose: Visit["purpose"]): Visit =>
    visit(place, baseMs + fromHour * HOUR_MS, baseMs + fromHour * HOUR_MS + minutes * MINUTE_MS, purpose);
  if (
    bedside !== null &&
    day >= bedside.firstDay &&
    day < bedside.firstDay + bedside.days &&
    work?.venue !== bedside.place.venue
  ) {
    const evening = shift !== null && !shift.night;
    const hour = evening ? Math.max(18.3, (shift.toMs - baseMs) / HOUR_MS + 0.8) : random.range(9.5, 11.5);
    addFree(visits, at(bedside.place, hour, random.range(55, 150), "hospital"));
  }
  if (counter !== null && isWorkingDay(day) && shift?.night !== true && random.chance(0.35)) {
    const errand = at(counter, random.range(9, 15.5), random.range(25, 100), "errand");
    if (shift !== null) dropOverlap(visits, errand.arriveMs, errand.departMs);
    addFree(visits, errand);
  }
  if (client !== null && isWorkingDay(day) && random.chance(0.5))
    addFree(visits, at(client, random.range(9.5, 15.5), random.range(35, 110), "errand"));
  if (campus !== null && shift === null && random.chance(isWorkingDay(day) ? 0.12 : 0.6))
    addFree(visits, at(campus, random.range(10, 14), random.range(80, 260), "leisure"));
  if (promenade !== null && shift === null && random.chance(0.6))
    addFree(visits, at(promenade, random.range(18.9, 19.9), random.range(35, 100), "leisure"));
}

/** End of the long trip that begins today, or null: it is begun on the first possible day and ends when it was meant to. */
export function longTripEndMs(person: Person, context: DayContext): number | null {
  const { longTrip } = person.lookalike;
  if (longTrip === null || context.day < longTrip.firstDay || context.day >= longTrip.firstDay + 3) return null;
  return (
    context.baseMs +
    (longTrip.firstDay + longTrip.nights - context.day) * DAY_MS +
    context.random.range(12, 20) * HOUR_MS
  );
}
