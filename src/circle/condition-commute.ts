/** Travelling by metro or bus between home and day place: what the ways say together, since a habit is one thing. */
import { Counts, chanceOfAtLeast, lengthError } from "./chance.js";
import { type Condition, oncePerPortrait } from "./condition.js";
import { workingDaysInCity } from "./condition-rhythm.js";
import { foundOn } from "./day-chances.js";
import { type DiaryView, LEG, STAY } from "./diary.js";
import { AT_DAY_PLACE, AT_HOME, HAS_DAY_PLACE, type Portrait } from "./portrait.js";
import type { CommuteForm } from "./rule-schema.js";
import { busHabit, habitMode, type ModeChances, modeOf, Ways } from "./travel-mode.js";
import { venueMapOf } from "./venue-map.js";
import { hoursOf } from "./window.js";

const COUNTS = new Counts();
const SHOWN_MIN = 0.4;
/** Arriving in the morning peak, or leaving in the evening one. */
const OUT = hoursOf({ from: "06:30", to: "10:15" });
const BACK = hoursOf({ from: "16:00", to: "20:30" });

/** Days of the ways in hand, in order. */
const WAY_DAYS: number[] = [];
const WAYS = new Ways();
/** The commutes of a portrait, whatever the mode that a rule asks for. */
interface Commutes {
  /** Working days on which somebody was seen in the city, those left out on which the ways to and from the day place were not heard. */
  readonly days: number;
  /** What all ways together say of the habit, and those days on which one was heard, each with what its ways say. */
  readonly habit: ModeChances;
  readonly index: readonly number[];
  readonly metro: readonly number[];
  readonly bus: readonly number[];
}

const NO_MODE: ModeChances = { metro: 0, bus: 0, other: 0 };

const commutesOf = oncePerPortrait((portrait): Commutes => {
  const days = readWays(portrait, workingDaysInCity(portrait));
  const index: number[] = [];
  const metro: number[] = [];
  const bus: number[] = [];
  if (WAYS.count === 0) return { days, habit: NO_MODE, index, metro, bus };
  for (let way = 0; way < WAYS.count; way++) {
    const day = WAY_DAYS[way] as number;
    if (index.at(-1) !== day) {
      index.push(day);
      metro.push(0);
      bus.push(0);
    }
    const at = index.length - 1;
    const own = modeOf({ metro: WAYS.metro[way] as number, bus: WAYS.bus[way] as number });
    metro[at] = orElse(metro[at] as number, givenHabit(own.metro));
    bus[at] = orElse(bus[at] as number, givenHabit(own.bus));
  }
  return { days, habit: habitMode(WAYS, habitBusOf(portrait)), index, metro, bus };
});

/** Given the habit, a way goes by it unless it speaks clearly against it. */
function givenHabit(own: number): number {
  return own / (own + (1 - own) * UNUSUAL);
}

function orElse(one: number, other: number): number {
  return 1 - (1 - one) * (1 - other);
}

export function commuteCondition(form: CommuteForm): Condition {
  const what = `between home and day place by ${form.mode} at the peaks`;
  const evaluate = oncePerPortrait((portrait) => {
    const { days, habit, index, [form.mode]: chances } = commutesOf(portrait);
    const least = Math.max(1, Math.ceil(form.share * days - 1e-9));
    if (chances.length === 0 || days < form.days_min) return { least, chances, index, chance: 0 };
    const enough = chanceOfAtLeast(COUNTS, chances, chances.length, least);
    return { least, chances, index, chance: habit[form.mode] * enough };
  });
  return {
    needs: HAS_DAY_PLACE,
    most: (portrait) => commutesOf(portrait).habit[form.mode],
    chance: (portrait) => evaluate(portrait).chance,
    fact: (portrait) => {
      const days = evaluate(portrait);
      return { what, chance: days.chance, asked: days.least, ...foundOn(portrait, days, SHOWN_MIN) };
    },
    seen: (portrait) => Math.max(-1, ...evaluate(portrait).index),
  };
}

/** What the usual time between home and day place says for the bus. */
function habitBusOf({ anchors, city }: Portrait): number {
  const home = anchors.find(({ anchor }) => anchor.kind === "home" && anchor.rule !== "day-at-home");
  const day = anchors.find(({ anchor }) => anchor.kind === "day" && anchor.rule !== "day-at-home");
  if (home === undefined || day === undefined) return Number.NEGATIVE_INFINITY;
  const trip = { fromX: home.place.x, fromY: home.place.y, toX: day.place.x, toY: day.place.y };
  return busHabit(venueMapOf(city), trip, WAYS);
}

/** How much rarer than the usual way a way by another mode is, for somebody who has a habit. */
const UNUSUAL = 0.1;

/**
 * Reads the ways from home to the day place in the morning peak and back in the evening peak, in order, on working days in the city; returns
 * how many of these days count: those elsewhere are days without a commute, those at work to which no way was heard tell nothing.
 */
function readWays({ view, window, day: dayOf, own }: Portrait, inCity: readonly number[]): number {
  const isInCity = new Uint8Array(window.working.length);
  for (const day of inCity) isInCity[day] = 1;
  const atDayPlace = new Uint8Array(isInCity.length);
  const onWays = new Uint8Array(isInCity.length);
  WAYS.count = 0;
  let before = -1;
  let last = -1;
  for (let i = 0; i < view.count; i++, before = last) {
    const kind = view.kind[i];
    if (kind === STAY) last = i;
    const day = dayOf[i] as number;
    if (isInCity[day] !== 1) continue;
    if (kind === STAY && own[i] === AT_DAY_PLACE) atDayPlace[day] = 1;
    if (kind !== LEG || before < 0 || own[before] === 0) continue;
    const after = stayAfter(view, i);
    const isOut = own[before] === AT_HOME && own[after] === AT_DAY_PLACE;
    if (!isOut && !(own[before] === AT_DAY_PLACE && own[after] === AT_HOME)) continue;
    onWays[day] = 1;
    const base = window.starts[day] as number;
    const arrived = (view.endSec[i] as number) - base;
    const left = (view.startSec[i] as number) - base;
    const atPeak = isOut ? arrived : left;
    const peak = isOut ? OUT : BACK;
    if (atPeak < peak.fromSecond || atPeak > peak.toSecond) continue;
    const errorSec = lengthError(view.departureErrorSec[before] as number, view.arrivalErrorSec[after] as number, 0);
    WAY_DAYS[WAYS.count] = day;
    WAYS.add(view.metro[i] as number, view.bus[i] as number, (arrived - left) / 60, errorSec / 60);
  }
  let days = 0;
  for (const day of inCity) if (atDayPlace[day] === 0 || onWays[day] === 1) days++;
  return days;
}

/** The stay after entry i; -1 without one. */
function stayAfter(view: DiaryView, i: number): number {
  for (let at = i + 1; at < view.count; at++) if (view.kind[at] === STAY) return at;
  return -1;
}
