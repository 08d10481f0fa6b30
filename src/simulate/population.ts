import { dayOfDate } from "./calendar.js";
import type { CityPlan } from "./guangzhou/plan.js";
import { homeAboveOffices, lookalikeOf } from "./lookalike.js";
import type { SimulationOptions } from "./options.js";
import { type Habits, type Mode, type Person, type Place, ROLES, type Role } from "./person.js";
import type { Places } from "./places.js";
import { Random } from "./random.js";
import { DUTIES, WORKPLACE } from "./roles.js";
import type { Travel } from "./travel.js";

/** Nobody is heard more often, unless half of all are to be. */
const EVENTS_PER_DAY_MAX = 600;
/** Not every campus or stadium has an estate beside it; some others are tried. */
const LANDMARK_TRIES = 40;
const FOREIGN_PLMNS = [
  "454-00",
  "454-12",
  "455-01",
  "450-05",
  "440-10",
  "525-01",
  "310-410",
  "310-260",
  "505-01",
  "460-01",
  "460-11",
  "234-15",
];
const TACS = [
  "35328911",
  "35699108",
  "86412304",
  "86755105",
  "86901204",
  "35854210",
  "86288705",
  "35407115",
  "86630906",
  "01388300",
];

/** Makes the people of the city one by one; the same seed makes the same people. */
export class Population {
  readonly people: Person[] = [];
  readonly #options: SimulationOptions;
  readonly #places: Places;
  readonly #travel: Travel;
  readonly #firstDay: number;
  readonly #estateWeights: number[];
  readonly #estates: readonly number[];

  constructor(plan: CityPlan, places: Places, travel: Travel, options: SimulationOptions) {
    this.#options = options;
    this.#places = places;
    this.#travel = travel;
    this.#firstDay = dayOfDate(options.start);
    this.#estates = places.all("residential");
    this.#estateWeights = this.#estates.map((estate) => plan.venues[estate]?.capacity ?? 0);
    const random = new Random(options.seed, "roles");
    const weights = ROLES.map((role) => options.roles[role]);
    for (let i = 0; i < options.subscribers; i++) {
      const role = ROLES[random.weighted(weights)] as Role;
      this.people.push(this.#make(i, role));
    }
  }

  #make(index: number, role: Role): Person {
    const random = new Random(this.#options.seed, `person ${index}`);
    const aside = new Random(this.#options.seed, `lookalike ${index}`);
    const living = this.#living(role, random, aside);
    const traits = this.#traits(index, role, random);
    const time = this.#presence(role, random);
    const family = this.#family(role, living.home, random);
    const { confounders } = this.#options;
    const facts = { role, home: living.home, dutyFrom: traits.dutyFrom, gate: family.gate };
    const lookalike = lookalikeOf(facts, this.#firstDay, confounders, this.#places, aside);
    return {
      index,
      role,
      ...living,
      ...traits,
      ...time,
      ...family,
      wakeHour: traits.wakeHour + lookalike.lateHours,
      sleepHour: traits.sleepHour + lookalike.lateHours,
      lookalike,
      habits: this.#habits(role, living.work, random),
      contacts: this.#contacts(index, random),
    };
  }

  /** Home, workplace and the way between them. */
  #living(
    role: Role,
    random: Random,
    aside: Random,
  ): Pick<Person, "home" | "work" | "weekendHome" | "commute" | "resident" | "nextHome" | "moveDay"> {
    const dormitory = role === "student" && random.chance(0.75);
    const above = homeAboveOffices(role, this.#options.confounders, this.#places, aside);
    const usual = role === "visitor" ? this.#hotel(random) : dormitory ? this.#dormitory(random) : this.#estate(random);
    const home = above ?? usual;
    const work = this.#workplace(role, home, dormitory, random);
    const moves = role !== "visitor" && !dormitory && random.chance(0.015 * this.#options.habits.travel);
    const second = role !== "visitor" && !dormitory && random.chance(0.025);
    return {
      home,
      resident: role !== "visitor",
      work,
      commute: work === null ? this.#anyMode(random) : this.#mode(home, work, random),
      nextHome: moves ? this.#estate(random) : null,
      moveDay: moves ? this.#firstDay + 6 + random.int(15) : 0,
      weekendHome: second ? this.#estate(random) : null,
    };
  }

  /** Estates by size; some people live next door to a campus, a hospital, a stadium or the like. */
  #estate(random: Random): Place {
    const { nextDoorShare, nextDoorM, nextDoorTo } = this.#options.confounders;
    const tries = random.chance(nextDoorShare) ? LANDMARK_TRIES : 0;
    for (let i = 0; i < tries; i++) {
      const landmark = this.#places.venue(random.pick(this.#places.all(random.pick(nextDoorTo))));
      const near = this.#places.within("residential", landmark.x, landmark.y, landmark.radiusM + nextDoorM);
      if (near.length > 0) return this.#places.spot(random.pick(near), random);
    }
    return this.#places.spot(this.#estates[random.weighted(this.#estateWeights)] as number, random);
  }

  #dormitory(random: Random): Place {
    return this.#places.spot(random.pick(this.#places.all("dormitory")), random);
  }

  #hotel(random: Random): Place {
    return this.#places.spot(random.pick(this.#places.all("hotel")), random);
  }

  #workplace(role: Role, home: Place, dormitory: boolean, random: Random): Place | null {
    const where = WORKPLACE[role];
    if (where === null) return null;
    if (dormitory) return this.#places.spot(this.#places.nearest("university", home.x, home.y), random);
    let [category, scale] = where;
    if (role === "venue_staff" && random.chance(0.4)) category = "concert_hall";
    if (role === "station_staff" && random.chance(0.25)) category = "rail_station";
    if (role === "night_guard" && random.chance(0.5))
      category = random.pick(["mall", "factory", "residential"] as const);
    if (role === "office" && random.chance(0.35)) return this.#highOffice(random);
    return this.#places.spot(this.#places.draw(category, home.x, home.y, scale, random), random);
  }

  #highOffice(random: Random): Place {
    const high = this.#places.all("office").filter((office) => this.#places.venue(office).tier === "high");
    return this.#places.spot(random.pick(high), random);
  }

  #mode(home: Place, work: Place, random: Random): Mode {
    const away = Math.hypot(home.x - work.x, home.y - work.y);
    if (away < 1300) return "walk";
    if (random.chance(0.62) && this.#travel.suits("metro", home, work)) return "metro";
    if (random.chance(0.5) && this.#travel.suits("bus", home, work)) return "bus";
    return "car";
  }

  #anyMode(random: Random): Mode {
    return random.pick(["car", "metro", "bus"] as const);
  }

  #traits(
    index: number,
    role: Role,
    random: Random,
  ): Omit<
    Person,
    | "index"
    | "role"
    | "home"
    | "work"
    | "habits"
    | "lookalike"
    | "contacts"
    | keyof Family
    | keyof Living
    | keyof Presence
  > {
    const { traffic, habits } = this.#options;
    const foreign = random.chance(role === "visitor" ? 0.35 : 0.012);
    const homePlmn = foreign ? random.pick(FOREIGN_PLMNS) : "460-00";
    const hours = random.pick(DUTIES[role]);
    const later = role === "pupil" || role === "teacher" || role === "student" ? 0 : habits.laterHours;
    const shift = (habits.hoursSigmaMinutes / 60) * random.normal() + later;
    const [timerLow, timerHigh] = traffic.periodicUpdateMinutes;
    const late = hours.from > 11 ? 2 : 0;
    return {
      id: imsi(homePlmn, index, this.#options.seed),
      homePlmn,
      foreign,
      tac: random.pick(TACS),
      generations: random.chance(0.62) ? 0b111 : 0b011,
      dutyFrom: hours.from + shift,
      dutyTo: hours.to + shift + (habits.hoursSigmaMinutes / 60) * random.normal(),
      daysOn: hours.daysOn,
      daysOff: hours.daysOff,
      nights: hours.nights,
      phase: random.int(1000),
      eventsPerDay: Math.min(
        Math.max(EVENTS_PER_DAY_MAX, traffic.eventsPerDay),
        Math.max(6, random.logNormal(traffic.eventsPerDay, traffic.eventsPerDaySigma)),
      ),
      timerMs: random.pick([timerLow, timerLow, (timerLow + timerHigh) / 2, timerHigh]) * 60_000,
      wakeHour: Math.min(hours.from - 1, 7 + late + 0.7 * random.normal()),
      sleepHour: 23 + 0.4 * late + 0.7 * random.normal(),
      phoneOffAtNight: random.chance(traffic.nightOffShare),
    };
  }

  /** Residents are here throughout, apart from those who move to the city; visitors come for 1 to 6 days, some of them again. */
  #presence(role: Role, random: Random): Presence {
    const days = Number.isFinite(this.#options.days) ? this.#options.days : 28;
    const first = this.#firstDay;
    if (role !== "visitor") {
      const fresh = random.chance(this.#options.confounders.newResidentShare);
      return {
        firstDay: fresh ? first + 2 + random.int(10) : first - 1,
        returnsAfter: 0,
        stayDays: 0,
      };
    }
    const stayDays = 1 + random.int(6);
    const firstDay = first + random.int(Math.max(1, days - stayDays));
    const returnsAfter = random.chance(0.2)
      ? stayDays + 7 + random.int(8)
      : Number.isFinite(this.#options.days)
        ? 0
        : 40 + random.int(40);
    return { firstDay, returnsAfter, stayDays };
  }

  #family(role: Role, home: Place, random: Random): Family {
    const parent = [
      "office",
      "civil_servant",
      "homemaker",
      "retired",
      "freelancer",
      "factory_day",
      "teacher",
      "hospital_staff",
    ].includes(role);
    const share = role === "homemaker" ? 0.75 : role === "retired" ? 0.4 : 0.16;
    if (!parent || !random.chance(share)) return { gate: null, brings: false, fetches: false, club: null };
    const category = random.chance(0.4) ? "kindergarten" : "school";
    const gate = this.#places.gate(this.#places.draw(category, home.x, home.y, 900, random), random);
    const club = random.chance(0.35)
      ? this.#places.spot(this.#places.draw("youth_centre", home.x, home.y, 4000, random), random)
      : null;
    const free = role === "homemaker" || role === "retired";
    return { gate, brings: free || random.chance(0.8), fetches: free && random.chance(0.9), club };
  }

  #habits(role: Role, work: Place | null, random: Random): Habits {
    const { leisure, health, travel, eventVisits, fans } = this.#options.habits;
    const likes = (share: number): boolean => random.chance(Math.min(0.9, fans * share));
    const high = role === "office" && work !== null && this.#places.venue(work.venue).tier === "high";
    const flies = likes(high ? 0.2 : role === "office" || role === "lecturer" ? 0.05 : 0.006);
    const ill = likes(0.12);
    return {
      malls: leisure * (likes(0.25) ? random.range(1.2, 2.2) : random.range(0, 0.6)),
      films: leisure * (likes(0.15) ? random.range(0.6, 1.2) : random.range(0, 0.15)),
      outings: leisure * random.range(0.2, 1.5),
      restaurants: leisure * random.range(0.2, 1.8),
      hospitals: health * (ill ? random.range(0.25, 1) : 0.04),
      flights: travel * (flies ? random.range(0.5, 1.1) : 0.015),
      trips: travel * random.range(0.02, 0.15),
      music: eventVisits * (likes(0.12) ? random.range(0.04, 0.12) : 0.002),
      sport: eventVisits * (likes(0.1) ? random.range(0.04, 0.14) : 0.002),
      expo: eventVisits * (likes(0.1) ? random.range(0.04, 0.1) : 0.002),
    };
  }

  #contacts(index: number, random: Random): number[] {
    const count = 3 + random.int(8);
    const contacts: number[] = [];
    for (let i = 0; i < count; i++) {
      const other = random.chance(0.5) ? random.int(this.#options.subscribers) : -1;
      contacts.push(other === index ? -1 : other);
    }
    return contacts;
  }
}

type Family = Pick<Person, "gate" | "brings" | "fetches" | "club">;
type Living = Pick<Person, "weekendHome" | "commute" | "resident" | "nextHome" | "moveDay">;
type Presence = Pick<Person, "firstDay" | "returnsAfter" | "stayDays">;

/** Fifteen digits: the PLMN and a number that no other index of the simulation has. */
function imsi(plmn: string, index: number, seed: number): string {
  const prefix = plmn.replace("-", "");
  const digits = 15 - prefix.length;
  const scattered = (index * 7_919_993 + (seed % 99_991) * 1009 + 100_003) % 999_999_937;
  return prefix + String(scattered).padStart(digits, "0");
}
