/** Conditions on the rhythm of days: regular hours at the day place, work at night, short visits to the city, the home network. */
import { Counts, chanceOfAtLeast, lengthError, normal } from "./chance.js";
import { anything, type Condition, oncePerPortrait } from "./condition.js";
import { type DayChances, foundOn, lastOf } from "./day-chances.js";
import { STAY } from "./diary.js";
import { AT_DAY_PLACE, HAS_DAY_PLACE, HAS_FOREIGN_NETWORK, IS_NEW_OR_BRIEF, type Portrait } from "./portrait.js";
import type { HomeNetworkForm, NightShiftsForm, OnTheMoveForm, RegularHoursForm, SojournForm } from "./rule-schema.js";
import { dateOf, type Hours, hoursOf, secondsOfClock, secondsWithin } from "./window.js";

const COUNTS = new Counts();
const ERROR_SEC_MIN = 240;
const SHOWN_MIN = 0.3;
/** Hours in which a day is spent in the city or not, and how much of them must be seen. */
const DAYTIME = hoursOf({ from: "08:00", to: "19:00" });
const DAYTIME_SEC_MIN = 1800;

/** Seconds by day of the window, of the question in hand. */
let secondsOfDays = new Float64Array(64);

/** Sums up the seconds of stays within hours by the day on which the hours begin; of stays at the day place alone where that is asked. */
function secondsByDay({ view, window, own, day: first }: Portrait, hours: Hours, atDayPlace: boolean): Float64Array {
  const count = window.working.length;
  if (secondsOfDays.length < count) secondsOfDays = new Float64Array(count);
  const seconds = secondsOfDays;
  seconds.fill(0, 0, count);
  // Hours of a night begin on the day before.
  const back = hours.toSecond > 86_400 ? 1 : 0;
  for (let i = 0; i < view.count; i++) {
    if (view.kind[i] !== STAY || (atDayPlace && own[i] !== AT_DAY_PLACE)) continue;
    const start = view.startSec[i] as number;
    const end = view.endSec[i] as number;
    for (let day = Math.max(0, (first[i] as number) - back); day < count && (window.starts[day] as number) < end; day++)
      seconds[day] = (seconds[day] as number) + secondsWithin(window, day, hours, start, end);
  }
  return seconds;
}

/** Working days on which the subscriber was seen in the city by day. */
export const workingDaysInCity = oncePerPortrait((portrait): readonly number[] => {
  const { window } = portrait;
  const seen = secondsByDay(portrait, DAYTIME, false);
  const days: number[] = [];
  for (let day = 0; day < window.working.length; day++)
    if (window.working[day] === 1 && (seen[day] as number) >= DAYTIME_SEC_MIN) days.push(day);
  return days;
});

interface RegularHours {
  readonly arrive: readonly [from: number, to: number];
  readonly leave: readonly [from: number, to: number];
  readonly secondsMin: number;
}

export function regularHoursCondition(form: RegularHoursForm): Condition {
  const what = `at the day place from ${form.arrive.from}-${form.arrive.to} to ${form.leave.from}-${form.leave.to}`;
  const hours: RegularHours = {
    arrive: [secondsOfClock(form.arrive.from), secondsOfClock(form.arrive.to)],
    leave: [secondsOfClock(form.leave.from), secondsOfClock(form.leave.to)],
    secondsMin: 60 * form.minutes_min,
  };
  const evaluate = oncePerPortrait((portrait): DayChances & { chance: number; least: number } => {
    const index = workingDaysInCity(portrait);
    const chances: number[] = [];
    for (const day of index) chances.push(chanceOfRegularDay(hours, portrait, day));
    const least = Math.max(1, Math.ceil(form.share * index.length - 1e-9));
    const day = portrait.anchors.find(({ anchor }) => anchor.kind === "day" && anchor.rank === 1);
    const sure = day === undefined ? 0 : Math.min(1, day.anchor.confidence + 0.2);
    if (index.length < form.days_min) return { index, chances, least, chance: 0 };
    return { index, chances, least, chance: sure * chanceOfAtLeast(COUNTS, chances, chances.length, least) };
  });
  return {
    needs: HAS_DAY_PLACE,
    most: anything,
    chance: (portrait) => evaluate(portrait).chance,
    fact: (portrait) => {
      const days = evaluate(portrait);
      return { what, chance: days.chance, asked: days.least, ...foundOn(portrait, days, SHOWN_MIN) };
    },
    seen: (portrait) => lastOf(evaluate(portrait), SHOWN_MIN),
  };
}

/** Arrived and left within the hours, was there long enough, and at home before or after. */
function chanceOfRegularDay(hours: RegularHours, portrait: Portrait, day: number): number {
  const { view, window } = portrait;
  const end = window.starts[day + 1] as number;
  let first = -1;
  let last = -1;
  let seconds = 0;
  for (let i = portrait.firstOfDay[day] as number; i < view.count && (view.startSec[i] as number) < end; i++) {
    if (view.kind[i] !== STAY || (portrait.own[i] as number) !== AT_DAY_PLACE) continue;
    if (first < 0) first = i;
    last = i;
    seconds += (view.endSec[i] as number) - (view.startSec[i] as number);
  }
  if (first < 0) return 0;
  const base = window.starts[day] as number;
  const arrived = between(
    (view.startSec[first] as number) - base,
    hours.arrive,
    Math.max(ERROR_SEC_MIN, view.arrivalErrorSec[first] as number),
  );
  const left = between(
    (view.endSec[last] as number) - base,
    hours.leave,
    Math.max(ERROR_SEC_MIN, view.departureErrorSec[last] as number),
  );
  const error = lengthError(
    view.arrivalErrorSec[first] as number,
    view.departureErrorSec[last] as number,
    ERROR_SEC_MIN,
  );
  return arrived * left * normal((seconds - hours.secondsMin) / error);
}

function between(second: number, [from, to]: readonly [number, number], error: number): number {
  return normal((to - second) / error) - normal((from - second) / error);
}

export function nightShiftsCondition(form: NightShiftsForm): Condition {
  const hours = hoursOf(form);
  const evaluate = oncePerPortrait((portrait) => {
    const nights = shiftsOf(portrait, hours, form.minutes_min * 60);
    const enough = chanceOfAtLeast(COUNTS, nights.chances, nights.chances.length, form.nights);
    if (enough === 0) return { nights, chance: 0 };
    const days = shiftsOf(portrait, DAYTIME, DAY_SHIFT_SEC_MIN);
    const worked = sum(nights.chances);
    const all = worked + sum(days.chances);
    const spread = Math.sqrt(spreadOf(nights.chances) + spreadOf(days.chances) + 0.5);
    return { nights, chance: enough * normal((worked - form.share * all + 0.5) / spread) };
  });
  return {
    needs: HAS_DAY_PLACE,
    most: anything,
    chance: (portrait) => evaluate(portrait).chance,
    fact: (portrait) => {
      const { nights, chance } = evaluate(portrait);
      return {
        what: `at the workplace from ${form.from} to ${form.to}`,
        chance,
        asked: form.nights,
        ...foundOn(portrait, nights, SHOWN_MIN),
      };
    },
    seen: (portrait) => lastOf(evaluate(portrait).nights, SHOWN_MIN),
  };
}

/** Seconds at work between 08:00 and 19:00 that make a day shift. */
const DAY_SHIFT_SEC_MIN = 4 * 3600;
/** How well the seconds of a shift are known. */
const SHIFT_SPREAD_SEC = 2400;

/** Shifts worked: long enough at the day place, which is not home, in the hours of the night or the day. */
function shiftsOf(portrait: Portrait, hours: Hours, secondsMin: number): DayChances {
  const seconds = secondsByDay(portrait, hours, true);
  const shifts = { chances: [] as number[], index: [] as number[] };
  for (let day = 0; day < portrait.window.working.length; day++) {
    if (seconds[day] === 0) continue;
    const worked = normal(((seconds[day] as number) - secondsMin) / SHIFT_SPREAD_SEC);
    if (worked <= 0.02) continue;
    shifts.chances.push(worked);
    shifts.index.push(day);
  }
  return shifts;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function spreadOf(chances: readonly number[]): number {
  return chances.reduce((all, p) => all + p * (1 - p), 0);
}

/** A visit that goes on may become a stay for good; most short ones do not. */
const ONGOING_CHANCE = 0.8;
const ENDED_CHANCE = 0.97;

export function sojournCondition(form: SojournForm): Condition {
  const evaluate = oncePerPortrait((portrait): { chance: number; runs: number[][] } => {
    const begins = Math.max(0, portrait.firstDay - portrait.window.firstDay);
    const runs = runsOf(portrait, begins, form.gap_days);
    const last = runs.at(-1);
    if (last === undefined || runs.some((run) => run.length > form.days_max)) return { chance: 0, runs };
    const days = runs.reduce((all, run) => all + run.length, 0);
    if (staySeconds(portrait) < days * form.stay_hours_min * 3600) return { chance: 0, runs };
    const count = portrait.window.working.length;
    // Who was there when the stream began, or began anew, may have been there long before, and whoever was just heard may stay: who lives
    // here and was away for weeks is heard so.
    const first = (runs[0] as number[])[0] as number;
    if (first <= begins + 1 && (last.at(-1) as number) >= count - form.gap_days) return { chance: 0, runs };
    const isOngoing = (last.at(-1) as number) > count - 1 - form.gap_days;
    return { chance: isOngoing ? ONGOING_CHANCE : ENDED_CHANCE, runs };
  });
  return {
    needs: IS_NEW_OR_BRIEF,
    most: anything,
    chance: (portrait) => evaluate(portrait).chance,
    fact: (portrait) => {
      const { chance, runs } = evaluate(portrait);
      return {
        what: `in the city for visits of ${form.days_max} days at most`,
        chance,
        found: runs.length,
        days: runs.flat().map((day) => dateOf(portrait.window.firstDay + day)),
      };
    },
    seen: (portrait) => evaluate(portrait).runs.at(-1)?.at(-1) ?? -1,
  };
}

function staySeconds({ view }: Portrait): number {
  let seconds = 0;
  for (let i = 0; i < view.count; i++)
    if (view.kind[i] === STAY) seconds += (view.endSec[i] as number) - (view.startSec[i] as number);
  return seconds;
}

/** Days from `begins` on which the subscriber was heard, in runs with fewer than `gapDays` silent days between them; a run names its days. */
function runsOf(portrait: Portrait, begins: number, gapDays: number): number[][] {
  const runs: number[][] = [];
  for (let day = begins; day < portrait.window.working.length; day++) {
    if (!portrait.wasHeard(day)) continue;
    const run = runs.at(-1);
    if (run === undefined || day - (run.at(-1) as number) > gapDays) runs.push([day]);
    else run.push(day);
  }
  return runs;
}

/** Somebody may have been at one place less, or more, than was found, on one day in five each. */
const PLACES_SPREAD = 0.6;

export function onTheMoveCondition(form: OnTheMoveForm): Condition {
  const evaluate = oncePerPortrait((portrait): DayChances & { chance: number } => {
    const { view, window } = portrait;
    const stays = new Uint8Array(window.working.length);
    for (let i = 0; i < view.count; i++) {
      const day = portrait.day[i] as number;
      if (view.kind[i] === STAY && portrait.own[i] === 0 && day >= 0) stays[day] = Math.min(255, (stays[day] ?? 0) + 1);
    }
    const index: number[] = [];
    const chances: number[] = [];
    for (let day = 0; day < stays.length; day++) {
      const chance = normal(((stays[day] as number) + 0.5 - form.stays) / PLACES_SPREAD);
      if (chance < 0.1) continue;
      index.push(day);
      chances.push(chance);
    }
    return { index, chances, chance: chanceOfAtLeast(COUNTS, chances, chances.length, form.days) };
  });
  return {
    needs: 0,
    most: anything,
    chance: (portrait) => evaluate(portrait).chance,
    fact: (portrait) => {
      const { index, chances, chance } = evaluate(portrait);
      return {
        what: `${form.stays} stays a day elsewhere than at home and the day place`,
        chance,
        asked: form.days,
        found: Math.round(sum(chances) * 10) / 10,
        days: index.map((day) => dateOf(portrait.window.firstDay + day)),
      };
    },
    seen: (portrait) => evaluate(portrait).index.at(-1) ?? -1,
  };
}

export function homeNetworkCondition(form: HomeNetworkForm): Condition {
  const chance = (portrait: Portrait) => (portrait.isForeign === form.foreign ? 1 : 0);
  return {
    needs: form.foreign ? HAS_FOREIGN_NETWORK : 0,
    most: chance,
    chance,
    fact: (portrait) => ({ what: `home PLMN is ${form.foreign ? "not " : ""}of the city`, chance: chance(portrait) }),
    seen: () => -1,
  };
}
