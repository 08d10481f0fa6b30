import type { Category } from "../geo/city.js";
import { UserError } from "../signal/user-error.js";
import type { PartialOptions } from "./options.js";
import { ROLES, type Role } from "./person.js";

/** A city in which the members of a circle and one kind of people who are taken for them are both plentiful. */
export interface Scenario {
  readonly name: string;
  /** Circles that the confounders are in danger of; one that ends with `:` stands for all that begin so. */
  readonly circles: readonly string[];
  /** Values of `truth_roles.csv` of the members' doubles. */
  readonly confounders: readonly string[];
  readonly options: PartialOptions;
}

/** People of a test city unless told otherwise. */
export const SCENARIO_SUBSCRIBERS = 400;

const AT_HOME: Partial<Record<Role, number>> = { freelancer: 20, homemaker: 20, retired: 20 };
const MUSIC_AND_SPORT = ["music", "music:", "sport", "sport:"];
const EVENTFUL: PartialOptions = {
  happenings: { music: 0.65, sport: 0.6, expo: 0.9 },
  habits: { eventVisits: 1.2, fans: 2.5 },
};

/** One test city a confounder of the catalogue's right-hand columns, in the catalogue's order. */
export const SCENARIOS: readonly Scenario[] = [
  of("campus-staff", ["campus-student"], ["lecturer", "campus_staff"], { student: 60, lecturer: 30, campus_staff: 30 }),
  of(
    "campus-neighbours",
    ["campus-student"],
    ["lives_by_university"],
    { student: 60, office: 20, ...AT_HOME },
    nextDoor("university"),
  ),
  of(
    "campus-parents",
    ["campus-student"],
    ["visits_child_on_campus"],
    { student: 60, ...AT_HOME, office: 20 },
    { confounders: { campusParentShare: 1 } },
  ),
  of("office-couriers", ["white-collar"], ["courier"], { office: 60, courier: 40 }),
  of(
    "office-visitors",
    ["white-collar"],
    ["visitor", "calls_on_offices"],
    { office: 50, visitor: 30, freelancer: 30 },
    { confounders: { officeCallerShare: 1 } },
  ),
  of("office-cleaners", ["white-collar"], ["cleaner", "night_guard"], { office: 60, cleaner: 40, night_guard: 10 }),
  of(
    "above-offices",
    ["white-collar", "nine-to-five"],
    ["lives_above_offices"],
    { office: 60, ...AT_HOME },
    { confounders: { aboveOfficeShare: 1 } },
  ),
  of("plain-white-collars", ["high-end-business"], ["office"], { office: 100 }, { habits: { fans: 3 } }),
  of(
    "government-errands",
    ["civil-servant"],
    ["official_business"],
    { civil_servant: 50, ...AT_HOME, office: 20 },
    { confounders: { officialBusinessShare: 1 } },
  ),
  of("factory-trucks", ["factory-worker"], ["truck"], { factory_day: 30, factory_shift: 30, truck: 40 }),
  of("school-teachers", ["parent-child", "school-run"], ["teacher"], { homemaker: 40, retired: 40, teacher: 50 }),
  of("school-pupils", ["parent-child", "school-run"], ["pupil"], { homemaker: 40, retired: 40, pupil: 50 }),
  of(
    "school-neighbours",
    ["parent-child", "school-run"],
    ["lives_by_school", "works_by_school", "lives_by_kindergarten", "works_by_kindergarten"],
    { ...AT_HOME, restaurant_staff: 30, office: 20 },
    nextDoor("school", "kindergarten"),
  ),
  of("venue-staff", MUSIC_AND_SPORT, ["venue_staff"], { office: 60, venue_staff: 40 }, EVENTFUL),
  of(
    "venue-neighbours",
    MUSIC_AND_SPORT,
    ["lives_by_stadium", "lives_by_concert_hall"],
    { office: 30, ...AT_HOME },
    { ...EVENTFUL, ...nextDoor("stadium", "concert_hall") },
  ),
  of(
    "venue-passers-by",
    MUSIC_AND_SPORT,
    ["evenings_beside_venue"],
    { office: 50, ...AT_HOME },
    { ...EVENTFUL, confounders: { promenadeShare: 1 } },
  ),
  of("expo-builders", ["industry:"], ["expo_staff"], { office: 60, expo_staff: 40 }, EVENTFUL),
  of("cinema-staff", ["film"], ["cinema_staff"], { office: 60, cinema_staff: 40 }, { habits: { fans: 2 } }),
  of("mall-staff", ["shopping"], ["mall_staff"], { office: 60, mall_staff: 40 }, { habits: { fans: 2 } }),
  of(
    "hospital-staff",
    ["health", "health:"],
    ["hospital_staff"],
    { ...AT_HOME, office: 20, hospital_staff: 40 },
    { habits: { fans: 2 } },
  ),
  of(
    "hospital-neighbours",
    ["health", "health:"],
    ["lives_by_hospital"],
    { ...AT_HOME, office: 20 },
    nextDoor("hospital"),
  ),
  of("shift-workers", ["nine-to-five"], ["factory_shift", "hospital_staff", "restaurant_staff", "station_staff"], {
    office: 50,
    factory_shift: 20,
    hospital_staff: 15,
    restaurant_staff: 15,
    station_staff: 15,
  }),
  of("wandering-students", ["nine-to-five"], ["student"], { office: 40, pupil: 20, student: 60 }),
  of(
    "station-neighbours",
    ["metro-commuter", "bus-commuter"],
    ["lives_by_metro_station", "lives_by_bus_station", "works_by_metro_station"],
    { office: 70, ...AT_HOME },
    nextDoor("metro_station", "bus_station"),
  ),
  of("station-staff", ["metro-commuter", "bus-commuter"], ["station_staff"], { office: 60, station_staff: 40 }),
  of(
    "night-owls",
    ["night-shift"],
    ["stays_up_at_home"],
    { factory_shift: 30, night_guard: 15, freelancer: 40, cinema_staff: 15 },
    { confounders: { stayUpShare: 1 } },
  ),
  of(
    "airport-staff",
    ["frequent-flyer"],
    ["airport_staff"],
    { office: 60, airport_staff: 40 },
    { habits: { fans: 4 } },
  ),
  of("airport-taxis", ["frequent-flyer"], ["taxi"], { office: 60, taxi: 40 }, { habits: { fans: 4 } }),
  of(
    "new-residents",
    ["visitor"],
    ["new_resident"],
    { visitor: 40, office: 30, freelancer: 20 },
    { confounders: { newResidentShare: 1 } },
  ),
  of(
    "returned-residents",
    ["visitor"],
    ["back_from_long_trip"],
    { visitor: 40, office: 30, ...AT_HOME },
    { confounders: { longTripShare: 1 } },
  ),
];

/** The scenario of a name. Throws UserError with all names. */
export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UserError(`simulate: ${name} is no scenario`, `give one of ${SCENARIOS.map((one) => one.name).join(" ")}`);
}

/** Only the roles with a weight are in the city. */
function of(
  name: string,
  circles: readonly string[],
  confounders: readonly string[],
  weights: Partial<Record<Role, number>>,
  more: PartialOptions = {},
): Scenario {
  const roles = Object.fromEntries(ROLES.map((role) => [role, weights[role] ?? 0]));
  return { name, circles, confounders, options: { subscribers: SCENARIO_SUBSCRIBERS, ...more, roles } };
}

/** Nearly all live within a few steps of such venues. */
function nextDoor(...nextDoorTo: readonly Category[]): PartialOptions {
  return { confounders: { nextDoorShare: 0.9, nextDoorM: 200, nextDoorTo } };
}
