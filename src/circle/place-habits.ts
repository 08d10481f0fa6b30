import { CATEGORIES, type Category } from "../geo/city.js";
import { HABITS } from "./visit-habits.js";

/** Hours that were spent at a place, as the books of the places have them, and the days on which they could have been. */
export interface PlaceHours {
  /** Nights and working days at the place, and those on which the subscriber was observed anywhere. */
  readonly nights: number;
  readonly nightsObserved: number;
  readonly workdays: number;
  readonly workdaysObserved: number;
  /** Minutes at night, in working hours of working days, and in waking hours (which hold the working hours). */
  readonly nightMinutes: number;
  readonly workMinutes: number;
  readonly wakingMinutes: number;
}

export type PlaceKind = "home" | "day" | "other";

/** How a category is lived in, by those who are there regularly. */
interface PlaceHabit {
  /** People who sleep on a hectare of it night after night; and who work or study on one, day after day. */
  readonly sleep: number;
  readonly work: number;
  /** Share of their waking hours there that lies outside working hours (evenings, weekends), and how far people differ in it. */
  readonly outside: number;
  readonly outsideSpread: number;
  /** Share of the nights that they are seen there for an hour or more. */
  readonly nights: number;
}

function habit(sleep: number, work: number, outside: number, outsideSpread: number, nights: number): PlaceHabit {
  return { sleep, work, outside, outsideSpread, nights };
}

/**
 * People a hectare from the floor areas of visit-habits.ts; of pupils few have phones, of small children none. Opening hours tell how
 * much of a working week lies in evenings and weekends: a quarter where offices close at six, half in shops and kitchens, anything with shifts.
 */
const PLACE_HABITS: Readonly<Record<Category, PlaceHabit>> = {
  residential: habit(400, 40, 0.6, 0.2, 0.5),
  dormitory: habit(1000, 120, 0.5, 0.2, 0.7),
  university: habit(25, 200, 0.35, 0.22, 0.2),
  school: habit(3, 120, 0.2, 0.1, 0.03),
  kindergarten: habit(0.5, 100, 0.2, 0.1, 0.02),
  youth_centre: habit(0.5, 60, 0.5, 0.2, 0.03),
  office: habit(3, 900, 0.25, 0.12, 0.05),
  government: habit(2, 400, 0.18, 0.1, 0.03),
  factory: habit(15, 180, 0.35, 0.25, 0.2),
  hospital: habit(10, 200, 0.4, 0.2, 0.25),
  mall: habit(1, 120, 0.5, 0.18, 0.15),
  cinema: habit(1, 30, 0.6, 0.18, 0.3),
  stadium: habit(0.2, 6, 0.45, 0.2, 0.05),
  concert_hall: habit(0.2, 25, 0.5, 0.2, 0.15),
  exhibition: habit(0.2, 8, 0.35, 0.12, 0.03),
  metro_station: habit(0.2, 8, 0.5, 0.18, 0.25),
  bus_station: habit(0.2, 8, 0.5, 0.18, 0.15),
  rail_station: habit(0.2, 10, 0.5, 0.2, 0.25),
  airport: habit(0.2, 12, 0.5, 0.2, 0.3),
  hotel: habit(60, 60, 0.5, 0.2, 0.3),
  park: habit(0.2, 2, 0.4, 0.2, 0.05),
  restaurant: habit(2, 120, 0.55, 0.18, 0.2),
};

/** The same where no map has a venue. */
const UNMAPPED: PlaceHabit = habit(4, 2, 0.45, 0.3, 0.2);

/** Part of the people who live by none of this. */
const STRANGE = 0.15;
/** Minutes in the books from which their shares are believed. */
const BELIEVED_MINUTES = 600;
/** Hotels house guests: a home of more nights than this is rarely one. */
const GUEST_NIGHTS_MAX = 10;
const LONG_GUEST = 0.2;

/** What a hectare weighs: of each category, in the order of CATEGORIES, and in the open. */
export interface PlaceWeights {
  readonly byCategory: Float64Array;
  readonly anywhere: number;
}

/** Hours are told apart in so many steps of what `Shares` holds, finer than they are known; each answer is computed once. */
const SHARE_STEPS = 20;
const BELIEF_STEPS = 4;
const KNOWN = new Map<number, PlaceWeights>();

/** What makes a difference of the hours spent at a place, each from 0 to 1. */
interface Shares {
  /** Waking hours there outside working hours, and how far they are to be believed. */
  readonly outside: number;
  readonly belief: number;
  readonly nights: number;
}

/** What a hectare of each category weighs for a place of a kind with these hours. */
export function placeWeights(kind: PlaceKind, hours: PlaceHours): PlaceWeights {
  const { nights, nightsObserved, workMinutes, wakingMinutes } = hours;
  const steps = (share: number, count: number) => Math.round(Math.min(1, Math.max(0, share)) * count);
  const isDay = kind === "day";
  const outside = isDay && wakingMinutes > 0 ? steps(1 - workMinutes / wakingMinutes, SHARE_STEPS) : 0;
  const belief = isDay ? steps(wakingMinutes / BELIEVED_MINUTES, BELIEF_STEPS) : 0;
  const night = isDay && nightsObserved > 0 ? steps(nights / nightsObserved, SHARE_STEPS) : 0;
  const isLong = kind === "home" && nights > GUEST_NIGHTS_MAX ? 1 : 0;
  const kindCode = isDay ? 0 : kind === "home" ? 1 + isLong : 3;
  const key = ((kindCode * (SHARE_STEPS + 1) + outside) * (BELIEF_STEPS + 1) + belief) * (SHARE_STEPS + 1) + night;
  let known = KNOWN.get(key);
  if (known === undefined) {
    const shares = { outside: outside / SHARE_STEPS, belief: belief / BELIEF_STEPS, nights: night / SHARE_STEPS };
    known = weightsOf(kind, isLong === 1, shares);
    KNOWN.set(key, known);
  }
  return known;
}

function weightsOf(kind: PlaceKind, isLong: boolean, shares: Shares): PlaceWeights {
  const weigh = (category: Category | null): number => {
    const habits = category === null ? UNMAPPED : PLACE_HABITS[category];
    if (kind === "day") return habits.work * fitOfDay(habits, shares);
    if (kind === "home") return habits.sleep * (category === "hotel" && isLong ? LONG_GUEST : 1);
    return category === null ? UNMAPPED.work : visitsOf(category);
  };
  return { byCategory: Float64Array.from(CATEGORIES, weigh), anywhere: weigh(null) };
}

/** How well the hours fit those who work or study at such a place. */
function fitOfDay(habits: PlaceHabit, { outside, belief, nights }: Shares): number {
  const off = (outside - habits.outside) / habits.outsideSpread;
  const fit = STRANGE + (1 - STRANGE) * Math.exp(-0.5 * off * off * belief);
  // Shares of nights as a geometric fall around what is usual: there is no night work where all close at six.
  const nightly = Math.exp(-nights / (habits.nights + 0.05)) / (habits.nights + 0.05);
  return fit * (STRANGE + (1 - STRANGE) * nightly);
}

/** Visits a hectare and day of any length, for places that are neither. */
function visitsOf(category: Category): number {
  return HABITS[category].reduce((sum, { working, free }) => sum + (5 * working + 2 * free) / 7, 0);
}
