import { CATEGORIES, type Category } from "../geo/city.js";

/**
 * How people use places, before anybody's signalling is looked at: who comes, when, and for how long.
 *
 * The numbers are those that planners build for, rounded: people a hectare of premises from usual floor areas (GB 50180 estates of some
 * 400 residents a hectare; offices of 25 square metres a head on three to four floors' worth of ground; schools, dormitories and
 * hospitals by their building codes; a guest to every tenth resident a day; a cinema of a thousand seats and five shows on half a hectare, a
 * sixth of the seats sold), opening hours, and the lengths of such visits (a film with the trailers, an outpatient's morning, the minutes
 * before a school opens). They are meant to be right within a factor of two; cells decide the rest.
 */
export interface VisitHabit {
  /** Visits that begin on a hectare of the premises, a working day and a free day. */
  readonly working: number;
  readonly free: number;
  /** Local hours between which most begin. */
  readonly arrival: readonly [number, number];
  /** Hours that most last. */
  readonly hours: readonly [number, number];
  /** Of those who live, work or study there; others come as visitors. */
  readonly isOwn: boolean;
}

function habit(
  working: number,
  free: number,
  arrival: readonly [number, number],
  hours: readonly [number, number],
): VisitHabit {
  return { working, free, arrival, hours, isOwn: false };
}

/** The same of those who live, work or study there. */
function own(...parts: Parameters<typeof habit>): VisitHabit {
  return { ...habit(...parts), isOwn: true };
}

export const HABITS: Readonly<Record<Category, readonly VisitHabit[]>> = {
  residential: [
    own(300, 250, [16.5, 23.5], [7, 15]),
    own(20, 60, [16.5, 23.5], [15, 40]),
    own(60, 150, [8, 16], [1, 6]),
    habit(40, 60, [7, 21], [0.3, 2.5]),
    own(8, 8, [6, 10], [6, 10]),
  ],
  dormitory: [own(900, 800, [17, 23.5], [7, 14]), own(700, 400, [11.5, 14], [1, 3]), own(200, 400, [8, 17], [1, 5])],
  university: [
    own(180, 60, [7.5, 14.5], [1.5, 5]),
    own(60, 40, [18, 19.5], [2, 3.5]),
    own(40, 5, [7.5, 9.5], [7, 10.5]),
    habit(10, 20, [9, 18], [0.5, 3]),
  ],
  school: [
    own(100, 2, [7, 8.5], [7, 10]),
    own(30, 1, [7, 8.5], [3, 5]),
    own(30, 1, [12.5, 14.2], [2.5, 5]),
    habit(150, 0, [7, 8.7], [0.1, 0.35]),
    habit(150, 0, [15.3, 18.2], [0.15, 0.6]),
  ],
  kindergarten: [
    own(120, 2, [7, 8.5], [8, 10.5]),
    habit(250, 0, [7.2, 9], [0.1, 0.35]),
    habit(250, 0, [15.3, 18], [0.15, 0.6]),
  ],
  youth_centre: [habit(150, 500, [8.5, 18], [0.3, 3]), own(20, 20, [8, 10], [7, 10])],
  office: [
    own(900, 60, [7.5, 10], [7, 11]),
    own(350, 20, [7.5, 10], [2.5, 5]),
    own(400, 20, [12, 14.5], [3, 7]),
    habit(150, 10, [9, 17], [0.4, 3]),
    own(8, 8, [17.5, 20], [2, 13]),
  ],
  government: [
    own(350, 15, [7.5, 9.2], [7.5, 10.5]),
    own(120, 5, [7.5, 9.2], [2.5, 5]),
    own(150, 5, [12, 14.5], [3, 6]),
    habit(250, 2, [8.7, 16.5], [0.25, 1.3]),
  ],
  factory: [
    own(120, 50, [7, 9], [8, 12]),
    own(30, 10, [7, 9], [3, 5]),
    own(40, 12, [12, 14], [3, 7]),
    own(40, 30, [18, 20.5], [9, 12.5]),
    habit(8, 3, [6, 20], [0.3, 1.5]),
  ],
  hospital: [
    habit(350, 150, [7.5, 16.5], [0.5, 4]),
    own(150, 100, [7, 9], [8, 12]),
    own(40, 40, [16.5, 20], [10, 15]),
    habit(10, 10, [8, 20], [12, 72]),
  ],
  mall: [habit(900, 1800, [10, 20.5], [0.4, 4]), own(60, 60, [8.5, 14], [6, 11])],
  cinema: [habit(700, 1500, [12, 21.5], [1.6, 2.9]), own(15, 20, [9, 15], [6, 10])],
  stadium: [habit(15, 30, [7, 20.5], [0.7, 3]), own(3, 3, [8, 15], [6, 10])],
  concert_hall: [habit(10, 15, [9, 20], [0.7, 3]), own(15, 15, [8, 16], [6, 10])],
  exhibition: [habit(3, 3, [9, 17], [0.5, 3]), own(4, 3, [7.5, 10], [7, 11])],
  metro_station: [habit(40, 30, [6, 22], [0.15, 0.5]), own(5, 5, [6, 15], [6, 10])],
  bus_station: [habit(40, 30, [6, 22], [0.15, 0.4]), own(4, 4, [6, 15], [6, 10])],
  rail_station: [habit(250, 300, [5.5, 22], [0.3, 1.3]), own(6, 6, [6, 20], [6, 12])],
  airport: [habit(30, 30, [5, 22], [0.8, 3]), own(10, 10, [6, 20], [7, 12])],
  hotel: [habit(300, 300, [14, 23.5], [8, 15]), habit(60, 60, [11, 21], [0.5, 3]), own(30, 30, [7, 15], [7, 10])],
  park: [habit(12, 20, [6, 9], [0.5, 2]), habit(15, 40, [9, 19.5], [0.5, 2.5])],
  restaurant: [
    habit(450, 450, [11, 12.8], [0.4, 1.5]),
    habit(450, 600, [17.2, 20], [0.6, 2.3]),
    habit(80, 100, [9, 21], [0.3, 1.5]),
    own(60, 60, [8.5, 16], [6, 12]),
  ],
};

/** Places that no map has (shops, streets, homes without an estate): thin, but everywhere, and open to every kind of visit. */
export const ANYWHERE: readonly VisitHabit[] = [
  habit(3, 3, [7, 21], [0.2, 4]),
  own(1, 0.7, [8, 18], [4, 11]),
  own(1.5, 1.5, [16.5, 23.5], [7, 15]),
];

/** Beyond the usual hours a visit becomes less likely by a factor e within this: early birds, late trains, inexact intervals. */
const ARRIVAL_TAIL_HOURS = 1;
/** The same for the logarithm of the length. */
const LENGTH_TAIL = 0.5;
/** No visit is less usual than this share of one at the usual time: lives differ, and intervals are inferred. */
const UNUSUAL = 0.01;

/**
 * Visits an hour of arrival, unit of the logarithm of the length, and hectare; those of people who live, work or study there count
 * by `ownWeight`.
 */
export function visitDensity(
  habits: readonly VisitHabit[],
  isWorking: boolean,
  hour: number,
  hours: number,
  ownWeight = 1,
): number {
  let sum = 0;
  for (const { working, free, arrival, hours: usual, isOwn } of habits) {
    const off = hoursOutside(arrival[0], arrival[1], hour);
    const tooShort = Math.log(usual[0] / hours);
    const tooLong = Math.log(hours / usual[1]);
    const offLength = Math.max(0, tooShort, tooLong);
    const room = (arrival[1] - arrival[0] + 2 * ARRIVAL_TAIL_HOURS) * (Math.log(usual[1] / usual[0]) + 2 * LENGTH_TAIL);
    const fit = Math.max(UNUSUAL, Math.exp(-off / ARRIVAL_TAIL_HOURS - offLength / LENGTH_TAIL));
    sum += ((isOwn ? ownWeight : 1) * (isWorking ? working : free) * fit) / room;
  }
  return sum;
}

/** Hours from an hour of the day to the interval `from` to `to`, the shorter way round the clock; 0 within. */
function hoursOutside(from: number, to: number, hour: number): number {
  if (hour >= from && hour <= to) return 0;
  return Math.min((from - hour + 24) % 24, (hour - to + 24) % 24);
}

/** Arrivals are told apart by half hours, lengths by steps of a fifth (12 to an octave and a half), which is finer than intervals are known. */
const HOUR_STEPS = 48;
const LENGTH_STEPS = 32;
const LENGTH_MIN_HOURS = 0.1;
const LENGTH_STEP = 0.22;

/**
 * Somebody whose home and day place are known is seldom a resident, worker or student elsewhere: such stays are so much rarer than
 * among all people. Not excluded, since second jobs, parents' homes and evening classes are no anchors.
 */
const OWN_ELSEWHERE = 0.1;

/** Densities of all categories and, last, of places that no map has, for one time and length. */
export interface Expectation {
  readonly byCategory: Float64Array;
  readonly anywhere: number;
  /** By what the densities are to be multiplied for somebody who has home and day place elsewhere. */
  readonly asVisitor: Float64Array;
  readonly anywhereAsVisitor: number;
}

const KNOWN: (Expectation | undefined)[] = new Array(2 * HOUR_STEPS * LENGTH_STEPS).fill(undefined);

/** What is to be expected of a visit from `hour` (local, 0..24) of so many hours. One of some 3,000 answers, each computed once. */
export function expectationOf(isWorking: boolean, hour: number, hours: number): Expectation {
  return expectationAt(isWorking, hour, lengthStepOf(hours));
}

/** Steps of lengths of whole minutes, as diaries have them. */
const STEP_OF_MINUTES = Uint8Array.from({ length: 2 ** 13 }, (_, minutes) =>
  lengthStepOf(Math.max(60, minutes * 60) / 3600),
);

/** The same of a visit of so many whole minutes, a minute at least: no logarithm is asked for. */
export function expectationOfMinutes(isWorking: boolean, hour: number, minutes: number): Expectation {
  const step = STEP_OF_MINUTES[minutes];
  return step === undefined
    ? expectationOf(isWorking, hour, Math.max(1, minutes) / 60)
    : expectationAt(isWorking, hour, step);
}

function lengthStepOf(hours: number): number {
  const step = Math.round(Math.log(hours / LENGTH_MIN_HOURS) / LENGTH_STEP);
  return Math.min(LENGTH_STEPS - 1, Math.max(0, step));
}

function expectationAt(isWorking: boolean, hour: number, lengthStep: number): Expectation {
  const hourStep = Math.min(HOUR_STEPS - 1, Math.floor((hour * HOUR_STEPS) / 24));
  const key = (Number(isWorking) * HOUR_STEPS + hourStep) * LENGTH_STEPS + lengthStep;
  let known = KNOWN[key];
  if (known === undefined) {
    const middle = ((hourStep + 0.5) * 24) / HOUR_STEPS;
    const length = LENGTH_MIN_HOURS * Math.exp(lengthStep * LENGTH_STEP);
    const density = (habits: readonly VisitHabit[], ownWeight: number) =>
      visitDensity(habits, isWorking, middle, length, ownWeight);
    const byCategory = Float64Array.from(CATEGORIES, (category) => density(HABITS[category], 1));
    const anywhere = density(ANYWHERE, 1);
    known = {
      byCategory,
      anywhere,
      asVisitor: byCategory.map((all, at) => density(HABITS[CATEGORIES[at] as Category], OWN_ELSEWHERE) / all),
      anywhereAsVisitor: density(ANYWHERE, OWN_ELSEWHERE) / anywhere,
    };
    KNOWN[key] = known;
  }
  return known;
}
