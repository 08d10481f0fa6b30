/** Travelling by metro or bus between home and day place: what the ways say together, since a habit is one thing. */
import { Counts, chanceOfAtLeast } from "./chance.js";
import { type Condition, oncePerPortrait } from "./condition.js";
import { workingDaysInCity } from "./condition-rhythm.js";
import { foundOn } from "./day-chances.js";
import { type DiaryView, LEG, STAY } from "./diary.js";
import { AT_DAY_PLACE, AT_HOME, HAS_DAY_PLACE, type Portrait } from "./portrait.js";
import type { CommuteForm } from "./rule-schema.js";
import { busHabit, type ModeChances, modeChances, type TimedWay } from "./travel-mode.js";
import { venueMapOf } from "./venue-map.js";
import { hoursOf } from "./window.js";

const COUNTS = new Counts();
const SHOWN_MIN = 0.4;
/** Arriving in the morning peak, or leaving in the evening one. */
const OUT = hoursOf({ from: "06:30", to: "10:15" });
const BACK = hoursOf({ from: "16:00", to: "20:30" });

interface Way extends TimedWay {
  readonly day: number;
  readonly metro: number;
  readonly bus: number;
}

/** The commutes of a portrait, whatever the mode that a rule asks for. */
interface Commutes {
  /** Working days on which somebody was seen in the city, those left out on which the ways to and from the day place were not heard. */
  readonly days: readonly number[];
  /** What all ways together say of the habit, and those days on which one was heard, each with what its ways say. */
  readonly habit: ModeChances;
  readonly index: readonly number[];
  readonly byDay: readonly ModeChances[];
}

const NO_MODE: ModeChances = { metro: 0, bus: 0, other: 0 };

const commutesOf = oncePerPortrait((portrait): Commutes => {
  const { atDayPlace, onWays, ways: all } = readCommutes(portrait);
  // Days elsewhere are days without a commute; days at work to which no way was heard tell nothing.
  const days = workingDaysInCity(portrait).filter((day) => atDayPlace[day] === 0 || onWays[day] === 1);
  const ways = all.filter((way) => days.includes(way.day));
  if (ways.length === 0) return { days, habit: NO_MODE, index: [], byDay: [] };
  const byDay = new Map<number, ModeChances>();
  for (const way of ways) {
    const before = byDay.get(way.day) ?? NO_MODE;
    const own = modeChances([way]);
    byDay.set(way.day, {
      metro: orElse(before.metro, givenHabit(own.metro)),
      bus: orElse(before.bus, givenHabit(own.bus)),
      other: orElse(before.other, givenHabit(own.other)),
    });
  }
  const habit = modeChances(ways, habitBusOf(portrait, ways));
  return { days, habit, index: [...byDay.keys()], byDay: [...byDay.values()] };
});

/** Given the habit, a way goes by it unless it speaks clearly against it. */
function givenHabit(own: number): number {
  return own / (own + (1 - own) * UNUSUAL);
}

function orElse(one: number, other: number): number {
  return 1 - (1 - one) * (1 - other);
}

export function commuteCondition(form: CommuteForm): Condition {
  const evaluate = oncePerPortrait((portrait) => {
    const { days, habit, index, byDay } = commutesOf(portrait);
    const least = Math.max(1, Math.ceil(form.share * days.length - 1e-9));
    const chances = byDay.map((day) => day[form.mode]);
    if (chances.length === 0 || days.length < form.days_min) return { least, chances, index, chance: 0 };
    const enough = chanceOfAtLeast(COUNTS, chances, chances.length, least);
    return { least, chances, index, chance: habit[form.mode] * enough };
  });
  return {
    needs: HAS_DAY_PLACE,
    most: (portrait) => commutesOf(portrait).habit[form.mode],
    chance: (portrait) => evaluate(portrait).chance,
    fact: (portrait) => {
      const { least, chance, ...days } = evaluate(portrait);
      return {
        what: `between home and day place by ${form.mode} at the peaks`,
        chance,
        asked: least,
        ...foundOn(portrait, days, SHOWN_MIN),
      };
    },
    seen: (portrait) => Math.max(-1, ...evaluate(portrait).index),
  };
}

/** What the usual time between home and day place says for the bus. */
function habitBusOf({ anchors, city }: Portrait, ways: readonly Way[]): number {
  const home = anchors.find(({ anchor }) => anchor.kind === "home" && anchor.rule !== "day-at-home");
  const day = anchors.find(({ anchor }) => anchor.kind === "day" && anchor.rule !== "day-at-home");
  if (home === undefined || day === undefined) return Number.NEGATIVE_INFINITY;
  const trip = { fromX: home.place.x, fromY: home.place.y, toX: day.place.x, toY: day.place.y };
  return busHabit(venueMapOf(city), trip, ways);
}

/** How much rarer than the usual way a way by another mode is, for somebody who has a habit. */
const UNUSUAL = 0.1;

interface Read {
  /** By day of the window: 1 with a stay at the day place, 1 with a way between it and home, at whatever hour. */
  readonly atDayPlace: Uint8Array;
  readonly onWays: Uint8Array;
  /** From home to the day place in the morning peak and back in the evening peak, in order. */
  readonly ways: readonly Way[];
}

function readCommutes(portrait: Portrait): Read {
  const { view, window } = portrait;
  const count = window.working.length;
  const read = { atDayPlace: new Uint8Array(count), onWays: new Uint8Array(count), ways: [] as Way[] };
  for (let i = 0; i < view.count; i++) {
    const day = portrait.day[i] as number;
    if (day < 0 || day >= count || window.working[day] !== 1) continue;
    if (view.kind[i] === STAY && portrait.own[i] === AT_DAY_PLACE) read.atDayPlace[day] = 1;
    if (view.kind[i] !== LEG) continue;
    const before = stayBeside(view, i, -1);
    const after = stayBeside(view, i, 1);
    const from = before < 0 ? 0 : (portrait.own[before] as number);
    const to = after < 0 ? 0 : (portrait.own[after] as number);
    const isOut = from === AT_HOME && to === AT_DAY_PLACE;
    if (!isOut && !(from === AT_DAY_PLACE && to === AT_HOME)) continue;
    read.onWays[day] = 1;
    const base = window.starts[day] as number;
    const arrived = (view.endSec[i] as number) - base;
    const left = (view.startSec[i] as number) - base;
    const [atPeak, { fromSecond, toSecond }] = isOut ? [arrived, OUT] : [left, BACK];
    if (atPeak < fromSecond || atPeak > toSecond) continue;
    const error = Math.hypot(view.departureErrorSec[before] as number, view.arrivalErrorSec[after] as number);
    read.ways.push({
      day,
      metro: view.metro[i] as number,
      bus: view.bus[i] as number,
      minutes: (arrived - left) / 60,
      errorMin: error / 60,
    });
  }
  return read;
}

/** The stay before (-1) or after (1) entry i; -1 without one. */
function stayBeside(view: DiaryView, i: number, step: -1 | 1): number {
  for (let at = i + step; at >= 0 && at < view.count; at += step) if (view.kind[at] === STAY) return at;
  return -1;
}
