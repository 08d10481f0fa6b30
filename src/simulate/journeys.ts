import type { Category } from "../geo/city.js";
import { DAY_MS, HOUR_MS, isWorkingDay, MINUTE_MS, weekday } from "./calendar.js";
import { type DayContext, somewhere, visit } from "./day-context.js";
import type { Shift } from "./duty.js";
import { BOUNDS, PLANE } from "./guangzhou/plan.js";
import { longTripEndMs } from "./lookalike.js";
import type { Person, Place, Visit } from "./person.js";
import type { Random } from "./random.js";

/** A flight, a train or a drive out of the city and back, if one begins on this day; it takes the place of all else. */
export function planJourney(person: Person, context: DayContext, shift: Shift | null): Visit[] | null {
  const { baseMs, day, random, places } = context;
  if (person.role === "airport_staff" || person.role === "pupil") return null;
  if (day === person.firstDay) return planArrival(context, gatewayOf(person, context));
  const longEndMs = longTripEndMs(person, context);
  if (longEndMs !== null) {
    const station = places.spot(random.pick(places.all("rail_station")), random);
    return roundTrip(station, station, baseMs + random.range(8, 16) * HOUR_MS, longEndMs, "rail_station", random);
  }
  const festive = !isWorkingDay(day) && weekday(day) >= 1 && weekday(day) <= 5 ? 3 : 1;
  const flies = random.chance(person.habits.flights / 7);
  const leaves = random.chance(((weekday(day) === 6 ? 2.5 : 0.75) * festive * person.habits.trips) / 7);
  if (!flies && (!leaves || shift?.night === true)) return null;
  const departMs = baseMs + random.range(6.8, 18) * HOUR_MS;
  const nights = flies ? random.int(4) : random.int(3);
  const backMs =
    nights === 0
      ? baseMs + random.range(20, 21.5) * HOUR_MS
      : baseMs + nights * DAY_MS + random.range(11, 21) * HOUR_MS;
  if (backMs < departMs + 4 * HOUR_MS) return null;
  if (flies || random.chance(0.4)) {
    const category: Category = flies ? "airport" : "rail_station";
    const venue = flies
      ? places.nearest("airport", person.home.x, person.home.y)
      : random.pick(places.all("rail_station"));
    return roundTrip(places.spot(venue, random), places.spot(venue, random), departMs, backMs, category, random);
  }
  const edge = edgeOf(person.home, random);
  return [visit(edge, departMs + HOUR_MS, backMs, "away")];
}

function roundTrip(
  out: Place,
  back: Place,
  departMs: number,
  backMs: number,
  category: Category,
  random: Random,
): Visit[] {
  const [low, high] = category === "airport" ? [55, 120] : [18, 50];
  const goneMs = departMs + random.range(low, high) * MINUTE_MS;
  return [
    visit(out, departMs, goneMs, "passage"),
    visit(out, goneMs, backMs, "away"),
    visit(back, backMs, backMs + random.range(low / 3, high / 3) * MINUTE_MS, "passage"),
  ];
}

/** A point on the border of the map in the direction in which the person lives from the middle. */
function edgeOf(home: Place, random: Random): Place {
  const bearing = Math.atan2(home.y, home.x) + random.range(-0.8, 0.8);
  const halfWidth = ((BOUNDS.east - BOUNDS.west) / 2) * PLANE.metresPerLon;
  const halfHeight = ((BOUNDS.north - BOUNDS.south) / 2) * PLANE.metresPerLat;
  const reach = Math.min(halfWidth / Math.abs(Math.cos(bearing)), halfHeight / Math.abs(Math.sin(bearing)));
  return { x: reach * Math.cos(bearing), y: reach * Math.sin(bearing), venue: -1 };
}

/** The station or airport through which a person comes to the city and leaves it. */
export function gatewayOf(person: Person, context: DayContext): Place {
  const { places } = context;
  const stations = places.all("rail_station");
  const byAir = person.phase % 5 < 2;
  const venue = byAir ? places.nearest("airport", 0, 0) : (stations[person.phase % stations.length] as number);
  return places.spot(venue, context.random);
}

function planArrival(context: DayContext, gateway: Place): Visit[] {
  const arriveMs = context.baseMs + context.random.range(9, 19) * HOUR_MS;
  return [
    visit(gateway, context.baseMs + 3 * HOUR_MS, arriveMs, "away"),
    visit(gateway, arriveMs, arriveMs + context.random.range(12, 35) * MINUTE_MS, "passage"),
  ];
}

const SIGHTS: readonly Category[] = [
  "park",
  "mall",
  "restaurant",
  "concert_hall",
  "university",
  "restaurant",
  "residential",
];
const BUSINESS: readonly Category[] = ["office", "exhibition", "office", "factory", "restaurant", "hotel"];

/** A visitor's day: arrival on the first, departure on the last, sights or business or a hospital in between. */
export function planSojourn(person: Person, context: DayContext, busyUntilMs: number): Visit[] {
  const { baseMs, day, random } = context;
  const since = day - person.firstDay;
  const into = person.returnsAfter > 0 && since >= 0 ? since % person.returnsAfter : since;
  if (into < 0 || into >= person.stayDays || busyUntilMs > baseMs + 20 * HOUR_MS) return [];
  const gateway = gatewayOf(person, context);
  const visits = into === 0 ? planArrival(context, gateway) : [];
  const last = into === person.stayDays - 1;
  const leaveMs = baseMs + random.range(14, 20) * HOUR_MS;
  const kinds = person.phase % 10 < 4 ? BUSINESS : SIGHTS;
  let atMs = into === 0 ? (visits[1]?.departMs ?? baseMs) + 2.5 * HOUR_MS : baseMs + random.range(8.8, 10.5) * HOUR_MS;
  const untilMs = last ? leaveMs - 1.5 * HOUR_MS : baseMs + 20.5 * HOUR_MS;
  while (atMs < untilMs) {
    const medical = person.phase % 17 === 3 && random.chance(0.6);
    const place = somewhere(context, medical ? "hospital" : random.pick(kinds), person.home, 5000);
    const departMs = Math.min(untilMs + 0.5 * HOUR_MS, atMs + random.range(40, 200) * MINUTE_MS);
    const mall = context.places.venue(place.venue).category === "mall";
    visits.push(visit(place, atMs, departMs, medical ? "hospital" : mall ? "mall" : "leisure"));
    atMs = departMs + random.range(30, 70) * MINUTE_MS;
  }
  if (last)
    visits.push(
      visit(gateway, leaveMs, leaveMs + 40 * MINUTE_MS, "passage"),
      visit(gateway, leaveMs + 40 * MINUTE_MS, nextComingMs(person, day), "away"),
    );
  return visits;
}

/** Early on the day of the next visit, or never. */
function nextComingMs(person: Person, day: number): number {
  if (person.returnsAfter === 0) return Number.POSITIVE_INFINITY;
  const next = person.firstDay + (Math.floor((day - person.firstDay) / person.returnsAfter) + 1) * person.returnsAfter;
  return (next - day) * DAY_MS + (day * DAY_MS - 8 * HOUR_MS) + 3.5 * HOUR_MS;
}
